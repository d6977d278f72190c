package limit

import (
	"maps"
	"time"
)

// queue is the window of one key and the calls that wait for it.
type queue struct {
	turn    chan struct{} // of capacity 1: its sender waits for the next slot, and blocked senders follow in order
	sent    []Sent        // the last requests, oldest first, at most as many as the limit
	waiting int           // calls between enqueue and dequeue
	common                // what is known of the common window
}

// Sent is a slot that was taken.
type Sent struct {
	At     time.Time
	Number uint64 // unique in its limiter
}

// queueOf returns the queue of a key. A new key removes the idle ones: model queries
// are keys too, and their number is not limited.
func (l *Limiter) queueOf(key string) *queue {
	q, ok := l.queues[key]
	if !ok {
		maps.DeleteFunc(l.queues, func(_ string, other *queue) bool { return other.isIdle(l.longest()) })
		if l.queues == nil {
			l.queues = map[string]*queue{}
		}
		q = &queue{turn: make(chan struct{}, 1)}
		l.queues[key] = q
	}
	return q
}

func (q *queue) hasRoom(p pace) bool {
	return q.waiting == 0 && !q.freeAt(0, p).After(time.Now())
}

// isIdle reports whether no call is waiting and all requests have left the window.
func (q *queue) isIdle(window time.Duration) bool {
	return q.waiting == 0 && (len(q.sent) == 0 || time.Since(q.sent[len(q.sent)-1].At) >= window)
}

// freeAt returns when a call may go out that has this number of calls ahead of it.
func (q *queue) freeAt(ahead int, p pace) time.Time {
	now := time.Now()
	if p.shared && (ahead == 0 || !q.fullUntil.After(now)) {
		return later(now, q.fullUntil)
	}
	sent := q.counted(p, ahead)
	for {
		next := now
		if len(sent) >= p.requests {
			next = later(now, sent[len(sent)-p.requests].Add(p.window))
		}
		if ahead == 0 {
			return next
		}
		sent = append(sent, next)
		ahead--
	}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
