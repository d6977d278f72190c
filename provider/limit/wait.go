package limit

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// RateLimited is the reason to pass to [WaitBudget.Announce] for a rate limit.
const RateLimited = "rate limited"

// Noticeable is the shortest wait that is reported to the caller.
const Noticeable = time.Second

// WaitBudget is the time that one call may spend on waiting for rate limits and
// before retries. Time in which several parts of a call wait is spent once.
type WaitBudget struct {
	max    time.Duration
	onWait func(string)
	turns  chan struct{} // of capacity 1; nil lets several parts wait for a rate limit at once

	mu          sync.Mutex
	spent       elapsed
	rateLimited elapsed // the part of spent that was for rate limits
}

// NewWaitBudget returns a budget of max. onWait is called with a text for each wait of
// at least [Noticeable], never concurrently; nil disables it.
func NewWaitBudget(max time.Duration, onWait func(string)) *WaitBudget {
	return &WaitBudget{max: max, onWait: onWait}
}

// NewTurns returns a budget for a call of many parts, which wait for a rate limit one after
// another: the call has one place in the queue, and other calls need not wait for all of
// it.
func NewTurns(max time.Duration, onWait func(string)) *WaitBudget {
	w := NewWaitBudget(max, onWait)
	w.turns = make(chan struct{}, 1)
	return w
}

// HasWaiting reports whether a part of such a call waits for a rate limit, which another
// one should not overtake.
func (w *WaitBudget) HasWaiting() bool { return len(w.turns) > 0 }

// takeTurn waits for the other parts of the call that wait for a rate limit.
func (w *WaitBudget) takeTurn(ctx context.Context) (done func(), err error) {
	if w.turns == nil {
		return func() {}, nil
	}
	select {
	case w.turns <- struct{}{}:
		return func() { <-w.turns }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Allows reports whether a wait of d may begin: it fits in the budget, and ends before
// the deadline of ctx.
func (w *WaitBudget) Allows(ctx context.Context, d time.Duration) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < d {
		return false
	}
	return w.spent.plus(time.Now(), d).sum() <= w.max
}

// Announce reports a wait that begins to onWait.
func (w *WaitBudget) Announce(d time.Duration, reason string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.onWait != nil && d >= Noticeable {
		w.onWait(fmt.Sprintf("%s: retrying in %s", reason, d.Round(time.Second)))
	}
}

// Sleep spends d, waits for it, and reports whether it passed before ctx was done.
func (w *WaitBudget) Sleep(ctx context.Context, d time.Duration) bool {
	w.spend(time.Now(), d)
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// AddRateLimited counts the time since start as a wait for a rate limit.
func (w *WaitBudget) AddRateLimited(start time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rateLimited = w.rateLimited.plus(start, time.Since(start))
}

// RateLimited returns how long the call waited for rate limits.
func (w *WaitBudget) RateLimited() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.rateLimited.sum()
}

func (w *WaitBudget) spend(start time.Time, d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.spent = w.spent.plus(start, d)
}

// elapsed is the time that has passed in at least one of several spans. The spans are
// disjoint, so that overlaps count once.
type elapsed []span

type span struct{ start, end time.Time }

// plus returns e with another span, merged with those that it overlaps or touches.
func (e elapsed) plus(start time.Time, d time.Duration) elapsed {
	added := span{start, start.Add(max(0, d))}
	var disjoint elapsed
	for _, s := range e {
		if s.end.Before(added.start) || added.end.Before(s.start) {
			disjoint = append(disjoint, s)
			continue
		}
		if s.start.Before(added.start) {
			added.start = s.start
		}
		if s.end.After(added.end) {
			added.end = s.end
		}
	}
	return append(disjoint, added)
}

func (e elapsed) sum() time.Duration {
	var sum time.Duration
	for _, s := range e {
		sum += s.end.Sub(s.start)
	}
	return sum
}
