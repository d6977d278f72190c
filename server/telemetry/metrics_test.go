package telemetry_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/telemetry"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/tools"
)

func TestCallsAreCounted(t *testing.T) {
	r := start(t)
	r.Script(emulator.Fault{Status: http.StatusInternalServerError})
	r.call("chat", `{"prompt":"hi","model":"gpt-oss-20b","max_tokens":1}`, nil)
	r.call("chat", `{"prompt":"hi","model":"nothing-like-it"}`, nil)
	r.call("embed", `{"input":["a","b"],"model":"bge-m3"}`, nil)
	r.post(`{"jsonrpc":"2.0","id":1,"method":"ping"}`) // without a token
	text := r.scrape()
	for _, line := range []string{
		`calls_total{code="ok",model="gpt-oss-20b",token="team",tool="chat"} 1`,
		`calls_total{code="unknown_model",model="none",token="team",tool="chat"} 1`,
		`calls_total{code="ok",model="bge-m3",token="team",tool="embed"} 1`,
		`call_duration_seconds_count{model="gpt-oss-20b",tool="chat"} 1`,
		`call_duration_seconds_bucket{model="gpt-oss-20b",tool="chat",le="0.25"} 0`, // the retry waits at least that
		`call_duration_seconds_bucket{model="gpt-oss-20b",tool="chat",le="300"} 1`,
		`first_token_seconds_count{model="gpt-oss-20b",tool="chat"} 1`,
		`tokens_total{kind="completion",model="gpt-oss-20b",token="team",tool="chat"} 1`,
		`tokens_total{kind="prompt",model="gpt-oss-20b",token="team",tool="chat"} \d+`,
		`cost_eur_total{model="gpt-oss-20b",token="team",tool="chat"} \d.*e-\d+`,
		`warnings_total{code="truncated",tool="chat"} 1`,
		`upstream_attempts_total{code="upstream_unavailable",model="gpt-oss-20b"} 1`,
		`upstream_attempts_total{code="ok",model="gpt-oss-20b"} 1`,
		`upstream_attempts_total{code="ok",model="bge-m3"} 1`,
		`upstream_attempt_duration_seconds_count{model="gpt-oss-20b"} 2`,
		`requests_in_flight 0`,
		`http_requests_total{status="200"} 3`,
		`http_requests_total{status="401"} 1`,
		`catalog_age_seconds \d+.*`,
		`catalog_models \d\d`,
		`catalog_source{source="live"} 1`,
		`catalog_source{source="snapshot"} 0`,
		`build_info{goversion="go.*",version="1.2.3"} 1`,
	} {
		name, rest, _ := strings.Cut(line, "{")
		if rest != "" {
			rest = `\{` + strings.Replace(rest, "}", `\}`, 1)
		}
		if !regexp.MustCompile(`(?m)^ai_endpoints_mcp_` + name + rest + `$`).MatchString(text) {
			t.Errorf("%s is missing in\n%s", line, text)
		}
	}
	for _, word := range []string{"go_goroutines ", "process_open_fds "} {
		if !strings.Contains(text, "\n"+word) {
			t.Errorf("%s is missing", word)
		}
	}
	if strings.Contains(text, "nothing-like-it") || strings.Contains(text, secretKey) || strings.Contains(text, secretToken) {
		t.Errorf("text of callers is in\n%s", text)
	}
}

func TestRequestsInFlight(t *testing.T) {
	m := newMetrics(nil)
	first, second := m.StartRequest(), m.StartRequest()
	first(http.StatusOK)
	if got := scrapeOf(t, m); !strings.Contains(got, "\nai_endpoints_mcp_requests_in_flight 1\n") {
		t.Error(got)
	}
	second(0)
	if got := scrapeOf(t, m); !strings.Contains(got, "\nai_endpoints_mcp_requests_in_flight 0\n") || !strings.Contains(got,
		`http_requests_total{status="none"} 1`) {
		t.Error(got)
	}
}

