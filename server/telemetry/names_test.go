package telemetry_test

import (
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/budget"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/telemetry"
)

// A thousand callers have series of their own; names after them share one.
func TestNamesOfCallersAreBounded(t *testing.T) {
	m := newMetrics(nil)
	count := func(name string) { m.CountCall(telemetry.Call{Tool: "chat", Token: name}) }
	for i := range 1000 + 5 {
		count(fmt.Sprintf("subject-%d", i))
	}
	count("subject-7")
	count("")
	text := scrapeOf(t, m)
	for name, calls := range map[string]int{"subject-0": 1, "subject-7": 2, "subject-999": 1, "other": 5, "none": 1} {
		if line := fmt.Sprintf(`calls_total{code="ok",model="none",token=%q,tool="chat"} %d`+"\n", name, calls); !strings.Contains(text, line) {
			t.Errorf("%s is missing", line)
		}
	}
	if strings.Contains(text, "subject-1000") || strings.Count(text, "ai_endpoints_mcp_calls_total{") != 1002 {
		t.Errorf("%d series", strings.Count(text, "ai_endpoints_mcp_calls_total{"))
	}
}

func TestANameThatIsNotText(t *testing.T) {
	m := newMetrics(nil)
	m.CountCall(telemetry.Call{Tool: "chat", Token: "\xff"})
	m.CountCall(telemetry.Call{Tool: "chat", Token: "a\"b\n{}"})
	text := scrapeOf(t, m)
	for _, label := range []string{`token="other"`, `token="a\"b\n{}"`} {
		if !strings.Contains(text, label) {
			t.Errorf("%s is missing in %s", label, text)
		}
	}
}

func TestBudgetsOfCallers(t *testing.T) {
	budgets := []budget.CallerBudget{
		{Caller: "alice", Period: "day", Max: 1, Spent: 0.25}, {Caller: "alice", Period: "month", Max: 20, Spent: 3},
		{Caller: "\xff", Period: "day", Max: 1, Spent: 1}, {Caller: "\xfe", Period: "day", Max: 1, Spent: 1},
	}
	m := withBudgets(func() []budget.CallerBudget { return budgets })
	text := scrapeOf(t, m)
	for _, line := range []string{
		`caller_spent_eur{caller="alice",period="day"} 0.25`, `caller_limit_eur{caller="alice",period="day"} 1`,
		`caller_spent_eur{caller="alice",period="month"} 3`, `caller_limit_eur{caller="alice",period="month"} 20`,
	} {
		if !strings.Contains(text, "ai_endpoints_mcp_"+line+"\n") {
			t.Errorf("%s is missing in %s", line, text)
		}
	}
	if n := strings.Count(text, "caller_spent_eur{"); n != 2 {
		t.Errorf("%d series", n)
	}
	budgets = nil
	if text := scrapeOf(t, m); strings.Contains(text, "caller_spent_eur{") {
		t.Errorf("a series stays: %s", text)
	}

	w := httptest.NewRecorder()
	m = withBudgets(func() []budget.CallerBudget { panic(secretPanic) })
	m.Handler(slog.New(slog.DiscardHandler)).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusInternalServerError || strings.Contains(w.Body.String(), secretPanic) {
		t.Errorf("got %d %s", w.Code, w.Body)
	}
}

func withBudgets(budgets func() []budget.CallerBudget) *telemetry.Metrics {
	return telemetry.NewMetrics(telemetry.MetricsOptions{Catalog: func() *catalog.Catalog { return nil }, Budgets: budgets})
}
