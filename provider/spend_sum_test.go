package provider_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// exhaustive is an upstream whose model always writes all that max_tokens allows,
// and 100,000 tokens without it.
func exhaustive(e *emulator.Emulator) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1"+chatPath {
			e.ServeHTTP(w, r)
			return
		}
		var body struct {
			Model     string `json:"model"`
			MaxTokens int    `json:"max_tokens"`
		}
		_ = json.NewDecoder(r.Body).Decode(&body)
		if body.MaxTokens == 0 {
			body.MaxTokens = 100_000
		}
		<-time.After(time.Second)
		w.Header().Set("Content-Type", eventStream)
		_, _ = io.WriteString(w, events(
			`{"choices":[{"index":0,"delta":{"content":"much"},"finish_reason":"length"}]}`,
			fmt.Sprintf(`{"model":%q,"choices":[],"usage":{"prompt_tokens":60,"completion_tokens":%d}}`, body.Model, body.MaxTokens), "[DONE]"))
	})
}

// Whatever the model writes, the day's sum never passes the budget: what is
// reserved is what the model may write.
func TestTheDaysSumNeverPassesTheBudget(t *testing.T) {
	t.Parallel()
	const budget = 0.02
	for _, tt := range []struct {
		name      string
		providers int // that share the day's file
		atOnce    bool
		requests  func(i int) provider.ChatRequest
	}{
		{"one after another", 1, false, func(int) provider.ChatRequest { return provider.ChatRequest{Model: "gpt-oss-120b"} }},
		{"at once", 1, true, func(int) provider.ChatRequest { return provider.ChatRequest{Model: "gpt-oss-120b"} }},
		{"at once, of two processes", 2, true, func(int) provider.ChatRequest { return provider.ChatRequest{Model: "gpt-oss-120b"} }},
		{"one after another, of two processes", 2, false, func(int) provider.ChatRequest { return provider.ChatRequest{Model: "gpt-oss-20b"} }},
		{"queries that the service resolves", 1, true, func(int) provider.ChatRequest { return provider.ChatRequest{Model: "llama@latest"} }},
		{"some with max_tokens", 2, true, func(i int) provider.ChatRequest {
			if i%2 == 0 {
				return provider.ChatRequest{Model: "gpt-oss-120b"}
			}
			return provider.ChatRequest{Model: "gpt-oss-120b", MaxTokens: new(i * 100)}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				folder := t.TempDir()
				upstream := exhaustive(emulator.New(emulator.Options{}))
				var providers []*provider.Provider
				for range tt.providers {
					p := connectInMemory(t, upstream, withBudget(budget), withCacheDir(folder))
					p.Catalog(t.Context())
					providers = append(providers, p)
				}
				var wg sync.WaitGroup
				for i := range 60 {
					request := tt.requests(i)
					request.Messages = says("hello")
					chat := func() {
						_, err := providers[i%len(providers)].Chat(t.Context(), request)
						if err != nil && provider.AsError(err).Code != provider.CodeBudgetExceeded {
							t.Errorf("call %d: %v", i, err)
						}
						if spent := providers[0].UsageReport(t.Context()).Budget.Spent; spent > budget {
							t.Errorf("after call %d %.6f EUR are spent", i, spent)
						}
					}
					if tt.atOnce {
						wg.Go(chat)
					} else {
						chat()
					}
				}
				wg.Wait()
				if spent := providers[0].UsageReport(t.Context()).Budget.Spent; spent < budget/3 {
					t.Errorf("%.6f EUR are spent: most calls were refused for nothing", spent)
				}
			})
		})
	}
}
