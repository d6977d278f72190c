package provider_test

import (
	"fmt"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/budget"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

func TestUsageReport(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		e := emulator.New(emulator.Options{})
		e.Script(emulator.Fault{Path: chatPath, Status: 429, Header: map[string]string{"Retry-After": "31"}, Body: `{"message":"no"}`})
		p := connectInMemory(t, e, withMaxWait(45*time.Second))
		chat, err := ask(t, p)
		if err != nil {
			t.Fatal(err)
		}
		query, err := p.Chat(t.Context(), provider.ChatRequest{Model: "llama@latest", Messages: says("hello")})
		if err != nil {
			t.Fatal(err)
		}
		embedding, err := p.Embed(t.Context(), provider.EmbedRequest{Model: "bge-m3", Input: make26("text")})
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]budget.ModelUsage{
			"gpt-oss-120b": {
				Calls: 1, Attempts: 2, Usage: *chat.Usage, Cost: *chat.Cost, Waited: 31 * time.Second,
				Errors: map[string]int{string(provider.CodeRateLimited): 1},
			},
			query.Model: {Calls: 1, Attempts: 1, Usage: *query.Usage, Cost: *query.Cost, Errors: map[string]int{}},
			"bge-m3":    {Calls: 2, Attempts: 2, Usage: *embedding.Usage, Cost: *embedding.Cost, Errors: map[string]int{}},
		}
		report := p.UsageReport(t.Context())
		closeTo := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 1e-12 })
		if diff := cmp.Diff(want, report.Models, closeTo); diff != "" {
			t.Errorf("models (-want +got):\n%s", diff)
		}
		if !report.Since.Equal(start) || report.Budget != nil {
			t.Errorf("since %s, budget %v", report.Since, report.Budget)
		}
		total := report.Total
		if total.Calls != 4 || total.Attempts != 5 || total.Errors[string(provider.CodeRateLimited)] != 1 || total.Waited != 31*time.Second ||
			total.PromptTokens != chat.Usage.PromptTokens+query.Usage.PromptTokens+embedding.Usage.PromptTokens {
			t.Errorf("total %+v", total)
		}
	})
}

func make26(text string) []string { // one more than a batch takes
	texts := make([]string, 26)
	for i := range texts {
		texts[i] = text
	}
	return texts
}

// Each request of an extraction counts, also when no answer was valid.
func TestUsageReportOfAFailedExtraction(t *testing.T) {
	e := emulator.New(emulator.Options{})
	e.Script(emulator.Fault{Path: chatPath, Times: -1, RawEvents: []string{
		`{"model":"gpt-oss-120b","choices":[{"index":0,"delta":{"content":"no JSON"},"finish_reason":"stop"}]}`,
		`{"choices":[],"usage":{"prompt_tokens":1000,"completion_tokens":1000,"total_tokens":2000}}`, "[DONE]",
	}})
	p := connectInMemory(t, e, withBudget(1))
	_, err := p.Extract(t.Context(),
		provider.ExtractRequest{Model: "gpt-oss-120b", Text: "x", Schema: []byte(`{"type":"object"}`), MaxRepairs: 2})
	_ = wantCode(t, err, provider.CodeExtractionInvalid)
	got := p.UsageReport(t.Context())
	if got.Total.Calls != 3 || got.Total.TotalTokens != 6000 {
		t.Errorf("%d calls, %d tokens", got.Total.Calls, got.Total.TotalTokens)
	}
	wantEUR(t, "cost", got.Total.Cost, 3*(1000*0.08+1000*0.4)/1e6)
	wantEUR(t, "spent", got.Budget.Spent, got.Total.Cost)
}

// Names that the catalogue lacks share one entry, and usage that cannot be right spoils
// no sum.
func TestUsageReportIsBounded(t *testing.T) {
	e := emulator.New(emulator.Options{Catalog: []byte("broken"), Served: []byte("broken")})
	e.Script(emulator.Fault{Path: chatPath, Times: -1, RawEvents: []string{
		`{"model":"made-up","choices":[{"index":0,"delta":{"content":"hi"},"finish_reason":"stop"}]}`,
		`{"choices":[],"usage":{"prompt_tokens":9223372036854775807,"completion_tokens":-1,"total_tokens":9223372036854775807}}`, "[DONE]",
	}})
	p := connectInMemory(t, e)
	for i := range 30 {
		if _, err := p.Chat(t.Context(), provider.ChatRequest{Model: fmt.Sprintf("made-up-%d", i), Messages: says("hello")}); err != nil {
			t.Fatal(err)
		}
	}
	got := p.UsageReport(t.Context())
	other := got.Models[budget.OtherModels]
	if len(got.Models) != 1 || other.Calls != 30 || other.Unpriced != 30 || other.Usage != (provider.Usage{}) {
		t.Errorf("got %+v", got.Models)
	}
}
