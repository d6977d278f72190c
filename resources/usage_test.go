package resources_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
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
