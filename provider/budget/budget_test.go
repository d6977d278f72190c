package budget_test

import (
	"errors"
	"math"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/budget"
)

func TestNewRefusesLimitsOutOfRange(t *testing.T) {
	t.Parallel()
	for _, limit := range []float64{-1, -1e-300, budget.Max + 1, math.Inf(1), math.Inf(-1), math.NaN()} {
		if _, err := budget.New(budget.Options{MaxCost: limit}); err == nil || !strings.Contains(err.Error(), "at most 1000000") {
			t.Errorf("%v: got %v, want an error with what is allowed", limit, err)
		}
	}
	for _, limit := range []float64{0, 1e-300, budget.Max} {
		newAccounts(t, budget.Options{MaxCost: limit})
	}
}

func TestReserve(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAccounts(t, budget.Options{MaxCost: 0.005})
		midnight := time.Date(2000, 1, 2, 0, 0, 0, 0, time.UTC)
		first := budget.NewCharge(models(), "small", 1000, 1000) // 0.003 EUR
		reserve(t, a, first)
		err := a.Reserve(t.Context(), budget.NewCharge(models(), "small", 1001, 500)) // 0.002001 EUR
		exceeded, ok := errors.AsType[*budget.Exceeded](err)
		if !ok || !exceeded.ResetsAt.Equal(midnight) {
			t.Fatalf("got %v, want a refusal until midnight", err)
		}
		want := "0.003 EUR of today's budget of 0.005 EUR are spent, and this call may cost 0.002001 EUR " +
			"(1001 prompt tokens and 500 of the answer, with small)"
		if err.Error() != want {
			t.Errorf("got  %s\nwant %s", err, want)
		}
		wantSpent(t, "after a refusal", a, 0.003)
		reserve(t, a, budget.NewCharge(models(), "small", 1000, 500)) // exactly what is left
		reserve(t, a, budget.NewCharge(models(), "free", 1e6, 1e6))
		got := *a.Report(t.Context()).Budget
		if want := (budget.BudgetReport{Rule: "--max-cost", Max: 0.005, Spent: 0.005, Remaining: 0, ResetsAt: midnight, Refused: 1}); got != want {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
		// An answer may cost more than was estimated.
		first.Answered("small", &budget.Usage{PromptTokens: 1000, CompletionTokens: 5000})
		a.Record(t.Context(), first, budget.Outcome{})
		if got := a.Report(t.Context()).Budget; got.Remaining != 0 || math.Abs(got.Spent-0.013) > 1e-12 {
			t.Errorf("after a dear answer: %+v", got)
		}
	})
}

func TestCheckReservesNothing(t *testing.T) {
	t.Parallel()
	a := newAccounts(t, budget.Options{MaxCost: 0.003})
	for range 3 {
		if err := a.Check(t.Context(), budget.NewCharge(models(), "small", 1000, 1000)); err != nil {
			t.Error(err)
		}
	}
	err := a.Check(t.Context(), budget.NewCharge(models(), "small", 1001, 1000))
	if _, ok := errors.AsType[*budget.Exceeded](err); !ok {
		t.Errorf("got %v, want a refusal", err)
	}
	if got := a.Report(t.Context()).Budget; got.Spent != 0 || got.Refused != 1 {
		t.Errorf("got %+v", got)
	}
}

func TestRelease(t *testing.T) {
	t.Parallel()
	a := newAccounts(t, budget.Options{MaxCost: 0.005})
	c := budget.NewCharge(models(), "small", 1000, 1000)
	reserve(t, a, c)
	a.Release(c)
	wantSpent(t, "released", a, 0)
	a.Release(c)
	wantSpent(t, "released twice", a, 0)
	other := budget.NewCharge(models(), "small", 2000, 1500) // all of the budget
	reserve(t, a, other)
	if err := a.Reserve(t.Context(), c); err == nil {
		t.Fatal("more than the budget was reserved")
	}
	a.Release(c) // of what was refused
	wantSpent(t, "after a refusal", a, 0.005)
	if n := a.Report(t.Context()).Total.Attempts; n != 0 {
		t.Errorf("%d attempts are in the statistics, and none was made", n)
	}
}

