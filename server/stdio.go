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
	"golang.org/x/sync/errgroup"
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
	messages, forward := io.Pipe()
	defer func() { _ = messages.Close() }() // interceptInput must not wait for a reader
	ended := make(chan struct{})
	go s.interceptInput(ctx, in, forward, out, ended)
	result := make(chan error, 1)
	go func() { result <- stdio.Listen(ctx, messages, order.writer(out)) }()

	select {
	case err := <-result:
		return ignoreEnd(err)
	case <-ended:
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

// interceptInput forwards the messages of in to mcp-go, but for those that it answers
// itself. It closes ended when in ends, and forward once all messages are.
//
// A message that is intercepted does not hold up the next ones. All others keep their
// order, because the cancellation of a call must come after the call. A last line that
// has no end is no message, to mcp-go either.
func (s *Server) interceptInput(ctx context.Context, in io.Reader, forward *io.PipeWriter, out io.Writer, ended chan<- struct{}) {
	ctx, cancel := context.WithCancel(ctx)
	pending, _ := errgroup.WithContext(ctx)
	pending.SetLimit(stdioIntercepted)
	reader := bufio.NewReader(in)
	var err error
	for {
		var message []byte
		if message, err = reader.ReadBytes('\n'); err != nil {
			break
		}
		if intercept := s.interceptionOf(message); intercept != nil {
			pending.Go(func() error {
				s.answerOrForward(ctx, message, intercept, forward, out)
				return nil
			})
		} else if _, failed := forward.Write(message); failed != nil {
			break // mcp-go reads no more
		}
	}
	close(ended)
	cancel() // as mcp-go does with requests in flight
	_ = pending.Wait()
	_ = forward.CloseWithError(err)
}

// answerOrForward forwards a message also if its interceptor panics, because mcp-go
// answers then.
func (s *Server) answerOrForward(ctx context.Context, message []byte, intercept interception, forward, out io.Writer) {
	var answer *ErrorResponse
	Guard(ctx, s.log, func() { message, answer = intercept(ctx) })
	if answer != nil {
		_, _ = out.Write(answer.Line()) // fails only when the client is gone
		return
	}
	_, _ = forward.Write(message) // fails only when mcp-go reads no more
}

// lockedWriter keeps messages apart that mcp-go and interceptInput write at the same
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
