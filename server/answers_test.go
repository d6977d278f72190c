package server_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// finished is the last chunk of an answer, with its finish reason as JSON.
func finished(reason string) string {
	return `{"model":"gpt-oss-20b","choices":[{"index":0,"delta":{},"finish_reason":` + reason + `}]}`
}

// calls is an event with pieces of tool calls.
func calls(pieces string) string {
	return `{"model":"gpt-oss-20b","choices":[{"index":0,"delta":{"tool_calls":[` + pieces + `]}}]}`
}

// What a client sees of answers as engines and gateways really send them.
func TestAnswersOfEnginesAndGateways(t *testing.T) {
	paris := `{"city":"Paris"}`
	tests := []struct {
		name      string
		events    []string
		content   string
		reasoning string
		calls     []string // arguments
		warnings  []string
		notHeard  string // in progress
	}{
		{name: "reasoning in tags", events: []string{piece("<thi"), piece("nk>Hm.</th"), piece(`ink>\n\nParis`), stopped, used},
			content: "Paris", reasoning: "Hm.", notHeard: "Hm."},
		{name: "reasoning without its opening tag", events: []string{piece("Hm."), piece(`\n</think>\n`), piece("Paris"), stopped, used},
			content: "Paris", reasoning: "Hm.", notHeard: "think"},
		{name: "reasoning that never ends", events: []string{piece("<think>Hm."), finished(`"length"`), used},
			reasoning: "Hm.", warnings: []string{"truncated", "reasoning_only"}, notHeard: "Hm."},
		{name: "channels", events: []string{piece("<|channel|>analysis<|message|>Hm.<|e"), piece("nd|><|start|>assistant<|channel|>final<|mess"),
			piece("age|>Paris<|ret"), piece("urn|>"), stopped, used}, content: "Paris", reasoning: "Hm.", notHeard: "|"},
		{name: "a mention", events: []string{piece("It writes <think> first."), stopped, used}, content: "It writes <think> first."},
		{name: "parts", events: []string{`{"choices":[{"index":0,"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"Hm."}]},` +
			`{"type":"text","text":"Paris"}]}}]}`, stopped, used}, content: "Paris", reasoning: "Hm.", notHeard: "Hm."},
		{name: "content is a number", events: []string{piece("Par"), `{"choices":[{"delta":{"content":1}}]}`, piece("is"), stopped, used}, content: "Paris"},
		{name: "usage is false", events: []string{`{"choices":[{"delta":{"content":"Paris"}}],"usage":false}`, stopped, used}, content: "Paris"},
		{name: "an empty error", events: []string{`{"error":"","choices":[{"delta":{"content":"Paris"}}]}`, stopped, used}, content: "Paris"},
		{name: "a refusal", events: []string{`{"choices":[{"delta":{"content":null,"refusal":"I will not."}}]}`, stopped, used},
			content: "I will not.", warnings: []string{"refused"}},
		{name: "a content filter after text", events: []string{piece("Par"), finished(`"content_filter"`), used},
			content: "Par", warnings: []string{"content_filtered"}},
		{name: "an abort", events: []string{piece("Par"), finished(`"abort"`), used}, content: "Par", warnings: []string{"stream_interrupted"}},
		{name: "a reason that is a number", events: []string{piece("Par"), finished(`2`), used}, content: "Par", warnings: []string{"stream_interrupted"}},
		{name: "max_tokens", events: []string{piece("Par"), finished(`"max_tokens"`), used}, content: "Par", warnings: []string{"truncated"}},
		{name: "eos", events: []string{piece("Paris"), finished(`"eos"`), used}, content: "Paris"},
		{name: "a call at two indexes", events: []string{calls(`{"index":0,"id":"a","function":{"name":"get_weather","arguments":"{\"city\":"}}`),
			calls(`{"index":1,"id":"a","function":{"arguments":"\"Paris\"}"}}`), finished(`"tool_calls"`), used}, calls: []string{paris}},
		{name: "a name in pieces", events: []string{calls(`{"index":0,"id":"a","function":{"name":"get_"}}`),
			calls(`{"index":0,"function":{"name":"weather"}}`), calls(`{"index":0,"function":{"arguments":"{\"city\":\"Paris\"}"}}`),
			finished(`"tool_calls"`), used}, calls: []string{paris}},
		{name: "a new id in each chunk", events: []string{calls(`{"index":"0","id":1,"function":{"name":"get_weather","arguments":"{\"city\":"}}`),
			calls(`{"index":"0","id":2,"function":{"arguments":"\"Paris\"}"}}`), finished(`"tool_calls"`), used}, calls: []string{paris}},
		{name: "an empty object first", events: []string{calls(`{"index":0,"id":"a","function":{"name":"get_weather","arguments":"{}{\"city\":\"Paris\"}"}}`),
			finished(`"tool_calls"`), used}, calls: []string{paris}},
		{name: "arguments cut", events: []string{calls(`{"index":0,"id":"a","function":{"name":"get_weather","arguments":"{\"city\":\"Par"}}`),
			finished(`"length"`), used}, warnings: []string{"tool_call_dropped", "truncated"}},
		{name: "a call as text", events: []string{piece(`<tool_call>get_weather</tool_call>`), stopped, used},
			content: "<tool_call>get_weather</tool_call>", warnings: []string{"tool_call_as_text"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := connect(t, setup{inMemory: true})
				r.Script(emulator.Fault{RawEvents: append(test.events, done), Times: -1})
				answer, err := r.tryCall(t.Context(), "chat",
					`{"prompt":"hi","model":"gpt-oss-20b","include_reasoning":true,"tools":[`+weatherTool+`]}`, "t")
				if err != nil {
					t.Fatal(err)
				}
				synctest.Wait()
				var got chatAnswer
				answer.decode(&got)
				var arguments []string
				for _, call := range got.ToolCalls {
					arguments = append(arguments, call.Function.Arguments)
				}
				if got.Content != test.content || got.Reasoning != test.reasoning || !slices.Equal(arguments, test.calls) {
					t.Errorf("got %q, reasoning %q, calls %q", got.Content, got.Reasoning, arguments)
				}
				if diff := cmp.Diff(test.warnings, got.codes()); diff != "" {
					t.Errorf("warnings (-want +got):\n%s", diff)
				}
				heard := spoken(t, r.of("t"))
				if !strings.HasSuffix(heard, test.content) || test.notHeard != "" && strings.Contains(heard, test.notHeard) {
					t.Errorf("heard %q of %q", heard, test.content)
				}
				if len(r.posts()) != 1 {
					t.Errorf("it was asked %d times", len(r.posts()))
				}
			})
		})
	}
}

