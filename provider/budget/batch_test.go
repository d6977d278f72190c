package budget_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/budget"
)

// batchCharge is a charge of ten requests to "small", of 1000 prompt tokens together and
// 100 of each answer: at half the price 0.0015 EUR.
func batchCharge() *budget.Charge { return budget.NewCharge(models(), "small", 1000, 100).ForBatch(10) }

const batchEstimate = (1000*1 + 10*100*2) / 1e6 / 2

// answer adds the answer to a request, which costs 0.00015 EUR of "small".
func answer(b *budget.BatchUsage, model string) {
	c := budget.NewCharge(models(), model, 0, 0).ForBatch(1)
	c.Answered(model, &budget.Usage{PromptTokens: 100, CompletionTokens: 100})
	b.Add(c, budget.Outcome{Worked: true})
}

const answerCost = (100*1 + 100*2) / 1e6 / 2

func TestBatchIsSettled(t *testing.T) {
	t.Parallel()
	const first = "batch_1"
	for _, tt := range []struct {
		name  string
		id    string
		usage func(*budget.BatchUsage)
		want  float64
		calls int
	}{
		{"answers", first, func(b *budget.BatchUsage) { answer(b, "small"); answer(b, "small") }, 2 * answerCost, 2},
		{"by another model", first, func(b *budget.BatchUsage) { answer(b, "large") }, 5 * answerCost, 1},
		{"nothing", first, func(*budget.BatchUsage) {}, 0, 0},
		{"a request without an answer", first, func(b *budget.BatchUsage) { answer(b, "small"); b.AddUnanswered() }, answerCost + batchEstimate/10, 1},
		{"more of them than there are requests", first, func(b *budget.BatchUsage) {
			for range 20 {
				b.AddUnanswered()
			}
		}, batchEstimate, 0},
		{"a failure", first, func(b *budget.BatchUsage) {
			b.Add(budget.NewCharge(models(), "small", 0, 0).ForBatch(1), budget.Outcome{Code: "rate_limited"})
		}, 0, 1},
		{"a batch that is not known", "another", func(b *budget.BatchUsage) { answer(b, "small") }, batchEstimate, 1},
	} {
		for _, folder := range []string{"", t.TempDir()} {
			a := newAccounts(t, budget.Options{MaxCost: 1, Folder: folder})
			c := batchCharge()
			reserve(t, a, c)
			wantSpent(t, tt.name+": reserved", a, batchEstimate)
			a.KeepBatch(first, c)
			a.Release(c) // has no effect any more
			wantSpent(t, tt.name+": kept", a, batchEstimate)
			var used budget.BatchUsage
			tt.usage(&used)
			for range 2 {
				a.SettleBatch(t.Context(), tt.id, 10, &used)
				wantSpent(t, tt.name, a, tt.want)
			}
			if got := a.Report(t.Context()).Total.Calls; got != tt.calls {
				t.Errorf("%s: %d calls, want %d", tt.name, got, tt.calls)
			}
		}
	}
}

func TestBatchWithoutABudgetIsCountedOnce(t *testing.T) {
	t.Parallel()
	a := newAccounts(t, budget.Options{})
	c := batchCharge()
	reserve(t, a, c)
	a.KeepBatch("batch_1", c)
	var used budget.BatchUsage
	answer(&used, "small")
	for range 3 {
		a.SettleBatch(t.Context(), "batch_1", 10, &used)
		a.SettleBatch(t.Context(), "batch_2", 10, &budget.BatchUsage{})
	}
	answer(&used, "small") // changes nothing that was counted
	if got := a.Report(t.Context()).Total; got.Calls != 1 || got.PromptTokens != 100 || got.Cost < answerCost*0.999 || got.Cost > answerCost*1.001 {
		t.Errorf("got %+v", got)
	}
}

// Of several processes that settle a batch at the same moment, all count the first.
func TestBatchIsSettledByOneOfMany(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	var all []*budget.Accounts
	for range 8 {
		all = append(all, newAccounts(t, budget.Options{MaxCost: 1, Folder: folder}))
	}
	c := batchCharge()
	reserve(t, all[0], c)
	all[0].KeepBatch("batch_1", c)
	var wg sync.WaitGroup
	for i, a := range all {
		var used budget.BatchUsage
		for range i + 1 {
			answer(&used, "small")
		}
		wg.Go(func() { a.SettleBatch(t.Context(), "batch_1", 10, &used) })
	}
	wg.Wait()
	spent, settled := all[0].Report(t.Context()).Budget.Spent, 0
	for _, a := range all {
		wantSpent(t, "in each", a, spent)
		if a.Report(t.Context()).Total.Calls > 0 {
			settled++
			wantSpent(t, "by the one that settled it", a, float64(a.Report(t.Context()).Total.Calls)*answerCost)
		}
	}
	if settled != 1 {
		t.Errorf("%d settled it", settled)
	}
}

// The sum does not depend on which file is read first, nor on what is torn.
func TestBatchRecordsThatAreTorn(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	a := newAccounts(t, budget.Options{MaxCost: 1, Folder: folder})
	c := batchCharge()
	reserve(t, a, c)
	a.KeepBatch("batch_1", c)
	files, err := filepath.Glob(filepath.Join(folder, "batches-*.log"))
	if err != nil || len(files) != 1 {
		t.Fatalf("files %q (%v)", files, err)
	}
	kept, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	key := strings.Fields(string(kept))[1]
	for _, torn := range []string{"0 " + key + " sett", "0 " + key + " settle", "-1 " + key + " settle x\n", "1e3 " + key + " settle x\n", "0 other settle x\n"} {
		if err := os.WriteFile(files[0], append(kept, torn...), 0o600); err != nil {
			t.Fatal(err)
		}
		b := newAccounts(t, budget.Options{MaxCost: 1, Folder: folder})
		wantSpent(t, torn, b, batchEstimate)
		var used budget.BatchUsage
		answer(&used, "small")
		b.SettleBatch(t.Context(), "batch_1", 10, &used)
		wantSpent(t, torn+", settled", b, answerCost)
	}
}
