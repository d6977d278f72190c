package budget_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/budget"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/caller"
)

// as returns a context of a caller with the server's key.
func as(t testing.TB, name string, maxCost, maxCostMonth float64) context.Context {
	return with(t, name, caller.Rules{SharedKey: true, MaxCost: maxCost, MaxCostMonth: maxCostMonth})
}

func with(t testing.TB, name string, rules caller.Rules) context.Context {
	return caller.With(t.Context(), &caller.Caller{Name: name, Rules: rules})
}

// cost is a charge of so many thousandths of a EUR.
func cost(thousandths int) *budget.Charge {
	return budget.NewCharge(models(), "small", thousandths*1000, 0)
}

// wantOwn compares what a caller spent in the day and in the month; -1 is no such limit.
func wantOwn(t testing.TB, when string, a *budget.Accounts, ctx context.Context, ofDay, ofMonth float64) {
	t.Helper()
	report := a.Report(ctx)
	for _, one := range []struct {
		period string
		got    *budget.BudgetReport
		want   float64
	}{{"day", report.Budget, ofDay}, {"month", report.BudgetMonth, ofMonth}} {
		switch {
		case (one.got == nil) != (one.want < 0):
			t.Errorf("%s: the %s is %+v", when, one.period, one.got)
		case one.got != nil && math.Abs(one.got.Spent-one.want) > 1e-12:
			t.Errorf("%s: %.12f EUR of the %s are spent, want %.12f", when, one.got.Spent, one.period, one.want)
		}
	}
}

func wantRefused(t testing.TB, err error, says ...string) *budget.Exceeded {
	t.Helper()
	exceeded, ok := errors.AsType[*budget.Exceeded](err)
	if !ok {
		t.Fatalf("got %v, want a refusal", err)
	}
	for _, part := range says {
		if !strings.Contains(exceeded.Message+"\n"+exceeded.Remedy, part) {
			t.Errorf("%q is not in %q, %q", part, exceeded.Message, exceeded.Remedy)
		}
	}
	return exceeded
}