// Reasoning in the text is not read as data.
func TestReasoningIsNoData(t *testing.T) {
	for _, text := range []string{
		`<think>{"name":"no","age":1}</think>{"name":"Ann","age":7}`, "{\"name\":\"no\"} or so.\n</think>\n" + `{"name":"Ann","age":7}`,
		`<|channel|>analysis<|message|>{"name":"no","age":1}<|end|><|start|>assistant<|channel|>final<|message|>{"name":"Ann","age":7}<|return|>`,
	} {
		if strings.HasPrefix(text, "{") {
			text = "Hm: " + text
		}
		r := connect(t, setup{})
		r.Script(emulator.Fault{RawEvents: spoke(t, text)})
		got := r.extract(`{"text":"Ann is 7","model":"gpt-oss-120b","schema":` + personSchema + `}`)
		if string(got.Data) != `{"age":7,"name":"Ann"}` || got.Repairs != 0 {
			t.Errorf("%q: got %s after %d repairs", text, got.Data, got.Repairs)
		}
	}
}

func TestCachedTokensAreShown(t *testing.T) {
	r := connect(t, setup{})
	r.Script(emulator.Fault{RawEvents: []string{piece("Paris"), stopped,
		`{"choices":[],"usage":{"prompt_tokens":30,"completion_tokens":2,"total_tokens":32,"prompt_tokens_details":{"cached_tokens":16}}}`, done}})
	result := r.succeed("chat", `{"prompt":"hi","model":"gpt-oss-20b"}`, nil)
	if !strings.Contains(string(result.structured), `"cached_tokens":16`) {
		t.Errorf("got %s", result.structured)
	}
}
