package limit

import (
	"errors"
	"slices"
	"time"
)

// AskTimeout is how long an [Ask] takes at most: the service counts a request when it
// arrives, which may be so much later than it was counted in the common window.
const AskTimeout = 250 * time.Millisecond

// CommonWindow is how long a slot counts in the common window.
const CommonWindow = window + AskTimeout

// longestWindow is that of a share of a low limit among many replicas.
const longestWindow = 10 * window

// Ask takes a slot of the window that replicas have in common; nil is no such window.
// Without a slot, which is a limit of none, it asks for what else the request needs.
type Ask func(slot *Sent) (Answer, error)

// Answer is the answer of an [Ask].
type Answer struct {
	Wait time.Duration // until there is room; 0 if the slot was taken
	Used int           // slots of all replicas in the window
}

// ErrAway is the error of an [Ask] while the common window cannot be asked. This process
// then keeps to its share.
var ErrAway = errors.New("the shared state is away")

func (ask Ask) withoutSlot() error {
	if ask == nil {
		return nil
	}
	if _, err := ask(nil); !errors.Is(err, ErrAway) {
		return err
	}
	return nil
}

// common is what is known of a common window.
type common struct {
	fullUntil time.Time // no slot is free before
	used      int       // slots of all replicas, at seenAt
	seenAt    time.Time
	fromThis  int // of which this replica took so many
}

// pace is how many requests may go out in a window.
type pace struct {
	requests int
	window   time.Duration
	replicas int  // that share the limit
	shared   bool // it is the common window that decides, and this is an estimate
}

// pace returns the limit of this process, which is a share where there are replicas.
func (l *Limiter) pace(perMinute int) pace {
	if l.Replicas == nil || perMinute <= 0 {
		return pace{requests: perMinute, window: window, replicas: 1}
	}
	n, canAsk := l.Replicas()
	if perMinute >= n {
		return pace{perMinute / n, window, n, canAsk}
	}
	return pace{1, min(longestWindow, window*time.Duration(n)/time.Duration(perMinute)), n, canAsk}
}

// take takes a slot, of the common window if that can be asked. It returns 0, or how long
// until one is free.
func (l *Limiter) take(q *queue, perMinute int, ask Ask) (time.Duration, error) {
	p := l.pace(perMinute)
	l.mu.Lock()
	slot := l.newSlot()
	l.mu.Unlock()
	if p.shared && ask != nil {
		answer, err := ask(&slot)
		if err == nil {
			l.mu.Lock()
			defer l.mu.Unlock()
			q.saw(answer)
			if answer.Wait <= 0 {
				q.add(slot, perMinute)
			}
			return answer.Wait, nil
		}
		if !errors.Is(err, ErrAway) {
			return 0, err
		}
	}
	p.shared = false
	l.mu.Lock()
	defer l.mu.Unlock()
	if rest := time.Until(q.freeAt(0, p)); rest > 0 {
		return rest, nil
	}
	slot.At = time.Now() // with the number that the common window may have counted
	q.add(slot, perMinute)
	return 0, nil
}

func (l *Limiter) newSlot() Sent {
	l.taken++
	return Sent{time.Now(), l.taken}
}

// longest returns how long a slot may count.
func (l *Limiter) longest() time.Duration {
	if l.Replicas == nil {
		return window
	}
	return longestWindow
}

func (q *queue) add(slot Sent, perMinute int) {
	q.sent = append(q.sent, slot)
	q.sent = q.sent[max(0, len(q.sent)-perMinute):]
}

// saw remembers the common window for the time in which it cannot be asked.
func (q *queue) saw(answer Answer) {
	now := time.Now()
	q.fullUntil = now.Add(answer.Wait)
	q.used, q.seenAt, q.fromThis = answer.Used, now, 0
	for _, sent := range q.sent {
		if now.Sub(sent.At) < CommonWindow {
			q.fromThis++
		}
	}
	if answer.Wait <= 0 {
		q.fromThis++ // the slot of the answer
	}
}

// counted returns when the requests were sent that count for this process, with room for
// some more. Where it takes its share of a common window, an equal part of all that was
// used when the window was last seen counts as its own, so that all shares together are no
// more than what was left.
func (q *queue) counted(p pace, more int) []time.Time {
	times := make([]time.Time, 0, len(q.sent)+more)
	for _, sent := range q.sent {
		times = append(times, sent.At)
	}
	if p.shared || q.used == 0 {
		return times
	}
	part := (q.used + p.replicas - 1) / p.replicas
	if missing := part - q.fromThis; missing > 0 && time.Since(q.seenAt) < p.window {
		times = append(times, slices.Repeat([]time.Time{q.seenAt}, missing)...)
		slices.SortFunc(times, time.Time.Compare)
	}
	return times
}

// Recent returns the slots of each key that were taken within the window, and may count
// for all replicas.
func (l *Limiter) Recent() map[string][]Sent {
	l.mu.Lock()
	defer l.mu.Unlock()
	recent := map[string][]Sent{}
	for key, q := range l.queues {
		for _, sent := range q.sent {
			if time.Since(sent.At) < CommonWindow {
				recent[key] = append(recent[key], sent)
			}
		}
	}
	return recent
}
