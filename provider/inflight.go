package provider

import (
	"context"
	"errors"
	"time"

	"golang.org/x/sync/semaphore"
)

// inFlight caps the requests to models that run at once. A nil one has no cap.
type inFlight struct {
	most   int
	places *semaphore.Weighted // first come, first served; who is cancelled gives the place in the queue up
}

func newInFlight(most int) *inFlight {
	if most <= 0 {
		return nil
	}
	return &inFlight{most, semaphore.NewWeighted(int64(most))}
}

func (f *inFlight) enter(ctx context.Context) error {
	if f == nil {
		return nil
	}
	return f.places.Acquire(ctx, 1)
}

func (f *inFlight) leave() {
	if f != nil {
		f.places.Release(1)
	}
}

// errCrowded is why a call ended that never got a place.
var errCrowded = errors.New("no request in flight ended")

// admit waits until a request may go out: for a place among those in flight and
// for the model's rate limit. The caller leaves the place when it is done.
//
// The wait for a place ends with the call's deadline, not with its patience: it
// is this program's own queue, which moves as answers end, and a call that is
// refused there would come back at once. A call that waits for a rate limit
// holds no place, and no slot of a rate limit is taken before there is a place:
// the service counts a request when it arrives.
func (p *Provider) admit(ctx context.Context, to target, w *patience) (waited time.Duration, err error) {
	start := time.Now()
	perMinute := p.perMinute(to.entry)
	if p.limits.hasRoom(to.id, perMinute) {
		if err := p.enterFlight(ctx); err != nil {
			return 0, err
		}
		if p.limits.enterNow(to.id, perMinute) {
			return time.Since(start), nil
		}
		p.inFlight.leave() // others took the last slots meanwhile
	}
	if err := p.limits.enter(ctx, to.id, perMinute, w, p.enterFlight); err != nil {
		return 0, err
	}
	return time.Since(start), nil
}

func (p *Provider) enterFlight(ctx context.Context) error {
	err := p.inFlight.enter(ctx)
	if err == nil || !errors.Is(context.Cause(ctx), errDeadline) {
		return err
	}
	e := p.newError(CodeUpstreamTimeout, errCrowded, "%d requests were in flight, and none ended in time for this one within %s", p.inFlight.most, p.timeout)
	e.Hint = "try again, or raise --max-in-flight or --timeout"
	return e
}