func TestWhichLimitsApply(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		const server = "today's budget of 0.01 EUR"
		tomorrow, nextMonth := time.Date(2000, 1, 2, 0, 0, 0, 0, time.UTC), time.Date(2000, 2, 1, 0, 0, 0, 0, time.UTC)
		for _, tt := range []struct {
			name   string
			who    *caller.Caller
			fits   int // thousandths of a EUR
			says   string
			remedy string
			resets time.Time
		}{
			{"nobody", nil, 10, "0 EUR of " + server + " are spent", "raise --max-cost", tomorrow},
			{"the server's key", &caller.Caller{Name: "alice", Rules: caller.Rules{SharedKey: true}}, 10, server, "raise --max-cost", tomorrow},
			{"a day", &caller.Caller{Name: "alice", Rules: caller.Rules{SharedKey: true, MaxCost: 0.004}}, 4,
				"0 EUR of the 0.004 EUR that alice may spend a day (max_cost) are spent, and this call may cost 0.005 EUR",
				"ask whoever runs this server to raise max_cost", tomorrow},
			{"a month", &caller.Caller{Name: "alice", Rules: caller.Rules{SharedKey: true, MaxCostMonth: 0.004}}, 4,
				"0 EUR of the 0.004 EUR that alice may spend a month (max_cost_month) are spent, and this call may cost 0.005 EUR",
				"ask whoever runs this server to raise max_cost_month", nextMonth},
			{"both: what lasts longer is named", &caller.Caller{Name: "alice", Rules: caller.Rules{SharedKey: true, MaxCost: 0.004, MaxCostMonth: 0.004}}, 4,
				"max_cost_month", "", nextMonth},
			{"a month above the day", &caller.Caller{Name: "alice", Rules: caller.Rules{SharedKey: true, MaxCost: 0.004, MaxCostMonth: 1}}, 4,
				"(max_cost)", "", tomorrow},
			{"more than the server's", &caller.Caller{Name: "alice", Rules: caller.Rules{SharedKey: true, MaxCost: 1, MaxCostMonth: 1}}, 10,
				server, "raise --max-cost", tomorrow},
			{"a key of its own", &caller.Caller{Name: "alice", Rules: caller.Rules{Key: "own", SharedKey: true, MaxCost: 0.02}}, 20,
				"(max_cost)", "", tomorrow},
			{"without a key", &caller.Caller{Name: "alice", Rules: caller.Rules{MaxCost: 0.02}}, 20, "(max_cost)", "", tomorrow},
			{"the least limit", &caller.Caller{Name: "alice", Rules: caller.Rules{MaxCost: 1e-300}}, 0, "(max_cost)", "", tomorrow},
			{"a limit that cannot be", &caller.Caller{Name: "alice", Rules: caller.Rules{MaxCost: math.NaN()}}, 0, "(max_cost)", "", tomorrow},
			{"less than nothing", &caller.Caller{Name: "alice", Rules: caller.Rules{MaxCost: -1}}, 0, "(max_cost)", "", tomorrow},
		} {
			a := newAccounts(t, budget.Options{MaxCost: 0.01})
			ctx := t.Context()
			if tt.who != nil {
				ctx = caller.With(ctx, tt.who)
			}
			for what, try := range map[string]func(context.Context, *budget.Charge) error{"check": a.Check, "reserve": a.Reserve} {
				refused := wantRefused(t, try(ctx, cost(tt.fits+1)), tt.says, tt.remedy)
				if !refused.ResetsAt.Equal(tt.resets) {
					t.Errorf("%s, %s: it resets at %s", tt.name, what, refused.ResetsAt)
				}
			}
			if err := errors.Join(a.Check(ctx, cost(tt.fits)), a.Reserve(ctx, cost(tt.fits))); err != nil {
				t.Errorf("%s: %v", tt.name, err)
			}
			server := 0.0
			if tt.who.UsesServerKey() {
				server = float64(tt.fits) / 1000
			}
			wantSpent(t, tt.name, a, server)
		}
		a := newAccounts(t, budget.Options{})
		for name, rules := range map[string]caller.Rules{"anonymous": {}, "own": {Key: "own"}, "shared": {SharedKey: true}} {
			if err := a.Reserve(with(t, name, rules), cost(1e6)); err != nil {
				t.Errorf("%s, without a limit: %v", name, err)
			}
		}
		if got := a.CallerBudgets(); len(got) > 0 {
			t.Errorf("callers without limits have budgets: %+v", got)
		}
	})
}

func TestCallersAreApart(t *testing.T) {
	t.Parallel()
	for name, folder := range map[string]string{"in memory": "", "on disk": t.TempDir()} {
		a := newAccounts(t, budget.Options{MaxCost: 1, Folder: folder})
		names := []string{"alice", "bob", "Alice", "../../alice", "a/b\\c", "", "alice\x00", "day", strings.Repeat("n", 5000), "名前", "\xff"}
		for i, name := range names {
			ctx := as(t, name, 0.02, 0.5)
			reserveFor(t, a, ctx, cost(i+1))
			wantOwn(t, name, a, ctx, float64(i+1)/1000, float64(i+1)/1000)
		}
		_ = wantRefused(t, a.Reserve(as(t, "bob", 0.02, 0.5), cost(19)), "0.002 EUR of the 0.02 EUR that bob")
		if err := a.Check(as(t, "alice", 0.02, 0.5), cost(19)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if got := len(a.CallerBudgets()); got != 2*len(names) {
			t.Errorf("%s: %d budgets of callers, want %d", name, got, 2*len(names))
		}
	}
}

func reserveFor(t testing.TB, a *budget.Accounts, ctx context.Context, c *budget.Charge) {
	t.Helper()
	if err := a.Reserve(ctx, c); err != nil {
		t.Fatal(err)
	}
}

// What one limit refuses is set aside in none.
func TestARefusalSetsNothingAside(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name                  string
		maxCost, day, ofMonth float64
	}{
		{"by the server", 0.003, 1, 1},
		{"by the day", 1, 0.003, 1},
		{"by the month", 1, 1, 0.003},
	} {
		a := newAccounts(t, budget.Options{MaxCost: tt.maxCost, Folder: t.TempDir()})
		ctx := as(t, "alice", tt.day, tt.ofMonth)
		kept := cost(2)
		reserveFor(t, a, ctx, kept)
		c := cost(2)
		_ = wantRefused(t, a.Reserve(ctx, c))
		a.Release(c)
		wantSpent(t, tt.name, a, 0.002)
		a.Record(ctx, kept, budget.Outcome{}) // which cost nothing
		wantSpent(t, tt.name+", recorded", a, 0)
		wantOwn(t, tt.name+", recorded", a, ctx, 0, 0)
	}
}

