package provider_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// The max_tokens that are sent, by what bounds them.
func TestMaxTokensThatTheBudgetChooses(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("abc", 30_000) // 30,000 tokens by the estimate
	limited := provider.NamedModel{Model: "gpt-oss-120b", MaxTokens: new(70)}
	for _, tt := range []struct {
		name    string
		budget  float64 // 0 is no limit
		request provider.ChatRequest
		want    any // nil is absent
	}{
		{"no budget", 0, provider.ChatRequest{Model: "gpt-oss-120b"}, nil},
		{"no budget, the caller's", 0, provider.ChatRequest{Model: "gpt-oss-120b", MaxTokens: new(50)}, 50.},
		{"a large budget", 1, provider.ChatRequest{Model: "gpt-oss-120b"}, 16384.},
		{"the caller's", 1, provider.ChatRequest{Model: "gpt-oss-120b", MaxTokens: new(50)}, 50.},
		{"the caller's, above the default", 1, provider.ChatRequest{Model: "gpt-oss-120b", MaxTokens: new(50_000)}, 50_000.},
		{"the caller's, above the model's limit", 1, provider.ChatRequest{Model: "Qwen2.5-VL-72B-Instruct", MaxTokens: new(40_000)}, 40_000.},
		{"the named model's", 1, provider.ChatRequest{Model: "limited"}, 70.},
		{"the caller's before the named model's", 1, provider.ChatRequest{Model: "limited", MaxTokens: new(50)}, 50.},
		{"what the budget pays for", (110*0.08 + 1000*0.4) / 1e6, provider.ChatRequest{Model: "gpt-oss-120b"}, 1000.},
		{"a little less than a token more", (110*0.08 + 1000.99*0.4) / 1e6, provider.ChatRequest{Model: "gpt-oss-120b"}, 1000.},
		{"the least that is worth a call", (110*0.08 + 16*0.4) / 1e6, provider.ChatRequest{Model: "gpt-oss-120b"}, 16.},
		{"a free model", 1e-9, provider.ChatRequest{Model: "Qwen3Guard-Gen-8B"}, 16384.},
		{"a prompt that leaves little of the context", 1, provider.ChatRequest{Model: "Qwen2.5-VL-72B-Instruct", Messages: says(long)},
			32768. - 30_108},
		{"a prompt that may pass the context", 1, provider.ChatRequest{Model: "Qwen2.5-VL-72B-Instruct", Messages: says(long + long[:7000])},
			1024.},
		{"a query that the service resolves", 1, provider.ChatRequest{Model: "llama@latest"}, 16384.},
		{"a query, by the dearest price", (110*0.91 + 1000*3.6) / 1e6, provider.ChatRequest{Model: "llama@latest"}, 1000.},
		{"a query, by the smallest context", 1, provider.ChatRequest{Model: "llama@latest", Messages: says(long)}, 32768. - 30_108},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := emulator.New(emulator.Options{})
			p := connectInMemory(t, e, withBudget(tt.budget), func(o *provider.Options) {
				o.Models = map[string]provider.NamedModel{"limited": limited}
			})
			if tt.request.Messages == nil {
				tt.request.Messages = says("hello")
			}
			if _, err := p.Chat(t.Context(), tt.request); err != nil {
				t.Fatal(err)
			}
			if got := sentBody(t, e, chatPath)["max_tokens"]; got != tt.want {
				t.Errorf("max_tokens %v went out, want %v", got, tt.want)
			}
		})
	}
	t.Run("less than is worth a call", func(t *testing.T) {
		e := emulator.New(emulator.Options{})
		p := connectInMemory(t, e, withBudget((110*0.08+15.9*0.4)/1e6))
		_, err := ask(t, p)
		if got := wantCode(t, err, provider.CodeBudgetExceeded); !strings.Contains(got.Message, "110 prompt tokens and 16 of the answer") {
			t.Errorf("got %q", got.Message)
		}
		if n := len(e.Calls(chatPath)); n != 0 {
			t.Errorf("%d requests went out", n)
		}
	})
}

