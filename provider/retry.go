package provider

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
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

// CodeEmptyAttempt marks an [Attempt] that was answered with nothing. No [Error] has it.
const CodeEmptyAttempt Code = "empty_response"

// errEmpty asks for another try after an answer without anything in it.
var errEmpty = errors.New("empty answer")

// try sends a request to a model by once, and again after failures that may
// pass, while w lasts. It books each attempt on b and gives it; a nil error is an
// answer.
func (p *Provider) try(ctx context.Context, operation Operation, to target, w *patience, b *bill, once func() error) ([]Attempt, error) {
	var attempts []Attempt
	pauses := backoff.NewExponentialBackOff() // half a second, then more, with jitter
	wait, empty := time.Duration(0), false
	var err error // of the last try
	for tries := 1; ; tries++ {
		queued, refusal := p.enter(ctx, to, w, b)
		if refusal != nil {
			return attempts, notSent(err, p.refuseOrCancel(ctx, refusal))
		}
		attempt := Attempt{Model: to.id, Wait: wait + queued}
		earlier := err
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
			if failure.wholeWindow {
				failure.RetryAfter = p.limits.restOfMinute(to.id)
			}
			pause, again, why = max(pause, failure.RetryAfter), failure.Retryable, words(failure.Code)
		}
		if !again || tries == maxTries || !w.allows(ctx, pause) {
			return attempts, afterFailure(ctx, earlier, err)
		}
		w.announce(pause, why)
		start := time.Now()
		if !w.wait(ctx, pause) {
			return attempts, notSent(err, p.refuseOrCancel(ctx, ctx.Err()))
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
		ended := func(Attempt) {}
		p.guarded(ctx, func() { ended = p.onAttempt(ctx, operation, a.Model) })
		defer func() { p.guarded(ctx, func() { ended(*a) }) }()
	}
	a.Code = CodeInternal // of a panic
	sent := time.Now()
	err = once()
	a.Duration = time.Since(sent)
	switch {
	case err == nil:
		a.Code = ""
	case errors.Is(err, errEmpty):
		a.Code = CodeEmptyAttempt
	default:
		a.Code = AsError(err).Code
	}
	return err
}

// guarded runs a call of OnAttempt. A panic in it is logged and goes no further: it must
// not cost an answer that was paid for. Its value could hold a prompt, so only its type is told.
func (p *Provider) guarded(ctx context.Context, tell func()) {
	defer func() {
		if cause := recover(); cause != nil {
			p.log.ErrorContext(ctx, "OnAttempt panicked", "panic", fmt.Sprintf("%T", cause), "stack", string(debug.Stack()))
		}
	}()
	tell()
}

// refuseOrCancel gives the refusal of a limit, or says that the caller is gone.
func (p *Provider) refuseOrCancel(ctx context.Context, err error) error {
	if ctx.Err() != nil && !errors.Is(err, errCrowded) {
		return p.transportError(ctx, ctx.Err())
	}
	return err
}

// notSent returns what a call ends with whose next request did not go out: the
// failure that led to it, which a limit's refusal or the deadline would hide. Only
// who cancels knows why there is no answer.
func notSent(failure, refusal error) error {
	why := AsError(refusal)
	if failure == nil || why.Code == CodeCancelled {
		return refusal
	}
	if errors.Is(failure, errEmpty) {
		return failure
	}
	first := *AsError(failure)
	first.Message = fmt.Sprintf("%s (no further request was sent: %s)", strings.TrimRight(first.Message, ". "), why.Message)
	first.RetryAfter = max(first.RetryAfter, why.RetryAfter)
	return &first
}

// afterFailure adds the failure before a try that the deadline cut: that there was no
// answer in time is only half of it.
func afterFailure(ctx context.Context, earlier, err error) error {
	last := *AsError(err)
	if earlier == nil || errors.Is(earlier, errEmpty) || ctx.Err() == nil || last.Code != CodeUpstreamTimeout {
		return err
	}
	last.Message = fmt.Sprintf("%s (the try before failed: %s)", last.Message, AsError(earlier).Message)
	return &last
}

// words names a failure for a person who waits.
func words(code Code) string {
	if code == CodeRateLimited {
		return "rate limited"
	}
	return string(code)
}
