package limit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// fill takes n slots of a key.
func fill(t *testing.T, l *Limiter, key string, n, perMinute int) {
	t.Helper()
	for i := range n {
		if !tryAcquire(l, key, perMinute) {
			t.Fatalf("no room for request %d of %d", i+1, n)
		}
	}
}

// send waits for a slot, takes it and passes the turn on.
func send(ctx context.Context, l *Limiter, key string, perMinute int, wait *WaitBudget) error {
	slot, err := l.Wait(ctx, key, perMinute, wait)
	if err != nil {
		return err
	}
	defer slot.Release()
	_, err = slot.Take(nil)
	return err
}

func TestTryAcquireUsesASlidingWindow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &Limiter{}
		fill(t, l, "m", 1, 2)
		<-time.After(20 * time.Second)
		fill(t, l, "m", 1, 2)
		for _, step := range []struct {
			after time.Duration // the step before
			room  bool
		}{
			{0, false},
			{window - 20*time.Second - time.Millisecond, false},
			{time.Millisecond, true}, // the first request is out of the window, the second is not
			{0, false},
			{20 * time.Second, true},
		} {
			<-time.After(step.after)
			if has := l.HasRoom("m", 2); has != step.room {
				t.Errorf("after %s more: has room %v, want %v", step.after, has, step.room)
			}
			if got := tryAcquire(l, "m", 2); got != step.room {
				t.Errorf("after %s more: acquired %v, want %v", step.after, got, step.room)
			}
		}
		if !l.HasRoom("other", 2) || !tryAcquire(l, "other", 2) {
			t.Error("keys share a window")
		}
	})
}

func TestWaitIsFirstComeFirstServed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &Limiter{}
		fill(t, l, "m", 2, 2)
		start := time.Now()
		var mu sync.Mutex
		var order []string
		var all sync.WaitGroup
		for i := range 5 {
			all.Go(func() {
				if err := send(t.Context(), l, "m", 2, NewWaitBudget(time.Hour, nil)); err != nil {
					t.Error(err)
				}
				mu.Lock()
				defer mu.Unlock()
				order = append(order, fmt.Sprintf("%d after %s", i, time.Since(start)))
			})
			<-time.After(time.Second) // so that they come in order
		}
		if l.HasRoom("m", 2) || tryAcquire(l, "m", 2) {
			t.Error("a call overtook the queue")
		}
		all.Wait()
		// The second of each window is let through at the same moment as the first.
		want := []string{"0 after 1m0.25s", "1 after 1m0.25s", "2 after 2m0.5s", "3 after 2m0.5s", "4 after 3m0.75s"}
		slices.Sort(order[:2]) // these two end at once, in any order
		slices.Sort(order[2:4])
		if !slices.Equal(order, want) {
			t.Errorf("got %q, want %q", order, want)
		}
		if !l.HasRoom("m", 2) {
			t.Error("the queue is empty, and there is no room")
		}
	})
}

func TestWaitRefusesAtOnceWhatWouldBeTooLong(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		max      time.Duration // of the wait budget
		deadline time.Duration // of the context
		waiting  int           // calls that are in the queue before
		want     time.Duration // that the refusal tells; 0 is no refusal
	}{
		{"just enough", window, time.Hour, 0, 0},
		{"budget too small", window - 1, time.Hour, 0, window},
		{"deadline too near", time.Hour, window - 1, 0, window},
		{"behind another call", window, time.Hour, 1, 2 * window},
		{"behind another call, with time for it", 2 * window, time.Hour, 1, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := &Limiter{}
				fill(t, l, "m", 1, 1)
				var before sync.WaitGroup
				for range tt.waiting {
					before.Go(func() { _ = send(t.Context(), l, "m", 1, NewWaitBudget(time.Hour, nil)) })
				}
				synctest.Wait()
				ctx, cancel := context.WithTimeout(t.Context(), tt.deadline)
				defer cancel()
				start := time.Now()
				err := send(ctx, l, "m", 1, NewWaitBudget(tt.max, nil))
				exceeded, refused := errors.AsType[*Exceeded](err)
				switch {
				case tt.want == 0 && err != nil:
					t.Error(err)
				case tt.want > 0 && (!refused || *exceeded != Exceeded{"m", 1, tt.want} || time.Since(start) > 0):
					t.Errorf("got %v after %s, want a refusal of %s at once", err, time.Since(start), tt.want)
				}
				before.Wait()
				if n := l.queueOf("m").waiting; n != 0 {
					t.Errorf("%d calls are left in the queue", n)
				}
			})
		})
	}
}

