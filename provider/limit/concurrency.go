package limit

import (
	"context"

	"golang.org/x/sync/semaphore"
)

// Concurrency caps the requests in flight, first come first served. A nil Concurrency
// has no cap.
type Concurrency struct {
	max   int
	slots *semaphore.Weighted
}

// NewConcurrency returns a cap of max requests, or nil if max is 0 or less.
func NewConcurrency(max int) *Concurrency {
	if max <= 0 {
		return nil
	}
	return &Concurrency{max, semaphore.NewWeighted(int64(max))}
}

// Max returns the cap; 0 means none.
func (c *Concurrency) Max() int {
	if c == nil {
		return 0
	}
	return c.max
}

// Acquire waits until another request may run. Its error is the context's.
func (c *Concurrency) Acquire(ctx context.Context) error {
	if c == nil {
		return nil
	}
	return c.slots.Acquire(ctx, 1)
}

// Release ends a request for which Acquire succeeded.
func (c *Concurrency) Release() {
	if c != nil {
		c.slots.Release(1)
	}
}
