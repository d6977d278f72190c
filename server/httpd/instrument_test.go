package httpd_test

import (
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/telemetry"
)

// A call is answered even if the metrics or the log panic.
func TestMetricsAndLogFailNoCall(t *testing.T) {
	for name, log := range map[string]*slog.Logger{
		"metrics": slog.New(slog.DiscardHandler),
		"log":     slog.New(panickingLog{slog.DiscardHandler}),
	} {
		t.Run(name, func(t *testing.T) {
			e := serveHTTP(t, setup{log: log}, httpd.Options{Metrics: &telemetry.Metrics{}}) // whose zero value panics
			text, isError, err := e.connect(t, "2025-11-25").call(t.Context(), "chat", `{"prompt":"hi"}`, "")
			if err != nil || isError {
				t.Errorf("%q, %v", text, err)
			}
		})
	}
}

// panickingLog panics at the log line of a call, a request or a panic.
type panickingLog struct{ slog.Handler }

func (panickingLog) Enabled(context.Context, slog.Level) bool { return true }

func (l panickingLog) Handle(ctx context.Context, line slog.Record) error {
	if line.Message == "call" || line.Message == "request" || strings.Contains(line.Message, "panicked") {
		panic("a log that panics")
	}
	return l.Handler.Handle(ctx, line)
}
