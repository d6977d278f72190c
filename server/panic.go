package server

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
)

// LogPanic writes where a panic came from. A stack holds names and lines only,
// and a runtime error's text is the runtime's; any other value could hold a
// prompt, so just its type is told. It is to be called by
// the deferred function that recovers.
func LogPanic(ctx context.Context, log *slog.Logger, cause any) {
	text := fmt.Sprintf("%T", cause)
	if err, ok := cause.(runtime.Error); ok {
		text = err.Error()
	}
	callers := make([]uintptr, 32)
	frames := runtime.CallersFrames(callers[:runtime.Callers(3, callers)])
	var stack []string
	for {
		frame, more := frames.Next()
		stack = append(stack, fmt.Sprintf("%s:%d", frame.Function, frame.Line))
		if !more {
			break
		}
	}
	log.ErrorContext(ctx, "a handler panicked", "panic", text, "stack", strings.Join(stack, " < "))
}

// guarded runs what tells operators of a call: metrics, traces, log. A panic in it is
// logged and goes no further, since an answer that was paid for must reach its caller.
func (s *Server) guarded(ctx context.Context, tell func()) {
	defer func() { _ = recover() }() // of the log itself
	defer func() {
		if cause := recover(); cause != nil {
			s.logPanic(ctx, cause)
		}
	}()
	tell()
}
