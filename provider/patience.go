package provider

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// patience is what one call may spend on waiting: for a rate limit, and before
// it tries again. Parts of a call that wait at the same time spend it together.
type patience struct {
	most time.Duration
	tell func(string) // is told of waits that a person would notice; nil is nobody

	mu      sync.Mutex
	spent   elapsed
	limited elapsed // of it for rate limits
}

func (p *Provider) newPatience(tell func(string)) *patience {
	return &patience{most: p.maxWait, tell: tell}
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

// noticeable is the wait from which on a caller hears of it.
const noticeable = time.Second

// allows reports whether a wait of d may begin: not when it is more than is
// left, nor when ctx ends before.
func (w *patience) allows(ctx context.Context, d time.Duration) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) < d {
		return false
	}
	return w.spent.plus(time.Now(), d).sum <= w.most
}

// announce tells of a wait that begins.
func (w *patience) announce(d time.Duration, why string) {
	w.mu.Lock() // who is told need not be ready for two at once
	defer w.mu.Unlock()
	if w.tell != nil && d >= noticeable {
		w.tell(fmt.Sprintf("%s: retrying in %s", why, d.Round(time.Second)))
	}
}

// spend books a wait.
func (w *patience) spend(start time.Time, d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.spent = w.spent.plus(start, d)
}

// wait waits d, unless ctx ends before.
func (w *patience) wait(ctx context.Context, d time.Duration) bool {
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

// forLimit notes that the time since start was spent on a rate limit.
func (w *patience) forLimit(start time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.limited = w.limited.plus(start, time.Since(start))
}

// warning tells of a noticeable wait for a rate limit.
func (w *patience) warning() []Warning {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.limited.sum < noticeable {
		return nil
	}
	return []Warning{{WarnRateLimitWait, fmt.Sprintf("the call waited %s for the model's rate limit", w.limited.sum.Round(time.Second))}}
}