// A thousand invented names share one series.
func TestUnknownNamesMakeNoSeries(t *testing.T) {
	m := newMetrics(catalog.Snapshot())
	attempt := telemetry.OnAttempt(m, nil)
	count := func(name string) {
		m.CountCall(telemetry.Call{Tool: "chat",
			Summary: tools.Summary{Model: name, Code: provider.Code(name), Warnings: []provider.WarningCode{provider.WarningCode(name)}}})
		attempt(t.Context(), provider.OperationChat, name)(provider.Attempt{Model: name, Code: provider.Code(name)})
	}
	count("invented")
	before := countSeries(scrapeOf(t, m))
	for i := range 1000 {
		count(fmt.Sprintf("invented-%d", i))
	}
	count("GPT-OSS-20B") // an alias, not an id
	after := scrapeOf(t, m)
	if countSeries(after) != before {
		t.Errorf("%d series became %d", before, countSeries(after))
	}
	if !strings.Contains(after, `calls_total{code="other",model="other",token="none",tool="chat"} 1002`) {
		t.Error(after)
	}
	count("gpt-oss-20b")
	if got := scrapeOf(t, m); !strings.Contains(got, `calls_total{code="other",model="gpt-oss-20b",token="none",tool="chat"} 1`) {
		t.Error(got)
	}
}

func TestWithoutACatalogueNoModelIsKnown(t *testing.T) {
	m := newMetrics(nil)
	m.CountCall(telemetry.Call{Tool: "chat", Summary: tools.Summary{Model: "gpt-oss-20b"}})
	text := scrapeOf(t, m)
	if !strings.Contains(text, `model="other"`) || strings.Contains(text, "catalog_age_seconds") || !strings.Contains(text,
		`catalog_source{source="live"} 0`) {
		t.Error(text)
	}
}

// Every code that the server uses is a value of the label.
func TestEveryCodeIsALabel(t *testing.T) {
	m := newMetrics(nil)
	for _, c := range provider.Codes() {
		m.CountCall(telemetry.Call{Tool: "chat", Summary: tools.Summary{Code: c.Code}})
	}
	for _, w := range provider.Warnings() {
		m.CountCall(telemetry.Call{Tool: "chat", Summary: tools.Summary{Warnings: []provider.WarningCode{w.Code}}})
	}
	text := scrapeOf(t, m)
	if strings.Contains(text, `code="other"`) {
		t.Errorf("a code is missing: %s", text)
	}
	for _, label := range []string{`code="budget_exceeded"`, `code="tool_call_dropped"`} {
		if !strings.Contains(text, label) {
			t.Errorf("%s is missing: %s", label, text)
		}
	}
}

func TestNilIsOff(t *testing.T) {
	var m *telemetry.Metrics
	m.CountCall(telemetry.Call{})
	m.StartRequest()(http.StatusOK)
	var traces *telemetry.Traces
	if ctx, ended := traces.StartCall(t.Context(), telemetry.ToolCall{Tool: "chat"}); ctx != t.Context() || telemetry.TraceID(ctx) != "" {
		t.Error("a span was started")
	} else {
		ended(tools.Summary{})
	}
	traces.Close()
	if telemetry.OnAttempt(m, traces) != nil {
		t.Error("OnAttempt is not nil although both are off")
	}
}

func newMetrics(known *catalog.Catalog) *telemetry.Metrics {
	return telemetry.NewMetrics(telemetry.MetricsOptions{Version: "1.2.3", Catalog: func() *catalog.Catalog { return known }})
}

func scrapeOf(t testing.TB, m *telemetry.Metrics) string {
	t.Helper()
	return (&rig{TB: t, metrics: m}).scrape()
}

// countSeries counts the samples, without those of the runtime.
func countSeries(exposition string) int { return strings.Count(exposition, "\nai_endpoints_mcp_") }
