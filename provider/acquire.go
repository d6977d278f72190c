package provider

import (
	"context"
	"errors"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/budget"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/limit"
)

// maxReserves bounds how often a request is reserved anew because other replicas spent what
// was left meanwhile.
const maxReserves = 5

// acquire waits until a request may go out, with its cost reserved, and returns how
// long that took. [sender.attempt] releases what was acquired.
func (s *sender) acquire(
	ctx context.Context, model resolvedModel, wait *limit.WaitBudget, charge *budget.Charge,
) (queued time.Duration, err error) {
	for range maxReserves {
		var waited time.Duration
		waited, err = s.acquireOnce(ctx, model, wait, charge)
		queued += waited
		if !errors.Is(err, errSpentMeanwhile) {
			return queued, err
		}
	}
	return queued, s.spentMeanwhile(ctx, charge)
}

// spentMeanwhile is the error of a request for which other replicas left nothing.
func (s *sender) spentMeanwhile(ctx context.Context, charge *budget.Charge) error {
	if err := s.accounts.Check(ctx, charge); err != nil {
		return budgetError(err)
	}
	return &Error{
		Code: CodeBudgetExceeded, Retryable: true, Message: errSpentMeanwhile.Error() + ", so the call was not sent", cause: errSpentMeanwhile,
		Hint: "try again: what they reserved and did not need is free again",
	}
}

func (s *sender) acquireOnce(
	ctx context.Context, model resolvedModel, wait *limit.WaitBudget, charge *budget.Charge,
) (queued time.Duration, err error) {
	if ctx.Err() != nil {
		return 0, ctx.Err()
	}
	if err := s.reserve(ctx, charge); err != nil {
		return 0, err
	}
	acquired := false
	defer func() {
		if !acquired { // also when OnWait panics
			s.accounts.Release(charge)
		}
	}()
	if queued, err = s.waitForLimits(ctx, model, wait, charge); err != nil {
		return queued, err
	}
	if s.accounts.IsStale(charge) { // it waited past midnight, or the replicas' state went away
		if err := s.reserveAnew(ctx, charge); err != nil {
			s.inFlight.Release(limit.CallerOf(ctx), 1)
			return queued, err
		}
	}
	acquired = true
	return queued, nil
}

// reserve sets the estimate aside in the limits as they are known here. Where that is not
// enough, what other replicas spent is read first.
func (s *sender) reserve(ctx context.Context, charge *budget.Charge) error {
	err := s.accounts.Reserve(ctx, charge)
	_, refused := errors.AsType[*budget.Exceeded](err)
	if s.replicas != nil && (refused || charge.IsCut()) {
		s.replicas.refresh(ctx)
		err = s.accounts.Reserve(ctx, charge)
	}
	return budgetError(err)
}

// reserveAnew reserves a request that may go out.
func (s *sender) reserveAnew(ctx context.Context, charge *budget.Charge) error {
	if err := s.reserve(ctx, charge); err != nil {
		return err
	}
	return s.takeBudget(ctx, charge)
}

// ask returns how a request takes its slot in common with other replicas; nil without any.
func (s *sender) ask(ctx context.Context, model resolvedModel, perMinute int, charge *budget.Charge) limit.Ask {
	if s.replicas == nil {
		return nil // before the key is hashed
	}
	return s.replicas.ask(ctx, s.client.windowKey(model.id), perMinute, charge)
}

// takeBudget reserves in the sums of all replicas what is reserved here.
func (s *sender) takeBudget(ctx context.Context, charge *budget.Charge) error {
	ask := s.replicas.ask(ctx, "", 0, charge)
	if ask == nil {
		return nil
	}
	if _, err := ask(nil); errors.Is(err, errSpentMeanwhile) {
		return s.spentMeanwhile(ctx, charge)
	}
	return nil
}

