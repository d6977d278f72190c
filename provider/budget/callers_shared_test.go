package budget_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/budget"
)

// Many processes with one folder never pass a limit together, and what each had to give
// back is back in all limits.
func TestProcessesShareTheLimitsOfACaller(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	var all []*budget.Accounts
	for range 6 {
		all = append(all, newAccounts(t, budget.Options{MaxCost: 1, Folder: folder}))
	}
	ctx := as(t, "alice", 0.02, 0.01)
	var wg sync.WaitGroup
	var mu sync.Mutex
	var reserved []*budget.Charge
	for _, a := range all {
		for range 10 {
			wg.Go(func() {
				c := cost(1)
				if a.Reserve(ctx, c) == nil {
					mu.Lock()
					defer mu.Unlock()
					reserved = append(reserved, c)
				}
			})
		}
	}
	wg.Wait()
	if n := len(reserved); n < 1 || n > 10 {
		t.Errorf("%d calls were let through, 10 fit", n)
	}
	spent := float64(len(reserved)) / 1000
	for _, a := range all {
		wantSpent(t, "of the server", a, spent)
		wantOwn(t, "of alice", a, ctx, spent, spent)
	}
	for _, c := range reserved {
		all[0].Release(c)
	}
	wantOwn(t, "released, in a new process", newAccounts(t, budget.Options{Folder: folder}), ctx, 0, 0)
	other := newAccounts(t, budget.Options{Folder: folder, Service: "https://two.test"})
	reserveFor(t, all[1], ctx, cost(3))
	wantOwn(t, "of another service", other, ctx, 0, 0)
}

func TestManyCallsOfACallerStayWithinEachLimit(t *testing.T) {
	t.Parallel()
	a := newAccounts(t, budget.Options{MaxCost: 0.05})
	limits := map[string]int{"alice": 10, "bob": 20, "carol": 1000}
	var wg sync.WaitGroup
	var mu sync.Mutex
	through := map[string]int{}
	for name, max := range limits {
		ctx := as(t, name, float64(max)/1000, 1)
		for range 60 {
			wg.Go(func() {
				if a.Reserve(ctx, cost(1)) == nil {
					mu.Lock()
					defer mu.Unlock()
					through[name]++
				}
			})
		}
	}
	wg.Wait()
	if sum := through["alice"] + through["bob"] + through["carol"]; sum != 50 || through["alice"] > 10 || through["bob"] > 20 {
		t.Errorf("let through: %v", through)
	}
	wantSpent(t, "of the server", a, 0.05)
}

// A batch is settled in each of the limits that it was reserved in, whichever process reads
// the results, also in the next month, and also where a limit came or went in between.
func TestBatchesOfCallers(t *testing.T) {
	t.Parallel()
	const far = 40 * 24 * time.Hour
	for _, tt := range []struct {
		name          string
		before, after [2]float64 // alice's limits a day and a month
		wait          time.Duration
		restart       bool
		day, month    float64 // spent at the end, in the day and the month of the submission
	}{
		{"at once", [2]float64{1, 1}, [2]float64{1, 1}, 0, false, answerCost, answerCost},
		{"after a restart", [2]float64{1, 1}, [2]float64{1, 1}, 0, true, answerCost, answerCost},
		{"on the next day", [2]float64{1, 1}, [2]float64{1, 1}, 24 * time.Hour, true, answerCost, answerCost},
		{"in the next month", [2]float64{1, 1}, [2]float64{1, 1}, far, false, answerCost, answerCost},
		{"in the next month, after a restart", [2]float64{1, 1}, [2]float64{1, 1}, far, true, answerCost, answerCost},
		{"with a limit that is gone", [2]float64{1, 1}, [2]float64{0, 0}, 0, false, answerCost, answerCost},
		{"with a limit that is gone, after a restart", [2]float64{1, 1}, [2]float64{0, 0}, 0, true, batchEstimate, batchEstimate},
		{"with a limit that is new", [2]float64{1, 0}, [2]float64{1, 1}, 0, true, answerCost, 0},
	} {
		folder := t.TempDir()
		options := budget.Options{MaxCost: 10, Folder: folder}
		synctest.Test(t, func(t *testing.T) {
			a := newAccounts(t, options)
			ctx := as(t, "alice", tt.before[0], tt.before[1])
			c := batchCharge()
			reserveFor(t, a, ctx, c)
			a.KeepBatch("batch_1", c)
			a.Release(c) // has no effect any more
			reserveFor(t, a, as(t, "bob", 1, 1), cost(1))
			<-time.After(tt.wait)
			if tt.restart {
				a = newAccounts(t, options)
			}
			var used budget.BatchUsage
			answer(&used, "small")
			for range 2 {
				a.SettleBatch(as(t, "alice", tt.after[0], tt.after[1]), "batch_1", 10, &used)
			}
			report := a.Report(ctx)
			if report.Total.Calls != 1 {
				t.Errorf("%s: counted %d times", tt.name, report.Total.Calls)
			}
		})
		synctest.Test(t, func(t *testing.T) { // back at the day of the submission
			a := newAccounts(t, options)
			wantOwn(t, tt.name, a, as(t, "alice", 1, 1), tt.day, tt.month)
			wantOwn(t, tt.name+", bob", a, as(t, "bob", 1, 1), 0.001, 0.001)
			wantSpent(t, tt.name+", of the server", a, 0.001+answerCost)
		})
	}
}

