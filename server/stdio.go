package server

import (
	"bufio"
	"context"
	"errors"
	"io"
	"log/slog"
	"sync"
	"time"

	mcpserver "github.com/mark3labs/mcp-go/server"
)

const (
	// mcp-go: a call in its queue cannot be cancelled, so none should wait there. It
	// allows at most 100 workers; an idle one costs a goroutine.
	stdioWorkers = 100
	stdioQueue   = 10_000
	// stdioIntercepted bounds the messages that are intercepted at the same time: a client
	// that does not read must not fill the memory.
	stdioIntercepted = 100
	// stdioGrace bounds the wait for calls in flight once the input has ended or the
	// process must stop. These calls are cancelled, so the whole time passes only if the
	// client does not read.
	stdioGrace = 2 * time.Second
)

// ServeStdio serves one client over in and out until in ends or ctx is done, and
// then returns nil. A process can serve only one client this way.
func (s *Server) ServeStdio(ctx context.Context, in io.Reader, out io.Writer) error {
	order, out := NewFlushOrder(), &lockedWriter{w: out}
	stdio := mcpserver.NewStdioServer(s.mcp)
	for _, option := range []mcpserver.StdioOption{
		mcpserver.WithWorkerPoolSize(stdioWorkers),
		mcpserver.WithQueueSize(stdioQueue),
		mcpserver.WithErrorLogger(slog.NewLogLogger(s.log.Handler(), slog.LevelWarn)),
		mcpserver.WithStdioContextFunc(func(ctx context.Context) context.Context { return WithRequest(ctx, Request{FlushOrder: order}) }),
	} {
		option(stdio)
	}
	input := s.newInput(ctx, in, out)
	defer input.cancel()
	result := make(chan error, 1)
	go func() { result <- stdio.Listen(ctx, input, order.writer(out)) }()

	select {
	case err := <-result:
		return ignoreEnd(err)
	case <-input.ended:
	case <-ctx.Done():
	}
	select {
	case err := <-result:
		return ignoreEnd(err)
	case <-time.After(stdioGrace):
		s.log.Warn("calls were abandoned: the client does not read")
		return nil
	}
}

// ignoreEnd drops the errors that mean a normal end.
func ignoreEnd(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// input is what mcp-go reads: the messages of a client, but for those that the server
// answers itself.
//
// A message that is intercepted does not hold up the next ones. All others keep their
// order, because the cancellation of a call must come after the call. A last line that
// has no end is no message, to mcp-go either.
type input struct {
	server *Server
	ctx    context.Context
	cancel context.CancelFunc
	lines  *bufio.Reader
	out    io.Writer
	ended  chan struct{} // closed when the client's input ends

	unread   []byte        // of the current message
	inFlight int           // messages that are intercepted
	late     chan []byte   // what each of them forwards; nil is nothing
	reading  chan readLine // a line that is read beside messages in flight; nil if none is
	err      error         // of the client's input
}

type readLine struct {
	line []byte
	err  error
}

func (s *Server) newInput(ctx context.Context, in io.Reader, out io.Writer) *input {
	ctx, cancel := context.WithCancel(ctx)
	return &input{
		server: s, ctx: ctx, cancel: cancel, lines: bufio.NewReader(in), out: out, ended: make(chan struct{}),
		late: make(chan []byte, stdioIntercepted),
	}
}

// Read implements [io.Reader]. It reads on its own goroutine unless a message is
// intercepted: handing each line over would cost every call.
func (i *input) Read(p []byte) (int, error) {
	for len(i.unread) == 0 {
		switch {
		case i.err != nil && i.inFlight == 0:
			return 0, i.err
		case i.err != nil || i.inFlight == stdioIntercepted:
			i.forward(<-i.late)
		case i.inFlight == 0 && i.reading == nil:
			i.take(i.lines.ReadBytes('\n'))
		default:
			i.readBeside()
		}
	}
	n := copy(p, i.unread)
	i.unread = i.unread[n:]
	return n, nil
}

// readBeside waits for the next line, or for a message in flight.
func (i *input) readBeside() {
	if i.reading == nil {
		reading := make(chan readLine, 1)
		i.reading = reading
		go func() {
			line, err := i.lines.ReadBytes('\n')
			reading <- readLine{line, err}
		}()
	}
	select {
	case message := <-i.late:
		i.forward(message)
	case read := <-i.reading:
		i.reading = nil
		i.take(read.line, read.err)
	}
}

func (i *input) forward(message []byte) { i.unread, i.inFlight = message, i.inFlight-1 }

// take passes a line on, or starts to intercept it.
func (i *input) take(line []byte, err error) {
	if err != nil {
		i.err = err
		close(i.ended)
		i.cancel() // as mcp-go does with requests in flight
		return
	}
	intercept := i.server.interceptionOf(line)
	if intercept == nil {
		i.unread = line
		return
	}
	i.inFlight++
	go func() { i.late <- i.server.answer(i.ctx, line, intercept, i.out) }()
}

// answer returns the message to forward, nil if it was answered. A message is forwarded
// also if its interceptor panics, because mcp-go answers then.
func (s *Server) answer(ctx context.Context, message []byte, intercept interception, out io.Writer) []byte {
	var answer *ErrorResponse
	Guard(ctx, s.log, func() { message, answer = intercept(ctx) })
	if answer != nil {
		_, _ = out.Write(answer.Line()) // fails only when the client is gone
		return nil
	}
	return message
}

// lockedWriter keeps messages apart that mcp-go and [input] write at the same
// time.
//
// mcp-go: it writes each message with one call.
type lockedWriter struct {
	mu sync.Mutex
	w  io.Writer
}

func (l *lockedWriter) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.w.Write(p)
}