func budgetError(err error) error {
	exceeded, ok := errors.AsType[*budget.Exceeded](err)
	switch {
	case ok:
		return &Error{
			Code: CodeBudgetExceeded, Message: exceeded.Message, cause: err,
			Hint: "lower max_tokens, name a cheaper model, " + exceeded.Remedy + ", or wait until the budget starts anew at " +
				exceeded.ResetsAt.Format("2006-01-02 15:04 UTC"),
		}
	case errors.Is(err, budget.ErrUnknownSpending):
		return &Error{
			Code: CodeInternal, Message: err.Error() + ", so the call was not sent", cause: err,
			Hint: "ask whoever runs this server: its log says why",
		}
	case errors.Is(err, budget.ErrNoPrices):
		return &Error{
			Code: CodeBudgetExceeded, Message: err.Error() + ", so the call was not sent", cause: err,
			Hint: "ask whoever runs this server to lift the limit, or to set --catalog-url",
		}
	default:
		return err
	}
}

// errInFlightTimeout is the cause of a call that ended before a request in flight did.
var errInFlightTimeout = errors.New("no request in flight ended")

// waitForLimits waits until a request may go out: for the cap on requests in flight
// and for the model's rate limit.
//
// The wait for the cap ends with the call's deadline, not with its wait budget: it is
// this program's own queue, which moves as answers end, and a call that is refused
// there would come back at once. A call that waits for a rate limit is not in flight,
// and no slot of a rate limit is taken before the request can go out: the service
// counts it when it arrives.
func (s *sender) waitForLimits(
	ctx context.Context, model resolvedModel, wait *limit.WaitBudget, charge *budget.Charge,
) (waited time.Duration, err error) {
	start := time.Now()
	perMinute := s.perMinute(*model.entry)
	ask := s.ask(ctx, model, perMinute, charge)
	if !wait.HasWaiting() && s.limiter.HasRoom(model.id, perMinute) {
		if err := s.acquireInFlight(ctx); err != nil {
			return 0, err
		}
		ok, err := s.limiter.TryAcquire(model.id, perMinute, ask)
		if ok && err == nil {
			return time.Since(start), nil
		}
		s.inFlight.Release(limit.CallerOf(ctx), 1) // others took the last slots meanwhile
		if err != nil {
			return 0, err
		}
	}
	slot, err := s.limiter.Wait(ctx, model.id, perMinute, wait)
	if err != nil {
		return 0, s.limitError(err)
	}
	defer slot.Release()
	for {
		if err := s.acquireInFlight(ctx); err != nil {
			return 0, err
		}
		rest, err := slot.Take(ask)
		if rest <= 0 && err == nil {
			return time.Since(start), nil
		}
		s.inFlight.Release(limit.CallerOf(ctx), 1)
		if err == nil {
			err = slot.Sleep(ctx, rest, wait)
		}
		if err != nil {
			return 0, s.limitError(err)
		}
	}
}

func (s *sender) limitError(err error) error {
	exceeded, ok := errors.AsType[*limit.Exceeded](err)
	if !ok {
		return err
	}
	e := &Error{
		Code: CodeRateLimited, Retryable: true, RetryAfter: exceeded.Wait, Message: exceeded.Error(), cause: err,
		Hint: "try again then, name another model, or raise --max-wait",
	}
	if s.client.key == "" && s.rateLimit == AutoRateLimit && !s.client.noCatalog {
		e.Hint += ". " + s.client.noKey()
	}
	return e
}

func (s *sender) acquireInFlight(ctx context.Context) error {
	err := s.inFlight.Acquire(ctx, limit.CallerOf(ctx), 1)
	if err == nil || !errors.Is(context.Cause(ctx), errDeadline) {
		return err
	}
	e := s.client.newError(CodeUpstreamTimeout, errInFlightTimeout,
		"%d requests were in flight, and none ended in time for this one within %s", s.maxInFlight, s.client.timeout)
	e.Hint = "try again, or raise --max-in-flight or --timeout"
	return e
}
