package server

import (
	"bytes"
	"context"
	"io"
	"sync"
	"time"
)

// FlushOrder counts the progress notifications of one connection: those that were
// queued and those that were written. The library queues them in order, but
// writes them beside the results: without waiting, most of a call's last
// notifications come after its result or never.
type FlushOrder struct {
	mu      sync.Mutex
	queued  int
	written int
	changed chan struct{} // closed and replaced when written grows

	// acks counts the acknowledged subscriptions, which the library queues itself
	// and writes in no better order.
	acks *FlushOrder
}

// deliveryWait bounds the wait for a client that reads nothing more.
const deliveryWait = 3 * time.Second

// NewFlushOrder makes the order of a new connection.
func NewFlushOrder() *FlushOrder {
	return &FlushOrder{changed: make(chan struct{}), acks: &FlushOrder{changed: make(chan struct{})}}
}

// send queues a notification and gives its position. Both happen under one lock,
// so that positions are the order in which the notifications are written. When
// the queue is full, room is closed once one more was written.
func (d *FlushOrder) send(queue func() error) (position int, room <-chan struct{}, err error) {
	if d == nil {
		return 0, nil, queue()
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := queue(); err != nil {
		return 0, d.changed, err
	}
	d.queued++
	return d.queued, nil, nil
}

// deliveryPause lets a client read a notification before the result: the
// TypeScript SDK forgets a call's progress handler as soon as it sees the result,
// and loses a notification that it reads together with it (197 of 300 calls
// without a pause, none with 5 ms).
const deliveryPause = 5 * time.Millisecond

// wait returns when the notification at position was written and could be read.
func (d *FlushOrder) wait(ctx context.Context, position int) {
	if d == nil || position == 0 {
		return
	}
	for {
		d.mu.Lock()
		done, changed := d.written >= position, d.changed
		d.mu.Unlock()
		if done {
			break
		}
		if !waitFor(ctx, changed, deliveryWait) {
			return
		}
	}
	waitFor(ctx, nil, deliveryPause)
}

// waitFor reports whether changed was closed before ctx ended or d passed.
func waitFor(ctx context.Context, changed <-chan struct{}, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-changed:
		return true
	case <-timer.C:
		return false
	case <-ctx.Done():
		return false
	}
}

// acknowledged returns when the acknowledgement of a subscription, which is in
// the queue, was written and could be read.
func (d *FlushOrder) acknowledged(ctx context.Context) {
	if d == nil {
		return
	}
	position, _, _ := d.acks.send(func() error { return nil })
	d.acks.wait(ctx, position)
}

// counting gives a writer that counts the notifications passing through. The
// library writes one message a call of Write.
func (d *FlushOrder) counting(w io.Writer) io.Writer {
	return writerFunc(func(message []byte) (int, error) {
		n, err := w.Write(message)
		if flushed := d.Awaited(message); flushed != nil {
			flushed()
		}
		return n, err
	})
}

// Awaited returns what a transport calls once it has flushed a message, as the
// library writes it; nil for one that nobody waits for.
func (d *FlushOrder) Awaited(message []byte) (flushed func()) {
	method, isNotification := bytes.CutPrefix(message, []byte(`{"jsonrpc":"2.0","method":"notifications/`))
	switch {
	case !isNotification:
	case bytes.HasPrefix(method, []byte(`progress"`)):
		return d.wrote
	case bytes.HasPrefix(method, []byte(`subscriptions/acknowledged"`)):
		return d.acks.wrote
	}
	return nil
}

// wrote counts one that is on its way.
func (d *FlushOrder) wrote() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.written++
	close(d.changed)
	d.changed = make(chan struct{})
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }
