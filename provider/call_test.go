package provider_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// Where one request of a call has no usage the sum has none, and the warnings of the
// first request are kept.
func TestARepairHidesNothingOfTheFirstRequest(t *testing.T) {
	t.Parallel()
	answer := func(content string) string {
		text, err := json.Marshal(content)
		if err != nil {
			t.Fatal(err)
		}
		return `{"model":"gpt-oss-120b","choices":[{"index":0,"delta":{"content":` + string(text) + `},"finish_reason":"stop"}]}`
	}
	const usage = `{"choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}}`
	for _, test := range []struct {
		name          string
		first, second []string
		tokens        int // 0 is unknown
	}{
		{"the first without usage", []string{answer("no"), "[DONE]"}, []string{answer(`{"n":1}`), usage, "[DONE]"}, 0},
		{"the second without usage", []string{answer("no"), usage, "[DONE]"}, []string{answer(`{"n":1}`), "[DONE]"}, 0},
		{"both with usage", []string{answer("no"), usage, "[DONE]"}, []string{answer(`{"n":1}`), usage, "[DONE]"}, 30},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			e := emulator.New(emulator.Options{})
			p := connectInMemory(t, e)
			e.Script(emulator.Fault{Path: chatPath, RawEvents: test.first}, emulator.Fault{Path: chatPath, RawEvents: test.second})
			got, err := p.Extract(t.Context(), provider.ExtractRequest{
				Text: "one", Model: "openai/gpt-oss-120b", MaxRepairs: 1,
				Schema: json.RawMessage(`{"title":"T","type":"object","properties":{"n":{"type":"integer"}},"required":["n"]}`),
			})
			if err != nil {
				t.Fatal(err)
			}
			want := []provider.WarningCode{provider.WarnSchemaAdapted, provider.WarnModelAlias}
			switch {
			case test.tokens == 0:
				if want = append(want, provider.WarnUsageMissing); got.Usage != nil || got.Cost != nil {
					t.Errorf("a part of the usage passes for all: %+v, cost %v", got.Usage, got.Cost)
				}
			case got.Usage == nil || got.Usage.TotalTokens != test.tokens || got.Cost == nil || *got.Cost <= 0:
				t.Errorf("usage %+v, cost %v", got.Usage, got.Cost)
			}
			if !slices.Equal(codes(got.Warnings), want) || len(got.Attempts) != 2 || got.Repairs != 1 {
				t.Errorf("warnings %v, want %v; %d attempts, %d repairs", codes(got.Warnings), want, len(got.Attempts), got.Repairs)
			}
		})
	}
}
