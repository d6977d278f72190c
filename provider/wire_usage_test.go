package provider_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// counts are fields "usage" as a service may send them; a want of nil is a count
// that cannot be.
var counts = []struct {
	name, usage string
	want        *provider.Usage
}{
	{"counts", `{"prompt_tokens":7,"completion_tokens":5,"total_tokens":12}`,
		&provider.Usage{PromptTokens: 7, CompletionTokens: 5, TotalTokens: 12}},
	{"a total left out", `{"prompt_tokens":7,"completion_tokens":5}`, &provider.Usage{PromptTokens: 7, CompletionTokens: 5, TotalTokens: 12}},
	{"no completion tokens", `{"prompt_tokens":7,"total_tokens":7}`, &provider.Usage{PromptTokens: 7, TotalTokens: 7}},
	{"completion tokens of null", `{"prompt_tokens":7,"completion_tokens":null}`, &provider.Usage{PromptTokens: 7, TotalTokens: 7}},
	{"floats that are whole", `{"prompt_tokens":7.0,"completion_tokens":5e0}`,
		&provider.Usage{PromptTokens: 7, CompletionTokens: 5, TotalTokens: 12}},
	{"a total above the parts", `{"prompt_tokens":7,"completion_tokens":5,"total_tokens":20}`,
		&provider.Usage{PromptTokens: 7, CompletionTokens: 5, TotalTokens: 20}},
	{"a total below the parts", `{"prompt_tokens":7,"completion_tokens":5,"total_tokens":9}`,
		&provider.Usage{PromptTokens: 7, CompletionTokens: 5, TotalTokens: 12}},
	{"a negative total", `{"prompt_tokens":7,"completion_tokens":5,"total_tokens":-1}`,
		&provider.Usage{PromptTokens: 7, CompletionTokens: 5, TotalTokens: 12}},
	{"an absurd total", `{"prompt_tokens":7,"completion_tokens":5,"total_tokens":9223372036854775808}`,
		&provider.Usage{PromptTokens: 7, CompletionTokens: 5, TotalTokens: 12}},
	{"a total of another type", `{"prompt_tokens":7,"completion_tokens":5,"total_tokens":[12]}`,
		&provider.Usage{PromptTokens: 7, CompletionTokens: 5, TotalTokens: 12}},
	{"the most that can be", `{"prompt_tokens":1000000000,"completion_tokens":1000000000}`,
		&provider.Usage{PromptTokens: 1e9, CompletionTokens: 1e9, TotalTokens: 2e9}},
	{"reasoning", `{"prompt_tokens":7,"completion_tokens":5,"completion_tokens_details":{"reasoning_tokens":5}}`,
		&provider.Usage{PromptTokens: 7, CompletionTokens: 5, TotalTokens: 12, ReasoningTokens: 5}},
	{"reasoning above the completion", `{"prompt_tokens":7,"completion_tokens":5,"completion_tokens_details":{"reasoning_tokens":6}}`,
		&provider.Usage{PromptTokens: 7, CompletionTokens: 5, TotalTokens: 12}},
	{"negative reasoning", `{"prompt_tokens":7,"completion_tokens":5,"completion_tokens_details":{"reasoning_tokens":-1}}`,
		&provider.Usage{PromptTokens: 7, CompletionTokens: 5, TotalTokens: 12}},
	{"reasoning of another type", `{"prompt_tokens":7,"completion_tokens":5,"completion_tokens_details":{"reasoning_tokens":"many"}}`,
		&provider.Usage{PromptTokens: 7, CompletionTokens: 5, TotalTokens: 12}},
	{"details of another type", `{"prompt_tokens":7,"completion_tokens":5,"completion_tokens_details":[3]}`,
		&provider.Usage{PromptTokens: 7, CompletionTokens: 5, TotalTokens: 12}},
	{"details of null", `{"prompt_tokens":7,"completion_tokens":5,"completion_tokens_details":null}`,
		&provider.Usage{PromptTokens: 7, CompletionTokens: 5, TotalTokens: 12}},

	{"counts as texts", `{"prompt_tokens":"7","completion_tokens":"5"}`,
		&provider.Usage{PromptTokens: 7, CompletionTokens: 5, TotalTokens: 12}},
	{"cached tokens", `{"prompt_tokens":7,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":4}}`,
		&provider.Usage{PromptTokens: 7, CompletionTokens: 5, TotalTokens: 12, CachedTokens: 4}},
	{"cached tokens above the prompt", `{"prompt_tokens":7,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":8}}`,
		&provider.Usage{PromptTokens: 7, CompletionTokens: 5, TotalTokens: 12}},
	{"cached tokens of another type", `{"prompt_tokens":7,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":[]}}`,
		&provider.Usage{PromptTokens: 7, CompletionTokens: 5, TotalTokens: 12}},

	{"null", `null`, nil},
	{"nothing in it", `{}`, nil},
	{"zeros", `{"prompt_tokens":0,"completion_tokens":0,"total_tokens":0}`, nil},
	{"a total alone", `{"total_tokens":12}`, nil},
	{"a negative prompt", `{"prompt_tokens":-7,"completion_tokens":5,"total_tokens":9}`, nil},
	{"a negative completion", `{"prompt_tokens":7,"completion_tokens":-5}`, nil},
	{"an absurd prompt", `{"prompt_tokens":9e18,"completion_tokens":5}`, nil},
	{"an absurd completion", `{"prompt_tokens":7,"completion_tokens":9223372036854775000}`, nil},
	{"more than can be", `{"prompt_tokens":1000000001,"completion_tokens":5}`, nil},
	{"more than an integer holds", `{"prompt_tokens":7,"completion_tokens":9223372036854775808}`, nil},
	{"more than a float holds", `{"prompt_tokens":7,"completion_tokens":1e999}`, nil},
	{"1e30", `{"prompt_tokens":1e30}`, nil},
	{"a float that is not whole", `{"prompt_tokens":7.5,"completion_tokens":5}`, nil},
	{"a count of another type", `{"prompt_tokens":{"all":7},"completion_tokens":5}`, nil},
	{"false", `false`, nil},
	{"a number", `12`, nil},
	{"a text", `"none"`, nil},
	{"a list", `[7,5]`, nil},
}

