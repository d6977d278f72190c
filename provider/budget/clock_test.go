package budget_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/budget"
)

// A clock that was far ahead for a while does not delete what was spent today. Each
// bubble begins on the same day, so the second is a process after the clock was set back.
func TestAClockThatWasAheadForgetsNothing(t *testing.T) {
	t.Parallel()
	options := budget.Options{MaxCost: 0.004, Folder: t.TempDir(), Service: "https://one.test"}
	spend := func() *budget.Charge { return budget.NewCharge(models(), "small", 1000, 1000) } // 0.003 EUR
	for _, tt := range []struct {
		name  string
		ahead time.Duration
		spent float64 // before
	}{
		{"today", 0, 0},
		{"a year ahead", 365 * 24 * time.Hour, 0},
		{"today again", 0, 0.003},
		{"ten years ahead", 3650 * 24 * time.Hour, 0},
		{"a year ahead again", 365 * 24 * time.Hour, 0.003},
		{"today for the third time", 0, 0.003},
	} {
		synctest.Test(t, func(t *testing.T) {
			<-time.After(tt.ahead)
			a := newAccounts(t, options)
			wantSpent(t, tt.name, a, tt.spent)
			if err := a.Reserve(t.Context(), spend()); (err != nil) != (tt.spent > 0) {
				t.Errorf("%s: %v", tt.name, err)
			}
		})
	}
}

// A clock that jumps while the process runs: the sum of a day waits for it.
func TestAClockThatIsAheadWhileTheProcessRuns(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	options := budget.Options{MaxCost: 0.004, Folder: folder, Service: "https://one.test"}
	synctest.Test(t, func(t *testing.T) {
		a := newAccounts(t, options)
		today := budget.NewCharge(models(), "small", 1000, 1000)
		reserve(t, a, today)
		<-time.After(100 * 24 * time.Hour)
		if !a.IsStale(today) {
			t.Error("the reservation is not stale")
		}
		wantSpent(t, "ahead", a, 0)
		today.Answered("small", &budget.Usage{PromptTokens: 500, CompletionTokens: 500})
		a.Record(t.Context(), today, budget.Outcome{}) // 0.0015 EUR, on the day of the reservation
		wantSpent(t, "ahead, after the call of today", a, 0)
	})
	synctest.Test(t, func(t *testing.T) {
		wantSpent(t, "today again", newAccounts(t, options), 0.0015)
	})
}