// A reload changes the limit of the calls after it: what was spent stays.
func TestALimitThatChanges(t *testing.T) {
	t.Parallel()
	a := newAccounts(t, budget.Options{})
	running := cost(6)
	reserveFor(t, a, as(t, "alice", 0.01, 0), running)
	_ = wantRefused(t, a.Reserve(as(t, "alice", 0.005, 0), cost(1)), "0.006 EUR of the 0.005 EUR that alice may spend a day")
	reserveFor(t, a, as(t, "alice", 0, 0), cost(100)) // counted nowhere
	reserveFor(t, a, as(t, "alice", 0.02, 0.02), cost(1))
	running.Answered("small", &budget.Usage{PromptTokens: 2000})
	a.Record(as(t, "alice", 0, 0), running, budget.Outcome{})
	wantOwn(t, "at the end", a, as(t, "alice", 0.02, 0.02), 0.003, 0.001)
	got := a.CallerBudgets()
	if len(got) != 2 || got[0].Max != 0.02 || got[1].Max != 0.02 {
		t.Errorf("got %+v", got)
	}
}

// The answer to a call without max_tokens is as long as the least rest of all limits pays for.
func TestTheLeastRestChoosesMaxTokens(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name               string
		server, day, month float64 // EUR
		want               int
		says               string
	}{
		{"the server's", 0.003, 1, 1, 1000, "that the rest of the day's budget pays for; raise --max-cost for more"},
		{"the day's", 1, 0.003, 1, 1000, "that the rest of what alice may spend a day pays for; ask whoever runs this server to raise max_cost for more"},
		{"the month's", 1, 1, 0.003, 1000,
			"that the rest of what alice may spend a month pays for; ask whoever runs this server to raise max_cost_month for more"},
		{"the same in all: what lasts longest is named", 0.003, 0.003, 0.003, 1000, "max_cost_month"},
		{"enough in all", 0.03, 0.02, 1, 4000, "that were reserved from what alice may spend a day (max_cost) for a call without max_tokens"},
		{"only her own", 0, 0.003, 0, 1000, "max_cost for more"},
	} {
		a := newAccounts(t, budget.Options{MaxCost: tt.server})
		c := budget.NewOpenCharge(models(), "small", 1000, 4000)
		reserveFor(t, a, as(t, "alice", tt.day, tt.month), c)
		if c.MaxTokens() != tt.want || !strings.Contains(c.Truncation(), tt.says) {
			t.Errorf("%s: %d tokens, %q", tt.name, c.MaxTokens(), c.Truncation())
		}
		reserveFor(t, a, with(t, "bob", caller.Rules{}), c) // as after a reload that lifts all limits
		if c.MaxTokens() != 0 {
			t.Errorf("%s: without a limit %d tokens are chosen", tt.name, c.MaxTokens())
		}
		wantOwn(t, tt.name+": reserved anew", a, with(t, "alice", caller.Rules{MaxCost: 1, MaxCostMonth: 1}), 0, 0)
	}
}
