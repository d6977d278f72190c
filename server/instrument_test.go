package server_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/telemetry"
)

// A call is answered even if metrics or traces panic.
func TestTelemetryFailsNoCall(t *testing.T) {
	// Their zero values panic in every method.
	metrics, traces := &telemetry.Metrics{}, &telemetry.Traces{}
	late := func(context.Context, provider.Operation, string) func(provider.Attempt) {
		return func(provider.Attempt) { panic(panicText) }
	}
	for _, tt := range []struct {
		name  string
		setup setup
	}{
		{"metrics", setup{metrics: metrics}},
		{"traces", setup{traces: traces}},
		{"all", setup{metrics: metrics, traces: traces, provider: provider.Options{OnAttempt: telemetry.OnAttempt(metrics, traces)}}},
		{"metrics of attempts", setup{provider: provider.Options{OnAttempt: telemetry.OnAttempt(metrics, nil)}}},
		{"traces of attempts", setup{provider: provider.Options{OnAttempt: telemetry.OnAttempt(nil, traces)}}},
		{"the end of attempts", setup{provider: provider.Options{OnAttempt: late}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			log := &bytes.Buffer{}
			tt.setup.log = slog.New(slog.NewJSONHandler(log, nil))
			checkAnswered(t, connect(t, tt.setup))
			if text := log.String(); !strings.Contains(text, "panicked") || strings.Contains(text, panicText) {
				t.Errorf("the log does not say that there is a defect, or shows more than that: %s", text)
			}
		})
	}
}

func TestALogThatPanicsFailsNoCall(t *testing.T) {
	s := setup{log: slog.New(panickingLog{slog.DiscardHandler}), provider: provider.Options{Logger: slog.New(slog.DiscardHandler)}}
	checkAnswered(t, connect(t, s))
}

func checkAnswered(t *testing.T, r *rig) {
	t.Helper()
	for tool, arguments := range map[string]string{"chat": `{"prompt":"hi"}`, "embed": `{"input":["a","b"]}`,
		"resolve-virtual-model": `{"query":"llama@latest"}`} {
		if got := r.call(tool, arguments); got.isError {
			t.Errorf("%s: got %q", tool, got.texts)
		}
	}
}

// panickingLog panics at the log line of a call, a request or a panic.
type panickingLog struct{ slog.Handler }

func (panickingLog) Enabled(context.Context, slog.Level) bool { return true }

func (l panickingLog) Handle(ctx context.Context, line slog.Record) error {
	if line.Message == "call" || line.Message == "request" || strings.Contains(line.Message, "panicked") {
		panic(panicText)
	}
	return l.Handler.Handle(ctx, line)
}