// What a caller spent that cannot be read is no reason to let it spend more, and no reason
// to refuse others. It is read again at the next call.
func TestSpendingOfACallerThatCannotBeRead(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(file string) error{
		"noise":          func(file string) error { return os.WriteFile(file, []byte("\x00 not a number\n"), 0o600) },
		"without an end": func(file string) error { return os.WriteFile(file, []byte("12\nNaN"), 0o600) },
		"a folder": func(file string) error {
			if err := os.Remove(file); err != nil {
				return err
			}
			return os.Mkdir(file, 0o700)
		},
	} {
		for _, limits := range [][2]float64{{1, 0}, {0, 1}} {
			folder := t.TempDir()
			options := budget.Options{Folder: folder}
			ctx := as(t, "alice", limits[0], limits[1])
			c := batchCharge()
			first := newAccounts(t, options)
			reserveFor(t, first, ctx, c)
			first.KeepBatch("batch_1", c)
			files, err := filepath.Glob(filepath.Join(folder, "callers", "*", "spent-*.log"))
			if err != nil || len(files) != 1 || strings.Contains(files[0], "alice") {
				t.Fatalf("files %q (%v)", files, err)
			}
			kept, err := os.ReadFile(files[0])
			if err != nil {
				t.Fatal(err)
			}
			if err := damage(files[0]); err != nil {
				t.Fatal(err)
			}
			a := newAccounts(t, options)
			for what, err := range map[string]error{"check": a.Check(ctx, cost(0)), "reserve": a.Reserve(ctx, cost(0))} {
				if !errors.Is(err, budget.ErrUnknownSpending) || strings.Contains(err.Error(), folder) {
					t.Errorf("%s: %s: got %v", name, what, err)
				}
			}
			if report := a.Report(ctx); report.Budget != nil || report.BudgetMonth != nil {
				t.Errorf("%s: got %+v", name, report)
			}
			var used budget.BatchUsage
			a.SettleBatch(ctx, "batch_1", 10, &used)
			reserveFor(t, a, as(t, "bob", limits[0], limits[1]), cost(1))
			reserveFor(t, a, as(t, "alice", 0, 0), cost(1))
			if err := errors.Join(os.RemoveAll(files[0]), os.WriteFile(files[0], kept, 0o600)); err != nil {
				t.Fatal(err)
			}
			reserveFor(t, a, ctx, cost(1))
			a.SettleBatch(ctx, "batch_1", 10, &used)
			for _, b := range a.CallerBudgets() {
				if b.Spent != 0.001 {
					t.Errorf("%s: %+v", name, b)
				}
			}
		}
	}
}

// A service without prices makes every limit meaningless, so it lets nothing through.
func TestLimitsWithoutPrices(t *testing.T) {
	t.Parallel()
	a := newAccounts(t, budget.Options{NoPrices: true})
	for _, ctx := range []context.Context{as(t, "alice", 1, 0), as(t, "alice", 0, 1)} {
		if err := a.Reserve(ctx, cost(0)); !errors.Is(err, budget.ErrNoPrices) {
			t.Errorf("got %v", err)
		}
	}
	reserveFor(t, a, as(t, "bob", 0, 0), cost(0))
}
