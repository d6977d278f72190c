package limit

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestWaitBudgetAllows(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		slept    []time.Duration // one after another
		deadline time.Duration   // from now on; 0 means none
		d        time.Duration
		want     bool
	}{
		{"all of it", nil, 0, 10 * time.Second, true},
		{"more than all of it", nil, 0, 10*time.Second + 1, false},
		{"nothing", []time.Duration{10 * time.Second}, 0, 0, true},
		{"the rest", []time.Duration{3 * time.Second, 4 * time.Second}, 0, 3 * time.Second, true},
		{"more than the rest", []time.Duration{3 * time.Second, 4 * time.Second}, 0, 3*time.Second + 1, false},
		{"until the deadline", nil, 5 * time.Second, 5 * time.Second, true},
		{"beyond the deadline", nil, 5 * time.Second, 5*time.Second + 1, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := NewWaitBudget(10*time.Second, nil)
				for _, d := range tt.slept {
					w.Sleep(t.Context(), d)
				}
				ctx := t.Context()
				if tt.deadline > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, tt.deadline)
					defer cancel()
				}
				if got := w.Allows(ctx, tt.d); got != tt.want {
					t.Errorf("got %v", got)
				}
			})
		})
	}
}

// Parts of a call that wait at the same time spend the budget together.
func TestWaitBudgetOfConcurrentWaits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := NewWaitBudget(10*time.Second, nil)
		go w.Sleep(t.Context(), 8*time.Second)
		<-time.After(2 * time.Second)
		go w.Sleep(t.Context(), 3*time.Second) // within the first
		synctest.Wait()
		if !w.Allows(t.Context(), 8*time.Second) { // 6 of them are spent already
			t.Error("the part that is spent already was counted twice")
		}
		if w.Allows(t.Context(), 8*time.Second+1) {
			t.Error("more than the budget is allowed")
		}
		<-time.After(6 * time.Second)
		if !w.Allows(t.Context(), 2*time.Second) || w.Allows(t.Context(), 2*time.Second+1) {
			t.Error("8 of 10 seconds are spent, and 2 are not what is left")
		}
	})
}

func TestElapsedCountsOverlapsOnce(t *testing.T) {
	t.Parallel()
	type span struct{ start, end int } // seconds
	for _, tt := range []struct {
		name  string
		spans []span
		want  int
	}{
		{"nothing", nil, 0},
		{"of no length", []span{{3, 3}}, 0},
		{"negative", []span{{3, 2}}, 0},
		{"one after another", []span{{0, 2}, {2, 5}}, 5},
		{"with a gap", []span{{0, 2}, {4, 5}}, 3},
		{"overlapping", []span{{0, 4}, {2, 6}}, 6},
		{"within", []span{{0, 10}, {2, 4}}, 10},
		{"twice", []span{{1, 4}, {1, 4}}, 3},
		{"the long one reported last", []span{{2, 4}, {0, 10}}, 10},
		{"an earlier one reported last", []span{{5, 7}, {0, 2}}, 4},
		{"filling a gap", []span{{0, 2}, {4, 6}, {1, 5}}, 6},
		{"within a gap", []span{{0, 2}, {8, 10}, {4, 5}}, 5},
		{"over several", []span{{1, 2}, {3, 4}, {5, 6}, {9, 10}, {0, 7}}, 8},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var e elapsed
			epoch := time.Unix(1_000_000_000, 0)
			for _, s := range tt.spans {
				e = e.plus(epoch.Add(time.Duration(s.start)*time.Second), time.Duration(s.end-s.start)*time.Second)
			}
			if got := e.sum(); got != time.Duration(tt.want)*time.Second {
				t.Errorf("got %s, want %ds", got, tt.want)
			}
		})
	}
}

func TestWaitBudgetSleepEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		if w := NewWaitBudget(time.Minute, nil); !w.Sleep(t.Context(), time.Minute) || time.Since(start) != time.Minute {
			t.Errorf("slept %s", time.Since(start))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start = time.Now()
		if w := NewWaitBudget(time.Minute, nil); w.Sleep(ctx, time.Minute) || time.Since(start) != time.Second {
			t.Errorf("slept %s of a context of 1s", time.Since(start))
		}
	})
}

func TestWaitBudgetAnnounces(t *testing.T) {
	t.Parallel()
	var got []string
	w := NewWaitBudget(time.Hour, func(text string) { got = append(got, text) })
	w.Announce(Noticeable-1, RateLimited)
	w.Announce(Noticeable, RateLimited)
	w.Announce(90*time.Second, "empty answer")
	if want := []string{"rate limited: retrying in 1s", "empty answer: retrying in 1m30s"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	NewWaitBudget(time.Hour, nil).Announce(time.Minute, RateLimited)
}

// Only the waits for a rate limit are reported as such.
func TestWaitBudgetRateLimited(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, w := &Limiter{}, NewWaitBudget(time.Hour, nil)
		w.Sleep(t.Context(), 5*time.Second)
		if got := w.RateLimited(); got != 0 {
			t.Errorf("%s without a rate limit", got)
		}
		fill(t, l, "m", 1, 1)
		<-time.After(20 * time.Second)
		if err := send(t.Context(), l, "m", 1, w); err != nil {
			t.Fatal(err)
		}
		if got, want := w.RateLimited(), window-20*time.Second; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if !w.Allows(t.Context(), time.Hour-5*time.Second-w.RateLimited()) ||
			w.Allows(t.Context(), time.Hour-5*time.Second-w.RateLimited()+1) {
			t.Error("the budget was not spent by both waits")
		}
	})
}
