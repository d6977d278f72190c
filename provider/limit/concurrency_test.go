package limit

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

func TestConcurrencyWithoutACap(t *testing.T) {
	t.Parallel()
	for _, maximum := range []int{0, -1} {
		c := NewConcurrency(maximum)
		if c != nil || c.Max() != 0 {
			t.Fatalf("%d: got %v with a cap of %d, want nil", maximum, c, c.Max())
		}
		for range 100 {
			if err := c.Acquire(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		c.Release()
	}
}

func TestConcurrency(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := NewConcurrency(2)
		if c.Max() != 2 {
			t.Errorf("the cap is %d", c.Max())
		}
		for range 2 {
			if err := c.Acquire(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		if err := c.Acquire(ctx); !errors.Is(err, context.DeadlineExceeded) || time.Since(start) != time.Second {
			t.Errorf("got %v after %s", err, time.Since(start))
		}
		time.AfterFunc(time.Minute, c.Release)
		start = time.Now()
		if err := c.Acquire(t.Context()); err != nil || time.Since(start) != time.Minute {
			t.Errorf("got %v after %s, want the released slot after 1m", err, time.Since(start))
		}
	})
}
