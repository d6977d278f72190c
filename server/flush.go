package server

import (
	"bytes"
	"context"
	"sync"
	"time"
)

// FlushOrder delays the result of a call until the call's notifications were flushed
// to the client. It belongs to one connection and is safe for concurrent use. A nil
// FlushOrder delays nothing.
//
// mcp-go: one goroutine writes the notifications, others write the results. Without
// the delay, most of a call's last notifications arrive after its result or never.
type FlushOrder struct {
	mu      sync.Mutex
	queued  int
	flushed int
	changed chan struct{} // closed and replaced when flushed grows

	// acks is the order of the acknowledgements of subscriptions.
	// mcp-go: it queues them itself, and has the same problem with them.
	acks *FlushOrder
}

const (
	// flushTimeout bounds the wait for a client that stops reading.
	flushTimeout = 3 * time.Second

	// flushPause lets a client read a notification before the result: the TypeScript
	// SDK forgets a call's progress handler as soon as it sees the result, and loses a
	// notification that it reads together with it (197 of 300 calls without a pause,
	// none with 5 ms).
	flushPause = 5 * time.Millisecond
)

// NewFlushOrder returns the order of a new connection. The transport must call the
// functions that [FlushOrder.Awaited] returns.
func NewFlushOrder() *FlushOrder {
	return &FlushOrder{changed: make(chan struct{}), acks: &FlushOrder{changed: make(chan struct{})}}
}

// send queues a notification and returns its position. Both happen under one lock,
// so that positions are in the order of the queue. If the queue is full, room is
// closed once another notification was flushed.
func (o *FlushOrder) send(queue func() error) (position int, room <-chan struct{}, err error) {
	if o == nil {
		return 0, nil, queue()
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if err := queue(); err != nil {
		return 0, o.changed, err
	}
	o.queued++
	return o.queued, nil, nil
}

// wait returns when the notification at position was flushed and the client had time
// to read it, or when the client stops reading.
func (o *FlushOrder) wait(ctx context.Context, position int) {
	if o == nil || position == 0 {
		return
	}
	for {
		o.mu.Lock()
		done, changed := o.flushed >= position, o.changed
		o.mu.Unlock()
		if done {
			break
		}
		if !waitFor(ctx, changed, flushTimeout) {
			return
		}
	}
	waitFor(ctx, nil, flushPause)
}

// waitFor reports whether c is closed before ctx ends or d has passed.
func waitFor(ctx context.Context, c <-chan struct{}, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-c:
		return true
	case <-timer.C:
		return false
	case <-ctx.Done():
		return false
	}
}

// waitForAck is wait for the acknowledgement of a subscription, which must already be
// in the queue.
func (o *FlushOrder) waitForAck(ctx context.Context) {
	if o == nil {
		return
	}
	position, _, _ := o.acks.send(func() error { return nil })
	o.acks.wait(ctx, position)
}

// Awaited returns a function for the transport to call once it has flushed the
// message, nil if nothing waits for it. The message is JSON as mcp-go writes it.
func (o *FlushOrder) Awaited(message []byte) (flushed func()) {
	method, isNotification := bytes.CutPrefix(message, []byte(`{"jsonrpc":"2.0","method":"notifications/`))
	switch {
	case !isNotification:
	case bytes.HasPrefix(method, []byte(`progress"`)):
		return o.flush
	case bytes.HasPrefix(method, []byte(`subscriptions/acknowledged"`)):
		return o.acks.flush
	}
	return nil
}

func (o *FlushOrder) flush() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.flushed++
	close(o.changed)
	o.changed = make(chan struct{})
}
