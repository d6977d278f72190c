package provider

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// maxTries bounds the requests to one model for one call.
const maxTries = 3

// Operation is what a request asks of a model.
type Operation string

// The operations.
const (
	OperationChat       Operation = "chat"
	OperationEmbeddings Operation = "embeddings"
)

// codeEmpty marks the attempt that was answered with nothing.
const codeEmpty Code = "empty_response"

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

// errEmpty asks for another try after an answer without anything in it.
var errEmpty = errors.New("empty answer")

// try sends a request to a model by once, and again after failures that may
// pass, while w lasts. It books each attempt on b and gives it; a nil error is an
// answer.
func (p *Provider) try(ctx context.Context, operation Operation, to target, w *patience, b *bill, once func() error) ([]Attempt, error) {
	var attempts []Attempt
	pauses := backoff.NewExponentialBackOff() // half a second, then more, with jitter
	wait, empty := time.Duration(0), false
	for tries := 1; ; tries++ {
		queued, err := p.enter(ctx, to, w, b)
		if err != nil {
			return attempts, p.refuseOrCancel(ctx, err)
		}
		attempt := Attempt{Model: to.id, Wait: wait + queued}
		err = p.attempt(ctx, operation, &attempt, b, once)
		attempts = append(attempts, attempt)
		if err == nil {
			return attempts, nil
		}
		pause, again, why := pauses.NextBackOff(), !empty, "empty answer"
		if errors.Is(err, errEmpty) {
			empty = true
		} else {
			failure := AsError(err)
			pause, again, why = max(pause, failure.RetryAfter), failure.Retryable, words(failure.Code)
		}
		if !again || tries == maxTries || !w.allows(ctx, pause) {
			return attempts, err
		}
		w.announce(pause, why)
		start := time.Now()
		if !w.wait(ctx, pause) {
			return attempts, p.refuseOrCancel(ctx, err)
		}
		if wait = pause; AsError(err).Code == CodeRateLimited {
			w.forLimit(start)
		}
	}
}

// enter waits until a request may go out, with the money for it set aside, and
// gives how long it took.
func (p *Provider) enter(ctx context.Context, to target, w *patience, b *bill) (queued time.Duration, err error) {
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	if err := p.budget.reserve(b); err != nil {
		return 0, err
	}
	entered := false
	defer func() {
		if !entered { // also when who is told of a wait panics
			p.budget.settle(b, 0)
		}
	}()
	if queued, err = p.admit(ctx, to, w); err != nil {
		return queued, err
	}
	if p.budget != nil && today() > b.day { // it waited past midnight
		if err := p.budget.reserve(b); err != nil {
			p.inFlight.leave()
			return queued, err
		}
	}
	entered = true
	return queued, nil
}

// attempt sends a request by once, notes what came of it, books it on b, and
// leaves the place among those in flight.
func (p *Provider) attempt(ctx context.Context, operation Operation, a *Attempt, b *bill, once func() error) (err error) {
	defer func() { p.book(b, *a, err) }()
	defer p.inFlight.leave()
	if p.onAttempt != nil {
		ended := p.onAttempt(ctx, operation, a.Model)
		defer func() { ended(*a) }()
	}
	a.Code = CodeInternal // of a panic
	sent := time.Now()
	err = once()
	a.Duration = time.Since(sent)
	switch {
	case err == nil:
		a.Code = ""
	case errors.Is(err, errEmpty):
		a.Code = codeEmpty
	default:
		a.Code = AsError(err).Code
	}
	return err
}

// refuseOrCancel gives the refusal of a limit, or says that the caller is gone.
func (p *Provider) refuseOrCancel(ctx context.Context, err error) error {
	if ctx.Err() != nil && !errors.Is(err, errCrowded) {
		return p.transportError(ctx, ctx.Err())
	}
	return err
}

// words names a failure for a person who waits.
func words(code Code) string {
	if code == CodeRateLimited {
		return "rate limited"
	}
	return string(code)
}
