package limit

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// RateLimited is the reason of a wait for a rate limit, for [WaitBudget.Announce].
const RateLimited = "rate limited"

// Noticeable is the shortest wait that a caller is told of.
const Noticeable = time.Second

// WaitBudget is the time that one call may spend on waiting: for a rate limit, and
// before it is sent again. Parts of a call that wait at the same time spend it
// together.
type WaitBudget struct {
	max    time.Duration
	onWait func(string)

	mu          sync.Mutex
	spent       elapsed
	rateLimited elapsed // the part of it for rate limits
}

// NewWaitBudget makes a budget of max. onWait is called with each wait that a
// person would notice, never concurrently; nil disables it.
func NewWaitBudget(max time.Duration, onWait func(string)) *WaitBudget {
	return &WaitBudget{max: max, onWait: onWait}
}

// Allows reports whether a wait of d may begin: not when it is more than is left,
// nor when ctx ends before.
func (w *WaitBudget) Allows(ctx context.Context, d time.Duration) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < d {
		return false
	}
	return w.spent.plus(time.Now(), d).sum <= w.max
}

// Announce tells the caller of a wait that begins.
func (w *WaitBudget) Announce(d time.Duration, reason string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.onWait != nil && d >= Noticeable {
		w.onWait(fmt.Sprintf("%s: retrying in %s", reason, d.Round(time.Second)))
	}
}

// Sleep waits d and spends it, unless ctx ends before.
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

// AddRateLimited notes that the time since start was spent on a rate limit.
func (w *WaitBudget) AddRateLimited(start time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rateLimited = w.rateLimited.plus(start, time.Since(start))
}

// RateLimited returns how long the call waited for rate limits.
func (w *WaitBudget) RateLimited() time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.rateLimited.sum
}

func (w *WaitBudget) spend(start time.Time, d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.spent = w.spent.plus(start, d)
}

// elapsed sums up times of which some pass at once.
type elapsed struct {
	sum time.Duration
	end time.Time // up to which they are in the sum
}

func (e elapsed) plus(start time.Time, d time.Duration) elapsed {
	end := start.Add(d)
	if start.Before(e.end) {
		start = e.end
	}
	if end.After(start) {
		e.sum, e.end = e.sum+end.Sub(start), end
	}
	return e
}