func TestUsageOffTheWire(t *testing.T) {
	t.Parallel()
	for _, tt := range counts {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			stream := events(wrote("Hello"), stopped, fmt.Sprintf(`{"choices":[],"usage":%s}`, tt.usage), done)
			whole := fmt.Sprintf(`{"model":"gpt-oss-120b","choices":[{"message":{"content":"Hello"},"finish_reason":"stop"}],"usage":%s}`, tt.usage)
			for kind, body := range map[string]string{eventStream: stream, "application/json": whole} {
				result, err := replay(t, kind, body)
				if err != nil {
					t.Fatalf("%s: %v", kind, err)
				}
				checkUsage(t, kind, result.Meta, tt.want)
				if result.Content != "Hello" || result.FinishReason != "stop" {
					t.Errorf("%s: got %q, %q", kind, result.Content, result.FinishReason)
				}
			}
		})
	}
}

func TestUsageOfEmbeddingsOffTheWire(t *testing.T) {
	t.Parallel()
	for _, tt := range counts {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := connect(t, embedding(func(b embedBody) (int, string) {
				return 200, fmt.Sprintf(`{"model":"bge-m3","data":[%s],"usage":%s}`, strings.Join(vectors(b), ","), tt.usage)
			}))
			result, err := p.Embed(t.Context(), provider.EmbedRequest{Model: "bge-m3", Input: texts(1)})
			if err != nil {
				t.Fatal(err)
			}
			checkUsage(t, "embed", result.Meta, tt.want)
		})
	}
}

// checkUsage checks that a count that cannot be leaves neither a usage nor a cost. An
// embedding has no price for completion tokens.
func checkUsage(t *testing.T, kind string, got provider.Meta, want *provider.Usage) {
	t.Helper()
	if diff := cmp.Diff(want, got.Usage); diff != "" {
		t.Errorf("%s: usage (-want +got):\n%s", kind, diff)
	}
	priced := want != nil && (kind != "embed" || want.CompletionTokens == 0)
	if (got.Cost != nil) != priced || slices.Contains(codes(got.Warnings), provider.WarnUsageMissing) != (want == nil) {
		t.Errorf("%s: cost %v, warnings %v with usage %v", kind, got.Cost, got.Warnings, want)
	}
}

// An engine that counts as it goes may end with a count that cannot be.
func TestTheLastUsageThatCanBeCounts(t *testing.T) {
	t.Parallel()
	result, err := replay(t, eventStream,
		events(`{"choices":[],"usage":{"prompt_tokens":0}}`, wrote("Hello"), lateUsage, `{"choices":[],"usage":{}}`, stopped, done))
	if err != nil {
		t.Fatal(err)
	}
	checkUsage(t, "chat", result.Meta, &provider.Usage{PromptTokens: 7, CompletionTokens: 5, TotalTokens: 12, ReasoningTokens: 2})
}

func TestUsageThatCannotBeIsChargedByTheEstimate(t *testing.T) {
	t.Parallel()
	for _, usage := range []string{
		`{}`, `false`, `{"prompt_tokens":0,"completion_tokens":0}`, `{"prompt_tokens":-7,"completion_tokens":5}`, `{"completion_tokens":9e18}`,
	} {
		e := emulator.New(emulator.Options{})
		e.Script(emulator.Fault{Path: chatPath, RawEvents: []string{wrote("Hello"), stopped, `{"choices":[],"usage":` + usage + `}`, done}})
		p := connectInMemory(t, e, withBudget(1))
		if _, err := ask(t, p); err != nil {
			t.Fatal(err)
		}
		got := p.UsageReport(t.Context())
		wantEUR(t, "spent with usage "+usage, got.Budget.Spent, helloEstimate)
		if got.Total.Unpriced != 1 || got.Total.Cost != 0 || got.Total.TotalTokens != 0 {
			t.Errorf("%s: got %+v", usage, got.Total)
		}
	}
}

// FuzzUsage: whatever stands in the field, the answer is read, and a usage is one that
// sums may trust.
func FuzzUsage(f *testing.F) {
	for _, c := range counts {
		f.Add(c.usage)
	}
	s, p := newScripted(f)
	f.Fuzz(func(t *testing.T, usage string) {
		if !json.Valid([]byte(usage)) || strings.ContainsAny(usage, "\r\n") {
			t.Skip("the chunk is no event of JSON")
		}
		got, err := askScripted(t.Context(), s, p, strings.NewReader(events(wrote("Hello"), stopped, `{"choices":[],"usage":`+usage+`}`, done)))
		if err != nil || got.Content != "Hello" {
			t.Fatalf("got %v, %v", got, err)
		}
		if u := got.Usage; u != nil && (min(u.PromptTokens, u.CompletionTokens, u.ReasoningTokens) < 0 || u.TotalTokens < 1 ||
			max(u.PromptTokens, u.CompletionTokens) > 1e9 || u.TotalTokens < u.PromptTokens+u.CompletionTokens || u.ReasoningTokens > u.CompletionTokens) {
			t.Errorf("got %+v", u)
		}
	})
}