// A call that is cancelled, at the head of the queue or within it, does not delay
// those behind it.
func TestWaitEndsWithItsContext(t *testing.T) {
	t.Parallel()
	for _, first := range []bool{true, false} {
		t.Run(fmt.Sprintf("first in the queue %v", first), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := &Limiter{}
				fill(t, l, "m", 1, 1)
				start := time.Now()
				ctx, cancel := context.WithCancel(t.Context())
				contexts := []context.Context{t.Context(), ctx, t.Context()}
				if first {
					contexts = contexts[1:]
				}
				ends := make([]time.Duration, len(contexts))
				var all sync.WaitGroup
				for i, ctx := range contexts {
					all.Go(func() {
						err := send(ctx, l, "m", 1, NewWaitBudget(time.Hour, nil))
						ends[i] = time.Since(start)
						if ctx.Err() != nil != errors.Is(err, context.Canceled) {
							t.Errorf("call %d ended with %v", i, err)
						}
					})
					synctest.Wait()
				}
				<-time.After(10 * time.Second)
				cancel()
				all.Wait()
				want := []time.Duration{window, 10 * time.Second, 2 * window}
				if first {
					want = []time.Duration{10 * time.Second, window}
				}
				if !slices.Equal(ends, want) {
					t.Errorf("the calls ended after %s, want %s", ends, want)
				}
			})
		})
	}
}

// A slot that was not taken is free for the next in the queue.
func TestReleaseWithoutTake(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &Limiter{}
		slot, err := l.Wait(t.Context(), "m", 1, NewWaitBudget(0, nil))
		if err != nil {
			t.Fatal(err)
		}
		if tryAcquire(l, "m", 1) {
			t.Error("a call overtook the holder of the slot")
		}
		slot.Release()
		if !tryAcquire(l, "m", 1) {
			t.Error("the slot was counted")
		}
	})
}

func TestWithoutALimit(t *testing.T) {
	t.Parallel()
	for _, perMinute := range []int{0, -1} {
		l := &Limiter{}
		for range 3 {
			if !l.HasRoom("m", perMinute) || !tryAcquire(l, "m", perMinute) {
				t.Error("no room without a limit")
			}
			if err := send(t.Context(), l, "m", perMinute, NewWaitBudget(0, nil)); err != nil {
				t.Error(err)
			}
		}
	}
}

func TestRestOfWindow(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &Limiter{}
		if got := l.RestOfWindow("m"); got != time.Minute {
			t.Errorf("without a known request: %s", got)
		}
		fill(t, l, "m", 1, 2)
		<-time.After(20 * time.Second)
		fill(t, l, "m", 1, 2)
		if got := l.RestOfWindow("m"); got != window-20*time.Second {
			t.Errorf("of the oldest request: %s", got)
		}
		<-time.After(window - 20*time.Second)
		if got := l.RestOfWindow("m"); got != 20*time.Second {
			t.Errorf("of the next request: %s", got)
		}
		<-time.After(20 * time.Second)
		if got := l.RestOfWindow("m"); got != time.Minute {
			t.Errorf("after both: %s", got)
		}
	})
}

// A query is sent as a model, so callers could make this grow.
func TestLimiterForgetsIdleKeys(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l := &Limiter{}
		waits := l.queueOf("waits")
		waits.waiting++
		for i := range 1000 {
			fill(t, l, fmt.Sprintf("mistral@latest?params<%d", i), 1, 2)
			<-time.After(time.Second)
		}
		if n := len(l.queues); n > 63 { // those of a minute, and the one with a waiting call
			t.Errorf("%d models are remembered", n)
		}
		if l.queueOf("waits") != waits {
			t.Error("the model of a waiting call was forgotten")
		}
	})
}

// A call of many parts has one place in the queue, so that another call waits for one of
// them only.
func TestPartsOfACallTakeTurns(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		l, start := &Limiter{}, time.Now()
		fill(t, l, "m", 1, 1)
		parts := NewTurns(time.Hour, nil)
		var group sync.WaitGroup
		for range 5 {
			group.Go(func() {
				if err := send(t.Context(), l, "m", 1, parts); err != nil {
					t.Error(err)
				}
			})
		}
		synctest.Wait()
		if err := send(t.Context(), l, "m", 1, NewWaitBudget(time.Hour, nil)); err != nil || time.Since(start) != 2*window {
			t.Errorf("the other call went out after %s (%v)", time.Since(start), err)
		}
		group.Wait()
		if got := parts.RateLimited(); got != 6*window {
			t.Errorf("the parts waited %s", got)
		}
		fill(t, l, "other", 1, 1)
		ctx, cancel := context.WithCancel(t.Context())
		group.Go(func() { _ = send(ctx, l, "other", 1, parts) })
		synctest.Wait()
		group.Go(func() {
			if err := send(ctx, l, "other", 1, parts); !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		})
		synctest.Wait()
		cancel()
		group.Wait()
	})
}
