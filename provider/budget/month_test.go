package budget_test

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/budget"
)

const oneDay = 24 * time.Hour

// A bubble begins at midnight UTC on 1 January 2000.
func TestADayAndAMonthEnd(t *testing.T) {
	t.Parallel()
	for name, folder := range map[string]string{"in memory": "", "on disk": t.TempDir()} {
		synctest.Test(t, func(t *testing.T) {
			a := newAccounts(t, budget.Options{Folder: folder})
			ctx := as(t, "alice", 0.002, 0.005)
			reserveFor(t, a, ctx, cost(2))
			_ = wantRefused(t, a.Reserve(ctx, cost(1)), "(max_cost)")
			<-time.After(oneDay)
			reserveFor(t, a, ctx, cost(2))
			wantOwn(t, name+", the second day", a, ctx, 0.002, 0.004)
			<-time.After(28 * oneDay) // the 30th
			_ = wantRefused(t, a.Reserve(ctx, cost(2)), "0.004 EUR of the 0.005 EUR that alice may spend a month (max_cost_month)")
			<-time.After(2*oneDay - time.Second) // the last second of the 31st
			running := cost(1)
			reserveFor(t, a, ctx, running)
			refused := wantRefused(t, a.Reserve(ctx, cost(1)), "max_cost_month")
			if want := time.Date(2000, 2, 1, 0, 0, 0, 0, time.UTC); !refused.ResetsAt.Equal(want) {
				t.Errorf("%s: it resets at %s", name, refused.ResetsAt)
			}
			if a.IsStale(running) {
				t.Errorf("%s: a reservation is stale in its month", name)
			}
			<-time.After(time.Second) // 1 February
			if !a.IsStale(running) {
				t.Errorf("%s: a reservation is not stale in the next month", name)
			}
			running.Answered("small", &budget.Usage{PromptTokens: 5000})
			a.Record(ctx, running, budget.Outcome{}) // in January, when it went out
			wantOwn(t, name+", February", a, ctx, 0, 0)
			if got := a.CallerBudgets(); len(got) != 2 || got[0].Spent+got[1].Spent != 0 {
				t.Errorf("%s: got %+v", name, got)
			}
			reserveFor(t, a, ctx, cost(2))
			<-time.After(29 * oneDay) // 1 March of a leap year
			wantOwn(t, name+", March", a, ctx, 0, 0)
			if got := a.Report(ctx).BudgetMonth.ResetsAt; !got.Equal(time.Date(2000, 4, 1, 0, 0, 0, 0, time.UTC)) {
				t.Errorf("%s: it resets at %s", name, got)
			}
			<-time.After(305 * oneDay) // 31 December
			if got := a.Report(ctx).BudgetMonth.ResetsAt; !got.Equal(time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC)) {
				t.Errorf("%s: it resets at %s", name, got)
			}
		})
	}
}

// A call that waited past midnight is reserved on the new day, and once in the month.
func TestReservedAnewPastMidnight(t *testing.T) {
	t.Parallel()
	for name, folder := range map[string]string{"in memory": "", "on disk": t.TempDir()} {
		synctest.Test(t, func(t *testing.T) {
			a := newAccounts(t, budget.Options{MaxCost: 1, Folder: folder})
			for _, tt := range []struct {
				wait  time.Duration // before the reservation
				month float64       // spent on the day after it
			}{
				{oneDay - time.Second, 0.003},             // 1 to 2 January
				{29*oneDay + oneDay - time.Second, 0.003}, // 31 January to 1 February
			} {
				ctx := as(t, "alice", 0.004, 0.004)
				<-time.After(tt.wait)
				c := cost(3)
				reserveFor(t, a, ctx, c)
				<-time.After(time.Second)
				if !a.IsStale(c) {
					t.Errorf("%s: it is not stale", name)
				}
				reserveFor(t, a, ctx, c)
				if a.IsStale(c) {
					t.Errorf("%s: it is stale", name)
				}
				wantOwn(t, name, a, ctx, 0.003, tt.month)
				wantSpent(t, name, a, 0.003)
				a.Release(c)
				wantOwn(t, name+", released", a, ctx, 0, 0)
				wantSpent(t, name+", released", a, 0)
			}
		})
	}
}

// A caller that did not call in this day or month has no budget to show.
func TestBudgetsOfCallersOfThePeriod(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAccounts(t, budget.Options{})
		reserveFor(t, a, as(t, "alice", 1, 2), cost(3))
		for _, tt := range []struct {
			wait time.Duration
			want int
		}{{0, 2}, {oneDay, 1}, {31 * oneDay, 0}} {
			<-time.After(tt.wait)
			got := a.CallerBudgets()
			if len(got) != tt.want {
				t.Errorf("after %s: %+v", tt.wait, got)
			}
			for _, b := range got {
				if b.Caller != "alice" || b.Spent != 0.003 || b.Max != map[string]float64{"day": 1, "month": 2}[b.Period] {
					t.Errorf("got %+v", b)
				}
			}
		}
	})
}

// The files of a caller are in a folder of its own, whose name tells nothing, and old ones go.
func TestFilesOfACaller(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		a := newAccounts(t, budget.Options{Folder: folder})
		for range 120 {
			c := batchCharge()
			reserveFor(t, a, as(t, "../alice", 1, 1), c)
			a.KeepBatch("batch_1", c)
			<-time.After(oneDay)
		}
	})
	files, err := filepath.Glob(filepath.Join(folder, "callers", "*", "*.log"))
	if err != nil {
		t.Fatal(err)
	}
	kept := map[string]int{}
	for _, file := range files {
		name := regexp.MustCompile(`^(spent|batches)-[0-9a-f]{16}-(2000-0\d(?:-\d\d)?)\.log$`).FindStringSubmatch(filepath.Base(file))
		if name == nil || strings.Contains(file, "alice") {
			t.Fatalf("file %s", file)
		}
		kept[fmt.Sprint(name[1], " ", len(name[2]))]++
	}
	want := map[string]int{"spent 10": 8, "batches 10": 8, "spent 7": 3, "batches 7": 3}
	if diff := cmp.Diff(want, kept); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}
