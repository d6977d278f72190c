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
	"maps"
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
	mu     sync.Mutex
	queues map[string]*queue
}

// queue is the window of one key and the calls that wait for it.
type queue struct {
	turn    chan struct{} // of capacity 1: its sender waits for the next slot, and blocked senders follow in order
	sent    []time.Time   // the last requests, oldest first, at most as many as the limit
	waiting int           // calls between enqueue and dequeue
}

// HasRoom reports whether a call would get a slot at once, without overtaking
// another.
func (l *Limiter) HasRoom(key string, perMinute int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	q := l.queues[key]
	return perMinute <= 0 || q == nil || q.hasRoom(perMinute)
}

// TryAcquire takes a slot if there is room, and reports whether there was.
func (l *Limiter) TryAcquire(key string, perMinute int) bool {
	if perMinute <= 0 {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	q := l.queueOf(key)
	if !q.hasRoom(perMinute) {
		return false
	}
	q.take(perMinute)
	return true
}

// Slot is room for one request. No other call can take the room while the slot is
// held, because its holder has the key's only turn.
type Slot struct {
	limiter   *Limiter
	queue     *queue // nil without a limit
	perMinute int
}

// Take counts the request, which must go out now.
func (s *Slot) Take() {
	if s.queue == nil {
		return
	}
	s.limiter.mu.Lock()
	defer s.limiter.mu.Unlock()
	s.queue.take(s.perMinute)
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
	l.mu.Lock()
	rest := time.Until(q.freeAt(0, perMinute))
	l.mu.Unlock()
	switch {
	case rest <= 0:
	case !wait.Allows(ctx, rest): // the calls before took longer than expected
		return nil, &Exceeded{key, perMinute, rest}
	case !wait.Sleep(ctx, rest):
		return nil, ctx.Err()
	}
	wait.AddRateLimited(start)
	return &Slot{l, q, perMinute}, nil
}

// RestOfWindow returns how long the window of the oldest known request of a key still
// lasts, or a minute without one. It stands in where the service refuses a request
// without saying for how long.
func (l *Limiter) RestOfWindow(key string) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	if q, ok := l.queues[key]; ok {
		for _, sent := range q.sent {
			if rest := time.Until(sent.Add(window)); rest > 0 {
				return rest
			}
		}
	}
	return time.Minute
}

// UntilRoom returns how long it takes until there is room, if no other call comes.
func (l *Limiter) UntilRoom(key string, perMinute int) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	q, ok := l.queues[key]
	if !ok || perMinute <= 0 {
		return 0
	}
	return max(0, time.Until(q.freeAt(q.waiting, perMinute)))
}

// enqueue adds a call to the queue and returns how long it will probably wait.
func (l *Limiter) enqueue(key string, perMinute int) (*queue, time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	q := l.queueOf(key)
	expected := time.Until(q.freeAt(q.waiting, perMinute))
	q.waiting++
	return q, max(0, expected)
}

func (l *Limiter) dequeue(q *queue) {
	l.mu.Lock()
	defer l.mu.Unlock()
	q.waiting--
}

// queueOf returns the queue of a key. A new key removes the idle ones: model queries
// are keys too, and their number is not limited.
func (l *Limiter) queueOf(key string) *queue {
	q, ok := l.queues[key]
	if !ok {
		maps.DeleteFunc(l.queues, func(_ string, other *queue) bool { return other.isIdle() })
		if l.queues == nil {
			l.queues = map[string]*queue{}
		}
		q = &queue{turn: make(chan struct{}, 1)}
		l.queues[key] = q
	}
	return q
}

func (q *queue) hasRoom(perMinute int) bool {
	return q.waiting == 0 && !q.freeAt(0, perMinute).After(time.Now())
}

func (q *queue) take(perMinute int) {
	q.sent = append(q.sent, time.Now())
	q.sent = q.sent[max(0, len(q.sent)-perMinute):]
}

// isIdle reports whether no call is waiting and all requests have left the window.
func (q *queue) isIdle() bool {
	return q.waiting == 0 && (len(q.sent) == 0 || time.Since(q.sent[len(q.sent)-1]) >= window)
}

// freeAt returns when a call may go out that has this number of calls ahead of it.
func (q *queue) freeAt(ahead, perMinute int) time.Time {
	now := time.Now()
	sent := append([]time.Time(nil), q.sent...)
	for {
		next := now
		if len(sent) >= perMinute {
			if free := sent[len(sent)-perMinute].Add(window); free.After(now) {
				next = free
			}
		}
		if ahead == 0 {
			return next
		}
		sent = append(sent, next)
		ahead--
	}
}
