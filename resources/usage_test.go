package resources_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/caller"
)

const usageURI = "ai-endpoints://usage"

func TestUsageOfNothing(t *testing.T) {
	inBothEras(t, func(t *testing.T, e era, c session) {
		var got map[string]any
		if err := json.Unmarshal([]byte(c.read(usageURI, "application/json")), &got); err != nil {
			t.Fatal(err)
		}
		since, err := time.Parse(time.RFC3339, got["since"].(string))
		if age := time.Since(since); err != nil || age < 0 || age > time.Minute {
			t.Errorf("since %v: %v", got["since"], err)
		}
		delete(got, "since")
		want := map[string]any{"currency": "EUR", "models": map[string]any{}, "total": map[string]any{
			"calls": 0., "attempts": 0., "prompt_tokens": 0., "completion_tokens": 0., "reasoning_tokens": 0., "total_tokens": 0., "cost_eur": 0., "waited_ms": 0.,
		}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("usage (-want +got):\n%s", diff)
		}
	})
}

func TestUsageNamesModelsButNoCallers(t *testing.T) {
	c := connect(t, setup{budget: 0.01})
	ask := func(model string, tokens int) error {
		_, err := c.provider.Chat(t.Context(), provider.ChatRequest{
			Model: model, MaxTokens: &tokens, User: "alice", Messages: []provider.Message{{Role: provider.RoleUser, Content: provider.Content{Text: "secret"}}},
		})
		return err
	}
	if err := ask("gpt-oss-120b", 100); err != nil {
		t.Fatal(err)
	}
	if err := ask("gpt-oss-120b", 100_000); err == nil {
		t.Fatal("100,000 tokens of the answer were let through")
	}
	text := c.read(usageURI, "application/json")
	var got struct {
		Total  map[string]float64            `json:"total"`
		Models map[string]map[string]float64 `json:"models"`
		Budget struct {
			Max       float64   `json:"max_cost_eur"`
			Spent     float64   `json:"spent_today_eur"`
			Remaining float64   `json:"remaining_eur"`
			ResetsAt  time.Time `json:"resets_at"`
			Refused   int       `json:"refused"`
		} `json:"budget"`
	}
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		t.Fatal(err)
	}
	model := got.Models["gpt-oss-120b"]
	if diff := cmp.Diff(got.Total, model); diff != "" {
		t.Errorf("the only model is not the total:\n%s", diff)
	}
	cost := (model["prompt_tokens"]*0.08 + model["completion_tokens"]*0.4) / 1e6
	if model["calls"] != 1 || model["prompt_tokens"] == 0 || !near(model["cost_eur"], cost) {
		t.Errorf("got %v, want one call for %v EUR", model, cost)
	}
	b := got.Budget
	if b.Max != 0.01 || !near(b.Spent, cost) || !near(b.Remaining, 0.01-cost) || b.Refused != 1 ||
		!b.ResetsAt.Equal(time.Now().UTC().Truncate(24*time.Hour).Add(24*time.Hour)) {
		t.Errorf("budget %+v", b)
	}
	for _, private := range []string{"secret", "alice"} {
		if strings.Contains(text, private) {
			t.Errorf("%q is in %s", private, text)
		}
	}
}

// A caller reads its own usage and budgets, and nothing of the others.
func TestUsageOfACaller(t *testing.T) {
	c := connect(t, setup{budget: 0.01})
	tokens := 100
	usage := func(name string, maxCost, maxCostMonth float64) (document map[string]any, text string) {
		ctx := caller.With(t.Context(), &caller.Caller{
			Name: name, Rules: caller.Rules{SharedKey: true, MaxCost: maxCost, MaxCostMonth: maxCostMonth},
		})
		_, err := c.provider.Chat(ctx, provider.ChatRequest{Model: "gpt-oss-120b", MaxTokens: &tokens, Messages: []provider.Message{
			{Role: provider.RoleUser, Content: provider.Content{Text: "hello"}},
		}})
		if err != nil {
			t.Fatal(err)
		}
		as := c
		as.TB = inContext{t, ctx}
		text = as.read(usageURI, "application/json")
		if err := json.Unmarshal([]byte(text), &document); err != nil {
			t.Fatal(err)
		}
		return document, text
	}
	_, _ = usage("bob", 0, 0)
	for _, tt := range []struct {
		name                  string
		maxCost, maxCostMonth float64
		rule                  any // of the day's budget
		spent                 float64
	}{
		{"alice", 0.005, 0.5, "max_cost", 1}, // the cost of one call
		{"carol", 1, 0, "--max-cost", 3},     // of all
	} {
		got, text := usage(tt.name, tt.maxCost, tt.maxCostMonth)
		total, day := got["total"].(map[string]any), got["budget"].(map[string]any)
		month, monthly := got["budget_month"].(map[string]any)
		cost := total["cost_eur"].(float64)
		if got["caller"] != tt.name || total["calls"] != 1. || len(got["models"].(map[string]any)) != 1 || got["callers"] != nil || strings.Contains(text, "bob") {
			t.Errorf("got %s", text)
		}
		if day["rule"] != tt.rule || !near(day["spent_today_eur"].(float64), tt.spent*cost) {
			t.Errorf("%s: the day's budget is %v", tt.name, day)
		}
		if monthly != (tt.maxCostMonth > 0) || monthly && (month["max_cost_eur"] != 0.5 || !near(month["spent_month_eur"].(float64), cost) ||
			!near(month["remaining_eur"].(float64), 0.5-cost) || month["rule"] != "max_cost_month") {
			t.Errorf("%s: the month's budget is %v", tt.name, month)
		}
	}
	var all struct {
		Callers map[string]map[string]any `json:"callers"`
		Budget  map[string]any            `json:"budget"`
	}
	text := c.read(usageURI, "application/json")
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		t.Fatal(err)
	}
	if len(all.Callers) != 3 || all.Callers["alice"]["calls"] != 1. || all.Budget["rule"] != nil || strings.Contains(text, "budget_month") {
		t.Errorf("without a caller: %s", text)
	}
}

// inContext is a test whose context is another one.
type inContext struct {
	testing.TB
	ctx context.Context
}

func (c inContext) Context() context.Context { return c.ctx }

func near(a, b float64) bool { return a-b < 1e-12 && b-a < 1e-12 }

func TestUsageIsNotToBeKept(t *testing.T) {
	inBothEras(t, func(t *testing.T, e era, c session) {
		c.read(catalogURI, "application/json")
		result, err := c.tryRead(usageURI)
		if err != nil {
			t.Fatal(err)
		}
		if ttl, ok := result.TTL(); ok != e.modern || ttl != 0 || e.modern && result.CacheScope != mcp.CacheScopePrivate {
			t.Errorf("hint %d, present: %v, scope %q", ttl, ok, result.CacheScope)
		}
		listed, err := c.ListResources(t.Context(), mcp.ListResourcesRequest{})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range listed.Resources {
			if dated := r.Annotations.LastModified != ""; dated != (r.URI != usageURI) {
				t.Errorf("%s: last modified %q", r.URI, r.Annotations.LastModified)
			}
		}
	})
}

// Reading the usage needs no catalogue.
func TestReadingUsageSendsNoRequest(t *testing.T) {
	upstream := newCounter()
	c := connect(t, setup{handler: upstream})
	c.read(usageURI, "application/json")
	if n := upstream.requests.Load(); n != 0 {
		t.Errorf("%d requests", n)
	}
}