// Every request of a call reserves for itself, at the prices of its model.
func TestEachRequestOfACallChoosesItsMaxTokens(t *testing.T) {
	t.Parallel()
	sent := func(t *testing.T, e *emulator.Emulator) []any {
		var all []any
		for _, body := range sentBodies(t, e, chatPath) {
			all = append(all, body["max_tokens"])
		}
		return all
	}
	const used = `{"choices":[],"usage":{"prompt_tokens":110,"completion_tokens":400}}`
	budget := withBudget((110*0.08 + 1000*0.4) / 1e6)
	t.Run("a new try", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			e := emulator.New(emulator.Options{})
			e.Script(emulator.Fault{Path: chatPath, RawEvents: []string{used, "[DONE]"}}) // an empty answer that costs
			if _, err := ask(t, connectInMemory(t, e, budget, withMaxWait(time.Minute))); err != nil {
				t.Fatal(err)
			}
			if got := sent(t, e); len(got) != 2 || got[0] != 1000. || got[1] != 578. {
				t.Errorf("max_tokens %v went out", got)
			}
		})
	})
	t.Run("a fallback", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			e := emulator.New(emulator.Options{})
			e.Script(broken(first, 503, -1))
			p := connectInMemory(t, e, withFallback(second), budget)
			if _, err := p.Chat(t.Context(), provider.ChatRequest{Model: "quick", Messages: says("hello")}); err != nil {
				t.Fatal(err)
			}
			// The fallback's price is 0.04 and 0.15 EUR a million.
			if got := sent(t, e); len(got) < 2 || got[0] != 1000. || got[len(got)-1] != 2696. {
				t.Errorf("max_tokens %v went out", got)
			}
		})
	})
	t.Run("an extraction and its repair", func(t *testing.T) {
		e := emulator.New(emulator.Options{})
		e.Script(emulator.Fault{Path: chatPath, RawEvents: []string{
			`{"choices":[{"index":0,"delta":{"content":"no JSON"},"finish_reason":"stop"}]}`, used, "[DONE]",
		}})
		p := connectInMemory(t, e, withBudget(0.001))
		if _, err := p.Extract(t.Context(), provider.ExtractRequest{
			Model: "gpt-oss-120b", Text: "x", Schema: []byte(`{"type":"object"}`), MaxRepairs: 1,
		}); err != nil {
			t.Fatal(err)
		}
		got := sent(t, e)
		if len(got) != 2 || got[0] == nil || got[1] == nil || got[0].(float64) <= got[1].(float64) {
			t.Errorf("max_tokens %v went out, want the rest of the day each time", got)
		}
	})
	t.Run("asking the service for a query", func(t *testing.T) {
		e := emulator.New(emulator.Options{})
		p := connectInMemory(t, e, withBudget(1))
		if _, err := p.Resolve(t.Context(), "llama@latest", true); err != nil {
			t.Fatal(err)
		}
		if got := sent(t, e); len(got) != 1 || got[0] != 1. {
			t.Errorf("max_tokens %v went out", got)
		}
	})
}

// An extraction whose answers were cut says what cut them.
func TestAnExtractionThatTheBudgetCuts(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := connectInMemory(t, exhaustive(emulator.New(emulator.Options{})), withBudget(0.0001))
		_, err := p.Extract(t.Context(), provider.ExtractRequest{Model: "gpt-oss-120b", Text: "x", Schema: []byte(`{"type":"object"}`)})
		got := wantCode(t, err, provider.CodeExtractionInvalid)
		if !strings.Contains(got.Message, "cut at the ") || !strings.Contains(got.Message, "the day's budget pays for") {
			t.Errorf("got %q", got.Message)
		}
	})
}

// What cut an answer is what the warning says.
func TestTruncationNamesTheBudget(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		budget float64
		given  *int
		want   []string
	}{
		{"no budget", 0, nil, []string{"max_tokens; raise it"}},
		{"the caller's", 1, new(9), []string{"max_tokens; raise it"}},
		{"the rest of the day", (110*0.08 + 1000*0.4) / 1e6, nil,
			[]string{"the 1000 tokens that the rest of the day's budget pays for", "raise --max-cost"}},
		{"what was reserved", 1, nil, []string{"the 16384 tokens that were reserved from the day's budget", "--max-cost", "give max_tokens"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := connectInMemory(t, exhaustive(emulator.New(emulator.Options{})), withBudget(tt.budget))
				got, err := p.Chat(t.Context(), provider.ChatRequest{Model: "gpt-oss-120b", Messages: says("hello"), MaxTokens: tt.given})
				if err != nil {
					t.Fatal(err)
				}
				if len(got.Warnings) != 1 || got.Warnings[0].Code != provider.WarnTruncated {
					t.Fatalf("warnings %+v", got.Warnings)
				}
				for _, part := range tt.want {
					if !strings.Contains(got.Warnings[0].Message, part) {
						t.Errorf("%q is not in %q", part, got.Warnings[0].Message)
					}
				}
			})
		})
	}
}