func TestConcurrentReservationsStayWithinTheBudget(t *testing.T) {
	t.Parallel()
	a := newAccounts(t, budget.Options{MaxCost: 0.03})
	var all sync.WaitGroup
	var mu sync.Mutex
	reserved := 0
	for range 50 {
		all.Go(func() {
			if a.Reserve(t.Context(), budget.NewCharge(models(), "small", 1000, 1000)) == nil {
				mu.Lock()
				defer mu.Unlock()
				reserved++
			}
		})
	}
	all.Wait()
	if refused := a.Report(t.Context()).Budget.Refused; reserved != 10 || refused != 40 {
		t.Errorf("%d calls were reserved and %d refused, want 10 and 40", reserved, refused)
	}
	wantSpent(t, "reserved", a, 0.03)
}

func TestReservationsEndAtMidnightUTC(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAccounts(t, budget.Options{MaxCost: 0.003})
		<-time.After(24*time.Hour - time.Second)
		c, released := budget.NewCharge(models(), "small", 1000, 500), budget.NewCharge(models(), "small", 500, 250)
		reserve(t, a, c)
		reserve(t, a, released)
		if a.IsStale(c) {
			t.Error("the reservation is stale on its day")
		}
		<-time.After(time.Second)
		if !a.IsStale(c) {
			t.Error("the reservation is not stale on the next day")
		}
		wantSpent(t, "on the next day", a, 0)
		a.Release(released)
		c.Answered("large", &budget.Usage{PromptTokens: 1e6})
		a.Record(t.Context(), c, budget.Outcome{})
		wantSpent(t, "after calls of the day before", a, 0)
		reserve(t, a, c)
		if a.IsStale(c) {
			t.Error("the new reservation is stale")
		}
		wantSpent(t, "reserved on the next day", a, 0.002)
		if got := a.Report(t.Context()).Budget.ResetsAt; !got.Equal(time.Date(2000, 1, 3, 0, 0, 0, 0, time.UTC)) {
			t.Errorf("the budget resets at %s", got)
		}
	})
}

// Accounts of one service and folder share the day's sum, also with those that were
// opened later.
func TestAccountsShareAFolder(t *testing.T) {
	t.Parallel()
	options := budget.Options{MaxCost: 0.005, Folder: t.TempDir(), Service: "https://one.test"}
	first := newAccounts(t, options)
	c := budget.NewCharge(models(), "small", 1000, 1000)
	reserve(t, first, c)
	second := newAccounts(t, options)
	wantSpent(t, "opened later", second, 0.003)
	if err := second.Reserve(t.Context(), budget.NewCharge(models(), "small", 1000, 1000)); err == nil {
		t.Error("two accounts reserved more than the budget")
	}
	first.Release(c)
	wantSpent(t, "released by the other", second, 0)
	reserve(t, second, budget.NewCharge(models(), "small", 1000, 1000))
	wantSpent(t, "reserved by the other", first, 0.003)

	options.Service = "https://two.test"
	wantSpent(t, "of another service", newAccounts(t, options), 0)
	options.Folder = ""
	wantSpent(t, "in memory", newAccounts(t, options), 0)
}

func TestWithoutABudget(t *testing.T) {
	t.Parallel()
	a := newAccounts(t, budget.Options{})
	c := budget.NewCharge(models(), "large", 1e9, 1e9)
	if err := errors.Join(a.Check(t.Context(), c), a.Reserve(t.Context(), c)); err != nil || a.IsStale(c) {
		t.Errorf("got %v, stale %v", err, a.IsStale(c))
	}
	a.Release(c)
	a.Record(t.Context(), c, budget.Outcome{})
	if report := a.Report(t.Context()); report.Budget != nil || report.Total.Attempts != 1 {
		t.Errorf("got %+v", report)
	}
}
