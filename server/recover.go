package server

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
)

// LogPanic logs a panic with its stack; the deferred function that recovered it
// calls this. A stack holds names and lines only, and a runtime error's text is
// the runtime's. Any other value could hold a prompt, so only its type is logged.
func LogPanic(ctx context.Context, log *slog.Logger, cause any) {
	callers := make([]uintptr, 32)
	callers = callers[:runtime.Callers(3, callers)]
	if elsewhere, ok := cause.(provider.Panic); ok {
		cause, callers = elsewhere.Cause, elsewhere.Callers
	}
	text := fmt.Sprintf("%T", cause)
	if err, ok := cause.(runtime.Error); ok {
		text = err.Error()
	}
	frames := runtime.CallersFrames(callers)
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

// Guard runs code that observes calls: metrics, traces, log. It recovers from a panic
// and logs it: a defect there must not lose an answer that was paid for.
func Guard(ctx context.Context, log *slog.Logger, observe func()) {
	defer func() { _ = recover() }() // a panic of the log itself
	defer func() {
		if cause := recover(); cause != nil {
			LogPanic(ctx, log, cause)
		}
	}()
	observe()
}
