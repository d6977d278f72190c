package provider

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

// RateLimit is how many requests a minute go out to each model.
type RateLimit int

// The limits that are no number.
const (
	NoRateLimit   RateLimit = 0
	AutoRateLimit RateLimit = -1 // the catalogue's figures, with or without a key
)

// The service's figures where the catalogue gives none.
const (
	defaultAnonymousPerMinute = 2
	defaultKeyPerMinute       = 400
)

// limitWindow is the service's minute, and a little for the way there: it counts
// a request when it arrives.
const limitWindow = time.Minute + 250*time.Millisecond

// perMinute gives the limit of a model, 0 for none.
func (p *Provider) perMinute(m catalog.Model) int {
	switch {
	case p.rateLimit != AutoRateLimit:
		return int(p.rateLimit)
	case !m.Listed && p.baseURL.String() != DefaultBaseURL:
		return 0 // a model of another server, of which nothing is known
	case p.apiKey == "":
		return cmp.Or(m.AnonymousPerMinute, defaultAnonymousPerMinute)
	case m.KeyPerMinute > 0:
		return m.KeyPerMinute
	default:
		return defaultKeyPerMinute
	}
}

// limits holds requests back so that a burst queues here instead of failing
// there. Every model has a minute of its own.
type limits struct {
	mu     sync.Mutex
	models map[string]*minute
}

// minute is one model's window: at most so many requests within limitWindow,
// first come first served.
type minute struct {
	turn   chan struct{} // held by whoever waits for the next slot; blocked senders go in order
	sent   []time.Time   // the last requests, oldest first, at most as many as the limit
	queued int           // calls that wait, or are about to
}

// hasRoom reports whether a call would have a slot at once, without overtaking
// another.
func (l *limits) hasRoom(model string, perMinute int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	m := l.models[model]
	return perMinute <= 0 || m == nil || m.queued == 0 && !m.slot(0, perMinute).After(time.Now())
}

// enterNow takes a slot if there is room.
func (l *limits) enterNow(model string, perMinute int) bool {
	if perMinute <= 0 {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	m := l.of(model)
	if m.queued > 0 || m.slot(0, perMinute).After(time.Now()) {
		return false
	}
	m.take(perMinute)
	return true
}

// enter waits for a slot, and then for what else a call needs before it goes
// out. It refuses at once when the wait for the slot would be longer than w has
// left. A call that is cancelled gives its place up.
func (l *limits) enter(ctx context.Context, model string, perMinute int, w *patience, enterPlace func(context.Context) error) error {
	start := time.Now()
	m, expected := l.join(model, perMinute)
	defer l.leave(m)
	if !w.allows(ctx, expected) {
		return limitReached(model, perMinute, expected)
	}
	w.announce(expected, "rate limited")
	select {
	case m.turn <- struct{}{}:
		defer func() { <-m.turn }()
	case <-ctx.Done():
		return ctx.Err()
	}
	w.spend(start, min(time.Since(start), expected)) // what else those before waited for is not the limit's
	l.mu.Lock()
	slot := time.Until(m.slot(0, perMinute))
	l.mu.Unlock()
	switch {
	case slot <= 0:
	case !w.allows(ctx, slot): // those before were held up
		return limitReached(model, perMinute, slot)
	case !w.wait(ctx, slot):
		return ctx.Err()
	}
	w.forLimit(start)
	if err := enterPlace(ctx); err != nil {
		return err
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	m.take(perMinute) // the slot is still free: whoever waits has the model's only turn
	return nil
}

func limitReached(model string, perMinute int, wait time.Duration) *Error {
	return &Error{
		Code: CodeRateLimited, Retryable: true, RetryAfter: wait,
		Message: fmt.Sprintf("%s takes %d requests a minute, and these are used up for the next %s", model, perMinute, wait.Round(time.Second)),
		Hint:    "try again then, name another model, or raise --max-wait",
	}
}

// join queues a call and gives how long it will have to wait.
func (l *limits) join(model string, perMinute int) (*minute, time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	m := l.of(model)
	expected := time.Until(m.slot(m.queued, perMinute))
	m.queued++
	return m, max(0, expected)
}

// of gives the minute of a model, and forgets those that are over: a query is
// sent as a model too, and there is no end of queries.
func (l *limits) of(model string) *minute {
	m, ok := l.models[model]
	if !ok {
		maps.DeleteFunc(l.models, func(_ string, other *minute) bool { return other.isOver() })
		m = &minute{turn: make(chan struct{}, 1)}
		l.models[model] = m
	}
	return m
}

func (l *limits) leave(m *minute) {
	l.mu.Lock()
	defer l.mu.Unlock()
	m.queued--
}

// take counts a request that goes out.
func (m *minute) take(perMinute int) {
	m.sent = append(m.sent, time.Now())
	m.sent = m.sent[max(0, len(m.sent)-perMinute):]
}

// restOfMinute gives when the service's minute will be over in which the known
// requests to a model went out: a refusal may name no time.
func (l *limits) restOfMinute(model string) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if m, ok := l.models[model]; ok {
		for _, sent := range m.sent {
			if rest := time.Until(sent.Add(limitWindow)); rest > 0 {
				return rest
			}
		}
	}
	return time.Minute
}

// isOver reports whether nobody waits and no request counts any more.
func (m *minute) isOver() bool {
	return m.queued == 0 && (len(m.sent) == 0 || time.Since(m.sent[len(m.sent)-1]) >= limitWindow)
}

// slot gives when the call behind so many others may go out.
func (m *minute) slot(behind, perMinute int) time.Time {
	now := time.Now()
	sent := append([]time.Time(nil), m.sent...)
	for {
		next := now
		if len(sent) >= perMinute {
			if free := sent[len(sent)-perMinute].Add(limitWindow); free.After(now) {
				next = free
			}
		}
		if behind == 0 {
			return next
		}
		sent = append(sent, next)
		behind--
	}
}
