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

// patience is what one call may still spend on waiting: for a rate limit, and
// before it tries again.
type patience struct {
	mu     sync.Mutex
	left   time.Duration
	waited time.Duration // for rate limits
	tell   func(string)  // is told of waits that a person would notice; nil is nobody
}

func (p *Provider) newPatience(tell func(string)) *patience {
	return &patience{left: p.maxWait, tell: tell}
}

// noticeable is the wait from which on a caller hears of it.
const noticeable = time.Second

// wait waits d, unless that is more than is left, or ctx ends before.
func (w *patience) wait(ctx context.Context, d time.Duration, why string) bool {
	w.mu.Lock()
	enough := d <= w.left
	if enough {
		w.left -= d
	}
	if enough && w.tell != nil && d >= noticeable {
		w.tell(fmt.Sprintf("%s: retrying in %s", why, d.Round(time.Second)))
	}
	w.mu.Unlock()
	if deadline, ok := ctx.Deadline(); !enough || ok && time.Until(deadline) < d {
		return false
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// forLimit adds to the time that was spent on rate limits.
func (w *patience) forLimit(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.waited += d
}

// warning tells of a noticeable wait for a rate limit.
func (w *patience) warning() []Warning {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.waited < noticeable {
		return nil
	}
	return []Warning{{WarnRateLimitWait, fmt.Sprintf("the call waited %s for the model's rate limit", w.waited.Round(time.Second))}}
}

// errEmpty asks for another try after an answer without anything in it.
var errEmpty = errors.New("empty answer")

// try sends a request to a model by once, and again after failures that may
// pass, while w lasts. It books each attempt on b and gives it; a nil error is an
// answer.
func (p *Provider) try(ctx context.Context, operation Operation, to target, w *patience, b *bill, once func() error) ([]Attempt, error) {
	var attempts []Attempt
	pauses := backoff.NewExponentialBackOff() // half a second, then more, with jitter
	wait := time.Duration(0)
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
		pause := pauses.NextBackOff()
		if errors.Is(err, errEmpty) {
			if tries > 1 || !w.wait(ctx, pause, "empty answer") {
				return attempts, err
			}
			wait = pause
			continue
		}
		failure := AsError(err)
		pause = max(pause, failure.RetryAfter)
		if !failure.Retryable || tries == maxTries || !w.wait(ctx, pause, words(failure.Code)) {
			return attempts, failure
		}
		if wait = pause; failure.Code == CodeRateLimited {
			w.forLimit(pause)
		}
	}
}

// enter waits until a request may go out, with the money for it set aside, and
// gives how long it took.
func (p *Provider) enter(ctx context.Context, to target, w *patience, b *bill) (time.Duration, error) {
	if err := p.budget.reserve(b); err != nil {
		return 0, err
	}
	queued, err := p.admit(ctx, to, w)
	if err != nil {
		p.budget.settle(b, 0)
	}
	return queued, err
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
