package server

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
)

const (
	// mcp-go: one queue of 100 notifications serves all calls, so a call may send only
	// four a second.
	progressEvery = 250 * time.Millisecond
	// Hosts give up on a call without progress.
	heartbeatEvery = 10 * time.Second
)

// progress reports a call's new text to its client. The messages joined are the whole
// text; a heartbeat has no message.
type progress struct {
	server *Server
	ctx    context.Context
	token  json.RawMessage // as the client wrote it
	order  *FlushOrder

	mu       sync.Mutex
	pending  strings.Builder
	sent     int // notifications; also the value of progress
	lastSent time.Time
	timer    *time.Timer
	closed   bool
	position int // of the last notification in the flush order
}

func (s *Server) startProgress(ctx context.Context, token json.RawMessage) *progress {
	p := &progress{server: s, ctx: ctx, token: token, order: requestFrom(ctx).FlushOrder}
	p.mu.Lock() // the timer may fire before it is stored
	defer p.mu.Unlock()
	p.timer = time.AfterFunc(heartbeatEvery, p.tick)
	return p
}

// text adds a piece of the answer. It sends the pending text, unless the last
// notification was too recent.
func (p *progress) text(piece string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.pending.WriteString(piece)
	if wait := progressEvery - time.Since(p.lastSent); wait > 0 {
		p.timer.Reset(wait)
		return
	}
	p.send()
}

// note sends the reason why a call waits, as a separate message.
func (p *progress) note(why string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pending.Len() > 0 {
		p.send()
	}
	_, _ = p.notify(why) // lost if the queue is full; a heartbeat follows
}

// count sends how much of a call is done, unless something was sent just now.
func (p *progress) count(done, total int) {
	p.mu.Lock()
	recent := time.Since(p.lastSent) < progressEvery && done < total
	p.mu.Unlock()
	if !recent {
		p.note(fmt.Sprintf("%d of %d done", done, total))
	}
}

// tick sends the pending text, or a heartbeat.
func (p *progress) tick() {
	p.mu.Lock()
	defer p.mu.Unlock()
	pause := heartbeatEvery
	if p.pending.Len() > 0 {
		pause = progressEvery
	}
	switch wait := pause - time.Since(p.lastSent); {
	case p.closed:
	case wait > 0: // text was sent while the timer fired
		p.timer.Reset(wait)
	default:
		p.send()
	}
}

// finish sends the pending text and returns when all notifications were flushed.
func (p *progress) finish() {
	p.mu.Lock()
	p.closed = true
	p.timer.Stop()
	for p.pending.Len() > 0 {
		if room := p.send(); room == nil || !waitFor(p.ctx, room, flushTimeout) {
			break
		}
	}
	position := p.position
	p.mu.Unlock()
	p.order.wait(p.ctx, position)
}

// send sends the pending text, or a heartbeat without one. If the queue is full,
// it keeps the text and returns a channel that is closed when there may be room.
func (p *progress) send() (room <-chan struct{}) {
	room, err := p.notify(p.pending.String())
	if err == nil {
		p.pending.Reset()
	}
	return room
}

// notify sends one notification. An empty message is omitted.
func (p *progress) notify(message string) (room <-chan struct{}, err error) {
	params := map[string]any{"progressToken": p.token, "progress": p.sent + 1}
	if message != "" {
		params["message"] = message
	}
	position, room, err := p.order.send(func() error {
		return p.server.mcp.SendNotificationToClient(p.ctx, string(mcp.MethodNotificationProgress), params)
	})
	p.lastSent = time.Now()
	if err == nil {
		p.sent++
		p.position = position
	}
	if !p.closed {
		p.timer.Reset(heartbeatEvery)
	}
	return room, err
}
