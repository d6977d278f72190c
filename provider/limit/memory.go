package limit

import (
	"context"
	"sync"
	"time"
)

// Memory divides the bytes that calls hold at once. A call that holds some of Requests
// waits for some of Work, so they are apart: calls that all wait for each other would
// never end. The zero value has no limit.
type Memory struct {
	Total    int64   // no single thing may be larger; 0 is no limit
	Requests *Shares // for requests, from before they are read until they are answered
	Work     *Shares // for images while they are decoded, and for answers that are large
	several  bool
}

// NewMemory divides total bytes. With several callers, each holds at most half.
func NewMemory(total int64, severalCallers bool) Memory {
	m := Memory{Total: total, several: severalCallers}
	m.Requests, m.Work = m.Divide(total/2), m.Divide(total/2)
	return m
}

// Divide divides something else among the same callers. It returns nil, which is no
// limit, if total is 0.
func (m Memory) Divide(total int64) *Shares { return Divide(total, m.several) }

const (
	// maxQueueing bounds the wait for a share: by then a client should know.
	maxQueueing = 10 * time.Second
	// RetryOverloaded is how long a client that got none should wait.
	RetryOverloaded = 5 * time.Second
)

// Queue is Acquire with a bounded wait. It reports whether there is a share; the caller
// may have given up, which its context tells.
func (s *Shares) Queue(ctx context.Context, caller string, amount int64) bool {
	ctx, cancel := context.WithTimeout(ctx, maxQueueing)
	defer cancel()
	return s.Acquire(ctx, caller, amount) == nil
}

// scope is what one call holds until it was answered.
type scope struct {
	caller   string
	mu       sync.Mutex
	releases []func()
}

type scopeKey struct{}

// WithCaller returns a context of one call, whose work counts as this caller's. End
// releases what the call holds.
func WithCaller(ctx context.Context, name string) (_ context.Context, end func()) {
	s := &scope{caller: name}
	return context.WithValue(ctx, scopeKey{}, s), func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		for _, release := range s.releases {
			release()
		}
		s.releases = nil
	}
}

// CallerOf returns the caller whose work this is, "" if there is only one.
func CallerOf(ctx context.Context) string {
	if s, ok := ctx.Value(scopeKey{}).(*scope); ok {
		return s.caller
	}
	return ""
}

// AtEnd calls release once the call was answered. It reports false, and does nothing, if
// the context is of no call.
func AtEnd(ctx context.Context, release func()) bool {
	s, ok := ctx.Value(scopeKey{}).(*scope)
	if !ok {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.releases = append(s.releases, release)
	return true
}
