package server

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
)

const (
	// The library queues 100 notifications for all calls, so each may send four
	// a second.
	progressEvery = 250 * time.Millisecond
	// Hosts give up on a call that shows no life.
	heartbeatEvery = 10 * time.Second
)

// progress reports a call's new text to its client. Together the messages are
// the whole text; a heartbeat has none.
type progress struct {
	server   *Server
	ctx      context.Context
	token    mcp.ProgressToken
	delivery *FlushOrder // nil where messages are not counted

	mu       sync.Mutex
	pending  strings.Builder
	sent     int // notifications so far, which is also the progress
	lastSent time.Time
	timer    *time.Timer
	closed   bool
	position int // of the last notification in the delivery
}

func (s *Server) startProgress(ctx context.Context, token mcp.ProgressToken) *progress {
	p := &progress{server: s, ctx: ctx, token: token, delivery: requestFrom(ctx).Flush}
	p.mu.Lock() // the timer may fire before it is stored
	defer p.mu.Unlock()
	p.timer = time.AfterFunc(heartbeatEvery, p.tick)
	return p
}

// text adds a piece of the answer and sends what has gathered, unless it is too
// soon after the last time.
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

// note tells why a call waits, in a message of its own.
func (p *progress) note(why string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.pending.Len() > 0 {
		p.send()
	}
	_, _ = p.notify(why) // a full queue may lose it: the heartbeat still shows life
}

// tick sends the text that waited, or a heartbeat.
func (p *progress) tick() {
	p.mu.Lock()
	defer p.mu.Unlock()
	pause := heartbeatEvery
	if p.pending.Len() > 0 {
		pause = progressEvery
	}
	switch wait := pause - time.Since(p.lastSent); {
	case p.closed:
	case wait > 0: // text came while the timer fired
		p.timer.Reset(wait)
	default:
		p.send()
	}
}

// finish sends what is left and waits until all of it was written, since the
// library writes notifications and results in no fixed order.
func (p *progress) finish() {
	p.mu.Lock()
	p.closed = true
	p.timer.Stop()
	for p.pending.Len() > 0 {
		if room := p.send(); room == nil || !waitFor(p.ctx, room, deliveryWait) {
			break
		}
	}
	position := p.position
	p.mu.Unlock()
	p.delivery.wait(p.ctx, position)
}

// send sends the text that has gathered, or a heartbeat. A full queue keeps the
// text for the next time and gives a channel that is closed when there may be
// room.
func (p *progress) send() (room <-chan struct{}) {
	room, err := p.notify(p.pending.String())
	if err == nil {
		p.pending.Reset()
	}
	return room
}

// notify sends one notification; a blank message is left out.
func (p *progress) notify(message string) (room <-chan struct{}, err error) {
	params := map[string]any{"progressToken": p.token, "progress": p.sent + 1}
	if message != "" {
		params["message"] = message
	}
	position, room, err := p.delivery.send(func() error {
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
