package server

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/limit"
)

const (
	// stdioRunning bounds the calls of tools that run at the same time. The next ones
	// wait, and can be cancelled meanwhile.
	stdioRunning = 100
	// stdioOpen bounds the requests that have no answer yet. No more are read then.
	stdioOpen = 10_000
	// stdioGrace bounds the wait for calls that were cancelled. The whole time passes only
	// if the client does not read.
	stdioGrace = 2 * time.Second
)

// ServeStdio serves one client over in and out until in ends or ctx is done, and
// then returns nil. At the end of in it finishes what was asked, for at most drain; when
// ctx is done it cancels that.
//
// mcp-go: its own transport cancels all calls at the end of the input, ignores a last
// line without an end, cannot cancel a call that waits for a worker, and serves one
// client a process.
func (s *Server) ServeStdio(ctx context.Context, in io.Reader, out io.Writer, drain time.Duration) error {
	session := mcpserver.NewInProcessSession("stdio", nil)
	session.Initialize() // mcp-go: without this, a script that calls without initialize would get no progress
	ctx, cancel := context.WithCancel(s.mcp.WithContext(ctx, session))
	defer cancel()
	c := &stdioClient{
		server: s, cancel: cancel, order: NewFlushOrder(), out: out,
		slots: make(chan struct{}, stdioRunning), room: make(chan struct{}, stdioOpen), open: map[string]*openRequest{},
	}
	go c.writeNotifications(ctx, session.ClientNotifications())
	read := make(chan error, 1)
	go func() { read <- c.read(ctx, in) }()

	var err error
	var answered <-chan struct{}
	select {
	case err = <-read:
		if answered = c.close(); waitFor(ctx, answered, drain) {
			return err
		}
		s.log.Warn("the input has ended, cancelling the calls in flight", "in_flight", c.count())
	case <-ctx.Done():
		answered = c.close()
	}
	cancel()
	if !waitFor(context.WithoutCancel(ctx), answered, stdioGrace) {
		s.log.Warn("calls were abandoned: the client does not read")
	}
	return err
}

// stdioClient is the client of a server over stdio.
type stdioClient struct {
	server *Server
	cancel context.CancelFunc // of all requests
	order  *FlushOrder

	slots chan struct{} // one for each call of a tool that runs
	room  chan struct{} // one for each open request

	writing sync.Mutex
	out     io.Writer
	gone    bool // the client, which reads nothing any more

	mu       sync.Mutex
	requests sync.WaitGroup
	open     map[string]*openRequest // by id
	closed   bool                    // no more requests are accepted
}

// openRequest is a request without an answer.
type openRequest struct {
	message   *Message
	cancel    context.CancelFunc
	cancelled bool // by the client, which expects no answer then
}

// close accepts no more requests. The channel is closed when the open ones were
// answered.
func (c *stdioClient) close() (answered <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	done := make(chan struct{})
	go func() {
		c.requests.Wait()
		close(done)
	}()
	return done
}

// read takes the messages in their order until in ends.
func (c *stdioClient) read(ctx context.Context, in io.Reader) error {
	lines := bufio.NewReaderSize(in, 64<<10)
	for {
		line, err := readLine(lines)
		if len(line) > maxLine {
			c.write(failure(noID(), mcp.INVALID_REQUEST, fmt.Sprintf("the message is over %d MiB", maxLine>>20)).Line())
		} else {
			c.take(ctx, line)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading from the client: %w", err)
		}
	}
}

// take answers a message, or starts to.
func (c *stdioClient) take(ctx context.Context, line []byte) {
	if line = payload(line); len(line) == 0 {
		return
	}
	m, failure := ReadMessage(line)
	switch {
	case failure != nil:
		c.write(failure.Line())
	case m.IsResponse:
	case m.Method == string(mcp.MethodNotificationCancelled):
		c.cancelRequest(m)
	case !m.IsRequest(), m.Method == string(mcp.MethodInitialize): // the next message may rely on it
		c.write(c.answer(ctx, m))
	default:
		c.begin(ctx, m)
	}
}

// begin starts to answer a request.
func (c *stdioClient) begin(ctx context.Context, m *Message) {
	select {
	case c.room <- struct{}{}:
	case <-ctx.Done():
		return
	}
	ctx, cancel := context.WithCancel(ctx)
	request := &openRequest{message: m, cancel: cancel}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		cancel()
		return
	}
	c.open[string(m.ID)] = request
	c.requests.Go(func() {
		defer c.end(request)
		c.run(ctx, request)
	})
}

func (c *stdioClient) end(request *openRequest) {
	request.cancel()
	c.mu.Lock()
	if c.open[string(request.message.ID)] == request {
		delete(c.open, string(request.message.ID))
	}
	c.mu.Unlock()
	<-c.room
}

func (c *stdioClient) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.open)
}

// cancelRequest cancels an open request. The request came earlier, so it is known here
// even if it has not begun to run.
func (c *stdioClient) cancelRequest(m *Message) {
	var params struct {
		RequestID json.RawMessage `json:"requestId"`
	}
	if json.Unmarshal(m.params, &params) != nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if request := c.open[string(params.RequestID)]; request != nil {
		request.cancelled = true
		request.cancel()
	}
}

func (c *stdioClient) isCancelled(request *openRequest) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return request.cancelled
}

// run answers a request, a call of a tool once there is a slot for it.
func (c *stdioClient) run(ctx context.Context, request *openRequest) {
	if request.message.Method == string(mcp.MethodToolsCall) {
		select {
		case c.slots <- struct{}{}:
			defer func() { <-c.slots }()
		case <-ctx.Done():
		}
	}
	if answer := c.answer(ctx, request.message); !c.isCancelled(request) {
		c.write(answer)
	}
}

// answer returns the answer to a message as one line, nil if it has none.
func (c *stdioClient) answer(ctx context.Context, m *Message) (line []byte) {
	defer func() {
		if cause := recover(); cause != nil {
			LogPanic(ctx, c.server.log, cause)
			line = failure(m.ID, mcp.INTERNAL_ERROR, "internal error").Line()
		}
	}()
	ctx, end := limit.WithCaller(WithRequest(ctx, Request{Message: m, FlushOrder: c.order}), "")
	defer end()
	if refusal := c.server.Intercept(ctx, m); refusal != nil {
		return refusal.Line()
	}
	answer := c.server.mcp.HandleMessage(ctx, m.Forward())
	if answer == nil {
		return nil
	}
	line, err := json.Marshal(answer)
	if err != nil {
		panic(err) // answers are texts, numbers, and JSON of ours
	}
	return append(m.Restore(line), '\n')
}

// writeNotifications writes what calls send while they run.
func (c *stdioClient) writeNotifications(ctx context.Context, queue <-chan mcp.JSONRPCNotification) {
	for {
		select {
		case notification := <-queue:
			line, err := json.Marshal(notification)
			if err != nil { // cannot happen: they are texts and numbers
				continue
			}
			c.write(append(line, '\n'))
			if flushed := c.order.Awaited(line); flushed != nil {
				flushed()
			}
		case <-ctx.Done():
			return
		}
	}
}

// write writes one message, and ends the service if the client is gone.
func (c *stdioClient) write(line []byte) {
	if line == nil {
		return
	}
	c.writing.Lock()
	defer c.writing.Unlock()
	if c.gone {
		return
	}
	if _, err := c.out.Write(line); err != nil {
		c.gone = true
		c.server.log.Warn("the client is gone", "err", err)
		c.cancel()
	}
}
