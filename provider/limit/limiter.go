// Package limit holds requests back before they go out: a sliding-window
// [Limiter] with a window for each model, a cap on the requests in flight, the
// time that a call may spend on waiting, and the memory of what failed a moment
// ago.
//
// It knows neither network nor service: what it refuses is an [*Exceeded] or the
// context's error. Everything in it is safe for concurrent use.
package limit

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"time"
)

// window is the service's minute, and a little for the way there: it counts a
// request when it arrives.
const window = time.Minute + 250*time.Millisecond

// Exceeded refuses a wait that is longer than a call may wait.
type Exceeded struct {
	Key       string
	PerMinute int
	Wait      time.Duration // until there is room
}

// Error implements error.
func (e *Exceeded) Error() string {
	return fmt.Sprintf("%s takes %d requests a minute, and these are used up for the next %s", e.Key, e.PerMinute, e.Wait.Round(time.Second))
}

// Limiter lets at most so many requests a minute through for each key, first come
// first served, so that a burst queues here instead of failing at the service. The
// zero value is ready to use. Where a method takes perMinute, 0 is no limit.
type Limiter struct {
	mu   sync.Mutex
	keys map[string]*queue
}

// queue is the window of one key and those who wait for it.
type queue struct {
	turn    chan struct{} // held by whoever waits for the next slot; blocked senders go in order
	sent    []time.Time   // the last requests, oldest first, at most as many as the limit
	waiting int           // calls that wait, or are about to
}

// HasRoom reports whether a call would have a slot at once, without overtaking
// another.
func (l *Limiter) HasRoom(key string, perMinute int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	q := l.keys[key]
	return perMinute <= 0 || q == nil || q.hasRoom(perMinute)
}

// TryAcquire takes a slot if there is room.
func (l *Limiter) TryAcquire(key string, perMinute int) bool {
	if perMinute <= 0 {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	q := l.of(key)
	if !q.hasRoom(perMinute) {
		return false
	}
	q.take(perMinute)
	return true
}

// Slot is room for one request. It stays free until it is taken or released: its
// holder has the key's only turn.
type Slot struct {
	limiter   *Limiter
	queue     *queue
	perMinute int
}

// Take counts the request, which goes out now.
func (s *Slot) Take() {
	s.limiter.mu.Lock()
	defer s.limiter.mu.Unlock()
	s.queue.take(s.perMinute)
}

// Release gives the turn to the next in the queue.
func (s *Slot) Release() {
	<-s.queue.turn
	s.limiter.leave(s.queue)
}

// Wait waits for a slot, which the caller releases. It refuses with an [*Exceeded],
// at once where that is known, when the wait would be longer than wait has left. A
// call that is cancelled leaves the queue.
func (l *Limiter) Wait(ctx context.Context, key string, perMinute int, wait *WaitBudget) (slot *Slot, err error) {
	start := time.Now()
	q, expected := l.join(key, perMinute)
	hasTurn := false
	defer func() {
		if slot != nil {
			return
		}
		if hasTurn {
			<-q.turn
		}
		l.leave(q)
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
	wait.spend(start, min(time.Since(start), expected)) // what else those before waited for is not the limit's
	l.mu.Lock()
	rest := time.Until(q.slot(0, perMinute))
	l.mu.Unlock()
	switch {
	case rest <= 0:
	case !wait.Allows(ctx, rest): // those before were held up
		return nil, &Exceeded{key, perMinute, rest}
	case !wait.Sleep(ctx, rest):
		return nil, ctx.Err()
	}
	wait.AddRateLimited(start)
	return &Slot{l, q, perMinute}, nil
}

// RestOfWindow returns when the window will be over in which the known requests
// with a key went out: a refusal of the service may name no time.
func (l *Limiter) RestOfWindow(key string) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if q, ok := l.keys[key]; ok {
		for _, sent := range q.sent {
			if rest := time.Until(sent.Add(window)); rest > 0 {
				return rest
			}
		}
	}
	return time.Minute
}

// join queues a call and returns how long it will have to wait.
func (l *Limiter) join(key string, perMinute int) (*queue, time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	q := l.of(key)
	expected := time.Until(q.slot(q.waiting, perMinute))
	q.waiting++
	return q, max(0, expected)
}

func (l *Limiter) leave(q *queue) {
	l.mu.Lock()
	defer l.mu.Unlock()
	q.waiting--
}

// of returns the queue of a key, and forgets those that are over: a model query is
// a key too, and there is no end of queries.
func (l *Limiter) of(key string) *queue {
	q, ok := l.keys[key]
	if !ok {
		maps.DeleteFunc(l.keys, func(_ string, other *queue) bool { return other.isOver() })
		if l.keys == nil {
			l.keys = map[string]*queue{}
		}
		q = &queue{turn: make(chan struct{}, 1)}
		l.keys[key] = q
	}
	return q
}

func (q *queue) hasRoom(perMinute int) bool {
	return q.waiting == 0 && !q.slot(0, perMinute).After(time.Now())
}

func (q *queue) take(perMinute int) {
	q.sent = append(q.sent, time.Now())
	q.sent = q.sent[max(0, len(q.sent)-perMinute):]
}

// isOver reports whether nobody waits and no request counts any more.
func (q *queue) isOver() bool {
	return q.waiting == 0 && (len(q.sent) == 0 || time.Since(q.sent[len(q.sent)-1]) >= window)
}

// slot returns when the call behind so many others may go out.
func (q *queue) slot(behind, perMinute int) time.Time {
	now := time.Now()
	sent := append([]time.Time(nil), q.sent...)
	for {
		next := now
		if len(sent) >= perMinute {
			if free := sent[len(sent)-perMinute].Add(window); free.After(now) {
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
