package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/budget"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/limit"
)

// maxTries bounds the requests to one model for one call.
const maxTries = 3

// withRetry calls send for a request to a model, and again after failures that may
// pass, as long as wait allows. It records each attempt on charge and returns them
// all; the error is that of the last one.
func (s *sender) withRetry(
	ctx context.Context, operation Operation, model resolvedModel, wait *limit.WaitBudget, charge *budget.Charge, send func() error,
) ([]Attempt, error) {
	var attempts []Attempt
	pauses := backoff.NewExponentialBackOff() // half a second, then more, with jitter
	waited, empty := time.Duration(0), false
	var err error // of the last attempt
	for tries := 1; ; tries++ {
		queued, refusal := s.acquire(ctx, model, wait, charge)
		if refusal != nil {
			return attempts, notSent(err, s.refuseOrCancel(ctx, refusal))
		}
		attempt, earlier := Attempt{Model: model.id, Wait: waited + queued}, err
		err = s.attempt(ctx, operation, &attempt, charge, send)
		attempts = append(attempts, attempt)
		if err == nil {
			return attempts, nil
		}
		pause, again, reason := pauses.NextBackOff(), !empty, "empty answer"
		if errors.Is(err, errEmpty) {
			empty = true
		} else {
			failure := AsError(err)
			if failure.wholeWindow {
				failure.RetryAfter = s.limiter.RestOfWindow(model.id)
			}
			pause, again, reason = max(pause, failure.RetryAfter), failure.Retryable, waitReason(failure.Code)
		}
		if !again || tries == maxTries || !wait.Allows(ctx, pause) {
			return attempts, afterFailure(ctx, earlier, err)
		}
		wait.Announce(pause, reason)
		start := time.Now()
		if !wait.Sleep(ctx, pause) {
			return attempts, notSent(err, s.refuseOrCancel(ctx, ctx.Err()))
		}
		if waited = pause; AsError(err).Code == CodeRateLimited {
			wait.AddRateLimited(start)
		}
	}
}

// refuseOrCancel returns the error of a request that was not sent: a limit's refusal,
// unless the context has ended.
func (s *sender) refuseOrCancel(ctx context.Context, err error) error {
	if ctx.Err() != nil && !errors.Is(err, errInFlightTimeout) {
		return s.client.transportError(ctx, ctx.Err())
	}
	return err
}

// notSent returns the error of a call whose next request was not sent: the failure
// before it, which a limit's refusal or the deadline alone would hide. Only a
// cancellation is returned as it is.
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

// afterFailure adds to an attempt that the deadline cut the failure before it, which
// took a part of the time.
func afterFailure(ctx context.Context, earlier, err error) error {
	last := *AsError(err)
	if earlier == nil || errors.Is(earlier, errEmpty) || ctx.Err() == nil || last.Code != CodeUpstreamTimeout {
		return err
	}
	last.Message = fmt.Sprintf("%s (the try before failed: %s)", last.Message, AsError(earlier).Message)
	return &last
}

// waitReason names a failure for OnWait.
func waitReason(code Code) string {
	if code == CodeRateLimited {
		return limit.RateLimited
	}
	return string(code)
}
