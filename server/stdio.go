package server

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"time"

	mcpserver "github.com/mark3labs/mcp-go/server"
)

const (
	// mcp-go: a call in its queue cannot be cancelled, so none should wait there. It
	// allows at most 100 workers; an idle one costs a goroutine.
	stdioWorkers = 100
	stdioQueue   = 10_000
	// stdioGrace bounds the wait for calls in flight once the input has ended or the
	// process must stop. These calls are cancelled, so the whole time passes only if the
	// client does not read.
	stdioGrace = 2 * time.Second
)

// ServeStdio serves one client over in and out until in ends or ctx is done, and
// then returns nil. A process can serve only one client this way.
func (s *Server) ServeStdio(ctx context.Context, in io.Reader, out io.Writer) error {
	order := NewFlushOrder()
	stdio := mcpserver.NewStdioServer(s.mcp)
	for _, option := range []mcpserver.StdioOption{
		mcpserver.WithWorkerPoolSize(stdioWorkers),
		mcpserver.WithQueueSize(stdioQueue),
		mcpserver.WithErrorLogger(slog.NewLogLogger(s.log.Handler(), slog.LevelWarn)),
		mcpserver.WithStdioContextFunc(func(ctx context.Context) context.Context { return WithRequest(ctx, Request{FlushOrder: order}) }),
	} {
		option(stdio)
	}
	input := &inputReader{Reader: in, ended: make(chan struct{})}
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

// inputReader closes ended when its input ends.
type inputReader struct {
	io.Reader
	ended chan struct{}
}

func (r *inputReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err != nil {
		select {
		case <-r.ended:
		default:
			close(r.ended)
		}
	}
	return n, err
}
