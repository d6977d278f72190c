// Package limit decides when a request may go out: a sliding-window rate
// [Limiter], a cap on the requests in flight ([Concurrency]), the time that a call
// may spend on waiting ([WaitBudget]), and the keys that failed within the last
// minute ([Cooldown]).
//
// It uses no network. Its errors are an [*Exceeded] or the context's. Everything in
// it is safe for concurrent use.
package limit

import (
	"context"
	"fmt"
	"sync"
	"time"
)

// window is the service's minute and a margin for the time until a request arrives
// there, which is when the service counts it.
const window = time.Minute + 250*time.Millisecond

// Exceeded is the error of a call that would have to wait longer than it may.
type Exceeded struct {
	Key       string
	PerMinute int
	Wait      time.Duration // until the call could go out
}

// Error implements error.
func (e *Exceeded) Error() string {
	return fmt.Sprintf("%s takes %d requests a minute, and these are used up for the next %s",
		e.Key, e.PerMinute, e.Wait.Round(time.Second))
}

// Limiter limits the requests a minute of each key, first come first served, so that
// a burst waits here instead of failing at the service. The zero value is ready to
// use. A perMinute of 0 or less means no limit.
type Limiter struct {
	// Replicas returns how many processes share the limits, and whether their common window
	// can be asked; nil is this process alone. While it cannot be asked, this process keeps
	// to its share.
	Replicas func() (n int, canAsk bool)

	mu     sync.Mutex
	queues map[string]*queue
	taken  uint64 // slots, which are their numbers
}

// HasRoom reports whether a call would probably get a slot at once, without overtaking
// another.
func (l *Limiter) HasRoom(key string, perMinute int) bool {
	pace := l.pace(perMinute)
	l.mu.Lock()
	defer l.mu.Unlock()
	q := l.queues[key]
	return perMinute <= 0 || q == nil || q.hasRoom(pace)
}

// TryAcquire takes a slot if there is room, and reports whether there was. An error is that
// of ask.
func (l *Limiter) TryAcquire(key string, perMinute int, ask Ask) (bool, error) {
	if perMinute <= 0 {
		return true, ask.withoutSlot()
	}
	q, room := l.tryOwn(key, perMinute, ask)
	if q == nil {
		return room, nil
	}
	rest, err := l.take(q, perMinute, ask)
	return rest <= 0 && err == nil, err
}

// tryOwn takes a slot if there is room, where this process decides. It returns the queue if
// the common window is to be asked.
func (l *Limiter) tryOwn(key string, perMinute int, ask Ask) (*queue, bool) {
	pace := l.pace(perMinute)
	l.mu.Lock()
	defer l.mu.Unlock()
	q := l.queueOf(key)
	switch {
	case !q.hasRoom(pace):
		return nil, false
	case pace.shared && ask != nil:
		return q, true
	}
	q.add(l.newSlot(), perMinute)
	return nil, true
}

// Slot is room for one request. No other call of this process can take the room while the
// slot is held, because its holder has the key's only turn.
type Slot struct {
	limiter   *Limiter
	queue     *queue // nil without a limit
	key       string
	perMinute int
}

// Take counts the request, which must go out now. It returns 0, or how long until there is
// room: another replica may have taken it. An error is that of ask.
func (s *Slot) Take(ask Ask) (rest time.Duration, err error) {
	if s.queue == nil {
		return 0, ask.withoutSlot()
	}
	return s.limiter.take(s.queue, s.perMinute, ask)
}

// Release passes the turn to the next call in the queue.
func (s *Slot) Release() {
	if s.queue == nil {
		return
	}
	<-s.queue.turn
	s.limiter.dequeue(s.queue)
}

// Wait waits for a slot, which the caller must release. If the call would have to wait
// longer than wait allows, the error is an [*Exceeded]: at once, unless the calls
// before it take longer than expected. A call that is cancelled leaves the queue.
func (l *Limiter) Wait(ctx context.Context, key string, perMinute int, wait *WaitBudget) (slot *Slot, err error) {
	if perMinute <= 0 {
		return &Slot{}, nil
	}
	turnDone, err := wait.takeTurn(ctx)
	if err != nil {
		return nil, err
	}
	defer turnDone()
	start := time.Now()
	q, expected := l.enqueue(key, perMinute)
	hasTurn := false
	defer func() {
		if slot != nil {
			return
		}
		if hasTurn {
			<-q.turn
		}
		l.dequeue(q)
	}()
	if !wait.Allows(ctx, expected) {
		return nil, &Exceeded{key, perMinute, expected}
	}
	wait.Announce(expected, RateLimited)
	select {
	case q.turn <- struct{}{}:
		hasTurn = true
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	wait.spend(start, min(time.Since(start), expected)) // the calls before may have waited for more than the limit
	pace := l.pace(perMinute)
	l.mu.Lock()
	rest := time.Until(q.freeAt(0, pace))
	l.mu.Unlock()
	got := &Slot{l, q, key, perMinute}
	if err := got.Sleep(ctx, rest, wait); err != nil { // the calls before took longer than expected
		return nil, err
	}
	wait.AddRateLimited(start)
	return got, nil
}

// Sleep waits for the rest that [Slot.Take] returned, if wait allows it. Else the error is
// an [*Exceeded].
func (s *Slot) Sleep(ctx context.Context, rest time.Duration, wait *WaitBudget) error {
	switch {
	case rest <= 0:
	case !wait.Allows(ctx, rest):
		return &Exceeded{s.key, s.perMinute, rest}
	case !wait.Sleep(ctx, rest):
		return ctx.Err()
	}
	return nil
}

// RestOfWindow returns how long the window of the oldest known request of a key still
// lasts, or a minute without one. It stands in where the service refuses a request
// without saying for how long.
func (l *Limiter) RestOfWindow(key string) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if q, ok := l.queues[key]; ok {
		if rest := time.Until(q.fullUntil); rest > 0 { // other replicas took the slots
			return rest
		}
		for _, sent := range q.sent {
			if rest := time.Until(sent.At.Add(window)); rest > 0 {
				return rest
			}
		}
	}
	return time.Minute
}

// UntilRoom returns how long it takes until there is room, if no other call comes.
func (l *Limiter) UntilRoom(key string, perMinute int) time.Duration {
	pace := l.pace(perMinute)
	l.mu.Lock()
	defer l.mu.Unlock()
	q, ok := l.queues[key]
	if !ok || perMinute <= 0 {
		return 0
	}
	return max(0, time.Until(q.freeAt(q.waiting, pace)))
}

// enqueue adds a call to the queue and returns how long it will probably wait.
func (l *Limiter) enqueue(key string, perMinute int) (*queue, time.Duration) {
	pace := l.pace(perMinute)
	l.mu.Lock()
	defer l.mu.Unlock()
	q := l.queueOf(key)
	expected := time.Until(q.freeAt(q.waiting, pace))
	q.waiting++
	return q, max(0, expected)
}

func (l *Limiter) dequeue(q *queue) {
	l.mu.Lock()
	defer l.mu.Unlock()
	q.waiting--
}
