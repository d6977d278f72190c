package telemetry_test

import (
	"context"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/telemetry"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/tools"
)

const secretPanic = "what-a-panic-says"

// An impossible usage is not counted, and the call does not fail.
func TestImpossibleUsageFailsNoCall(t *testing.T) {
	for _, usage := range []string{
		`{"prompt_tokens":-7,"completion_tokens":5,"total_tokens":9}`, `{"prompt_tokens":7,"completion_tokens":9223372036854775000}`,
		`{"prompt_tokens":7,"completion_tokens":9223372036854775808}`, `{}`, `false`,
	} {
		r := start(t)
		r.Script(emulator.Fault{Path: "/chat/completions", RawEvents: []string{
			`{"model":"gpt-oss-20b","choices":[{"index":0,"delta":{"content":"the answer"},"finish_reason":"stop"}]}`,
			`{"choices":[],"usage":` + usage + `}`, "[DONE]",
		}})
		body := `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"chat","arguments":{"prompt":"hi","model":"gpt-oss-20b"}}}`
		status, text := r.post(body, "Authorization", "Bearer "+secretToken)
		if status != http.StatusOK || !strings.Contains(text, "the answer") || !strings.Contains(text, `"usage_missing"`) ||
			strings.Contains(text, `"usage"`) || strings.Contains(text, `"cost"`) || strings.Contains(text, `"isError":true`) {
			t.Errorf("%s: got %d %s", usage, status, text)
		}
		scraped := r.scrape()
		if !strings.Contains(scraped, `calls_total{code="ok",model="gpt-oss-20b",token="team",tool="chat"} 1`) ||
			strings.Contains(scraped, "mcp_tokens_total{") || strings.Contains(scraped, "cost_eur_total{") {
			t.Errorf("%s: got %s", usage, scraped)
		}
	}
}

func TestCountersOnlyGrow(t *testing.T) {
	m := newMetrics(nil)
	for _, cost := range []float64{-1, math.Inf(-1), math.NaN()} {
		m.CountCall(telemetry.Call{Tool: "chat", Summary: tools.Summary{
			Usage: provider.Usage{PromptTokens: -7, CompletionTokens: -5, TotalTokens: 9}, CostEUR: &cost,
		}})
	}
	text := scrapeOf(t, m)
	for _, line := range []string{
		`calls_total{code="ok",model="none",token="none",tool="chat"} 3`, `cost_eur_total{model="none",token="none",tool="chat"} 0`,
		`tokens_total{kind="prompt",model="none",token="none",tool="chat"} 0`,
		`tokens_total{kind="completion",model="none",token="none",tool="chat"} 0`,
	} {
		if !strings.Contains(text, line+"\n") {
			t.Errorf("%s is missing in\n%s", line, text)
		}
	}
}

// The registry collects, and the SDK exports, in their own goroutines: a panic there
// would end the process.
func TestACollectorThatPanicsFailsTheScrapeOnly(t *testing.T) {
	m := telemetry.NewMetrics(telemetry.MetricsOptions{Catalog: func() *catalog.Catalog { panic(secretPanic) }})
	w := httptest.NewRecorder()
	m.Handler(slog.New(slog.DiscardHandler)).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), secretPanic) {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

type panickingExporter struct{}

func (panickingExporter) ExportSpans(context.Context, []sdktrace.ReadOnlySpan) error {
	panic(secretPanic)
}

func (panickingExporter) Shutdown(context.Context) error { return nil }

func TestAnExporterThatPanicsIsReported(t *testing.T) {
	var log lockedBuffer
	traces := telemetry.NewTraces(panickingExporter{}, telemetry.TracesOptions{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	span(traces)
	traces.Close()
	if got := log.String(); strings.Count(got, "level=WARN") != 1 || !strings.Contains(got, "panicked") || strings.Contains(got, secretPanic) {
		t.Errorf("the log is %s", got)
	}
}
