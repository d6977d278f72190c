package limit_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/limit"
)

// claims records who got a share.
type claims struct {
	*limit.Shares
	mu  sync.Mutex
	got []string
}

// queue claims an amount in the background, and records when it is granted.
func (c *claims) queue(ctx context.Context, caller string, amount int64) {
	go func() {
		if c.Acquire(ctx, caller, amount) == nil {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.got = append(c.got, fmt.Sprint(caller, amount))
		}
	}()
	synctest.Wait()
}

func (c *claims) check(t *testing.T, held, waiting int64, got ...string) {
	t.Helper()
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	slices.Sort(c.got) // those that are granted together come in any order
	slices.Sort(got)
	if c.Held() != held || c.Waiting() != waiting || !slices.Equal(c.got, got) {
		t.Errorf("%d are held, %d are waited for, %v were granted; want %d, %d, %v", c.Held(), c.Waiting(), c.got, held, waiting, got)
	}
}

func TestCallersTakeTurns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &claims{Shares: limit.NewShares(10, 10)}
		c.queue(t.Context(), "a", 10)
		for range 3 {
			c.queue(t.Context(), "a", 5)
		}
		c.queue(t.Context(), "b", 5)
		c.queue(t.Context(), "c", 10)
		c.check(t, 10, 30, "a10")
		c.Release("a", 10)
		c.check(t, 10, 20, "a10", "a5", "b5")
		c.Release("b", 5)
		c.check(t, 5, 20, "a10", "a5", "b5") // c's 10 do not fit, and nobody passes them
		c.Release("a", 5)
		c.check(t, 10, 10, "a10", "a5", "b5", "c10")
		c.Release("c", 10)
		c.check(t, 10, 0, "a10", "a5", "b5", "c10", "a5", "a5")
	})
}

// One caller at its limit never makes another wait for its first.
func TestACallerAtItsLimitIsInNobodysWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &claims{Shares: limit.NewShares(10, 5)}
		c.queue(t.Context(), "greedy", 4)
		c.queue(t.Context(), "greedy", 4)
		c.queue(t.Context(), "greedy", 1)
		c.check(t, 4, 5, "greedy4") // its own are first come, first served
		c.queue(t.Context(), "other", 5)
		c.check(t, 9, 5, "greedy4", "other5")
		c.Release("greedy", 4)
		c.check(t, 10, 0, "greedy4", "other5", "greedy4", "greedy1")
	})
}

// What is larger than a share counts as the whole share, and runs when that is free.
func TestAnAmountOverTheLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &claims{Shares: limit.NewShares(10, 6)}
		c.queue(t.Context(), "a", 1)
		c.queue(t.Context(), "a", 1000)
		c.check(t, 1, 6, "a1")
		c.Release("a", 1)
		c.check(t, 6, 0, "a1", "a1000")
		c.Release("a", 1000)
		c.check(t, 0, 0, "a1", "a1000")
	})
}

func TestWhoGivesUpHoldsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &claims{Shares: limit.NewShares(10, 10)}
		c.queue(t.Context(), "a", 8)
		ctx, cancel := context.WithCancel(t.Context())
		c.queue(ctx, "b", 9)
		c.queue(t.Context(), "c", 2)
		c.check(t, 8, 11, "a8")
		cancel()
		c.check(t, 10, 0, "a8", "c2") // is no longer behind b
		start := time.Now()
		if c.Queue(t.Context(), "d", 1) || time.Since(start) != 10*time.Second {
			t.Errorf("after %s there was a share", time.Since(start))
		}
		c.Release("a", 8)
		c.Release("c", 2)
		c.check(t, 0, 0, "a8", "c2")
	})
}

func TestTryAcquire(t *testing.T) {
	shares := limit.NewShares(3, 2)
	for i, want := range []bool{true, true, false} {
		if got := shares.TryAcquire("a", 1); got != want {
			t.Errorf("try %d: %v", i, got)
		}
	}
	if !shares.TryAcquire("b", 1) || shares.TryAcquire("b", 1) || shares.TryAcquire("c", 1) {
		t.Error("the whole is not divided")
	}
	shares.Release("a", 1)
	if !shares.TryAcquire("c", 1) {
		t.Error("what was released is not there")
	}
}

func TestNoShares(t *testing.T) {
	var shares *limit.Shares
	for range 1000 {
		if err := shares.Acquire(t.Context(), "a", 1<<40); err != nil || !shares.TryAcquire("a", 1<<40) {
			t.Fatal("there is a limit", err)
		}
	}
	shares.Release("a", 1)
	if shares.Held() != 0 || shares.Waiting() != 0 {
		t.Error("something is counted")
	}
}

func TestWhatACallHoldsIsReleasedAtItsEnd(t *testing.T) {
	var released []int
	if limit.AtEnd(t.Context(), func() { released = append(released, 0) }) {
		t.Error("this context is of no call")
	}
	ctx, end := limit.WithCaller(t.Context(), "alice")
	for i := range 3 {
		if !limit.AtEnd(ctx, func() { released = append(released, i) }) {
			t.Error("this context is of a call")
		}
	}
	if limit.CallerOf(ctx) != "alice" || limit.CallerOf(t.Context()) != "" || released != nil {
		t.Errorf("the caller is %q, released were %v", limit.CallerOf(ctx), released)
	}
	end()
	end()
	if !slices.Equal(released, []int{0, 1, 2}) {
		t.Errorf("released were %v", released)
	}
}

func TestMemoryOfSeveralCallers(t *testing.T) {
	alone, shared := limit.NewMemory(100, false), limit.NewMemory(100, true)
	if !alone.Requests.TryAcquire("", 50) || !alone.Divide(2).TryAcquire("", 2) {
		t.Error("one caller may not use all")
	}
	slots := shared.Divide(2)
	for _, caller := range []string{"a", "b"} {
		if !shared.Requests.TryAcquire(caller, 25) || !shared.Work.TryAcquire(caller, 25) || !slots.TryAcquire(caller, 1) {
			t.Errorf("%s does not get its half", caller)
		}
		if shared.Requests.TryAcquire(caller, 1) || shared.Work.TryAcquire(caller, 1) || slots.TryAcquire(caller, 1) {
			t.Errorf("%s gets more than its half", caller)
		}
	}
}
