package provider_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// legacy is a chunk with a piece of the one call of answers without lists of calls.
func legacy(piece string) string {
	return fmt.Sprintf(`{"choices":[{"index":0,"delta":{"function_call":%s}}]}`, piece)
}

func TestOddToolCallsAreRead(t *testing.T) {
	t.Parallel()
	paris, rome := call("a", "weather", `{"city":"Paris"}`), call("b", "weather", `{"city":"Rome"}`)
	made := call("call_1", "weather", `{"city":"Paris"}`)
	tests := []struct {
		name   string
		chunks []string
		want   []provider.ToolCall
	}{
		{"the same call at two indexes", []string{
			calling(`{"index":0,"id":"a","function":{"name":"weather","arguments":"{\"city\":"}}`),
			calling(`{"index":1,"id":"a","function":{"arguments":"\"Par"}}`),
			calling(`{"index":1,"function":{"arguments":"is\"}"}}`),
			calling(`{"index":2,"id":"b","function":{"name":"weather","arguments":"{\"city\":\"Rome\"}"}}`),
		}, []provider.ToolCall{paris, rome}},
		{"the same whole call at two indexes", []string{
			calling(`{"index":0,"id":"a","function":{"name":"weather","arguments":"{\"city\":\"Paris\"}"}}`),
			calling(`{"index":1,"id":"a","function":{"name":"weather","arguments":"{\"city\":\"Paris\"}"}}`),
		}, []provider.ToolCall{paris}},
		{"other functions with one id", []string{
			calling(`{"index":0,"id":"a","function":{"name":"weather","arguments":"{\"city\":\"Paris\"}"}}`),
			calling(`{"index":1,"id":"a","function":{"name":"clock","arguments":"{}"}}`),
		}, []provider.ToolCall{paris, call("call_2", "clock", "{}")}},
		{"a name split over chunks", []string{
			calling(`{"index":0,"id":"a","function":{"name":"we"}}`), calling(`{"index":0,"function":{"name":"ather","arguments":""}}`),
			calling(`{"index":0,"function":{"arguments":"{\"city\":\"Paris\"}"}}`),
		}, []provider.ToolCall{paris}},
		{"a name that grows", []string{
			calling(`{"index":0,"id":"a","function":{"name":"we"}}`), calling(`{"index":0,"function":{"name":"weather"}}`),
			calling(`{"index":0,"function":{"name":"weather","arguments":"{\"city\":\"Paris\"}"}}`),
		}, []provider.ToolCall{paris}},
		{"a name in each chunk", []string{
			calling(`{"index":0,"id":"a","function":{"name":"weather","arguments":""}}`),
			calling(`{"index":0,"function":{"name":"weather","arguments":"{\"city\":"}}`),
			calling(`{"index":0,"function":{"name":"weather","arguments":"\"Paris\"}"}}`),
		}, []provider.ToolCall{paris}},
		{"a new id in each chunk", []string{
			calling(`{"index":0,"id":"a","function":{"name":"weather","arguments":""}}`),
			calling(`{"index":0,"id":"x1","function":{"arguments":"{\"city\":"}}`),
			calling(`{"index":0,"id":"x2","function":{"arguments":"\"Paris\"}"}}`),
		}, []provider.ToolCall{paris}},
		{"a new id and the name in each chunk", []string{
			calling(`{"index":0,"id":"a","function":{"name":"weather","arguments":""}}`),
			calling(`{"index":0,"id":"x1","function":{"name":"weather","arguments":"{\"city\":"}}`),
			calling(`{"index":0,"id":"x2","function":{"name":"weather","arguments":"\"Paris\"}"}}`),
		}, []provider.ToolCall{paris}},
		{"indexes as texts, ids as numbers", []string{
			calling(`{"index":"0","id":7,"function":{"name":"weather","arguments":"{\"city\":"}}`),
			calling(`{"index":"1","id":8,"function":{"name":"weather","arguments":"{\"city\":\"Rome\"}"}}`),
			calling(`{"index":"0","function":{"arguments":"\"Paris\"}"}}`),
		}, []provider.ToolCall{call("7", "weather", `{"city":"Paris"}`), call("8", "weather", `{"city":"Rome"}`)}},
		{"an index and an id of null, a type of 1", []string{
			calling(`{"index":null,"id":null,"type":1,"function":{"name":"weather","arguments":"{\"city\":\"Paris\"}"}}`),
		}, []provider.ToolCall{made}},
		{"an empty object first", []string{
			calling(`{"index":0,"id":"a","function":{"name":"weather","arguments":"{}"}}`),
			calling(`{"index":0,"function":{"arguments":"{\"city\":\"Paris\"}"}}`),
		}, []provider.ToolCall{paris}},
		{"arguments written as a text twice", []string{
			calling(`{"index":0,"id":"a","function":{"name":"weather","arguments":"\"{\\\"city\\\":\\\"Paris\\\"}\""}}`),
		}, []provider.ToolCall{paris}},
		{"arguments of null as text, and of false", []string{
			calling(`{"index":0,"id":"a","function":{"name":"f","arguments":"null"}}`),
			calling(`{"index":1,"id":"b","function":{"name":"f","arguments":false}}`),
		}, []provider.ToolCall{call("a", "f", "{}"), call("b", "f", "{}")}},
		{"one call that is no list", []string{
			`{"choices":[{"index":0,"delta":{"tool_calls":{"id":"a","function":{"name":"weather","arguments":{"city":"Paris"}}}}}]}`,
		}, []provider.ToolCall{paris}},
		{"a call without its function", []string{
			calling(`{"index":0,"id":"a","name":"weather","arguments":{"city":"Paris"}}`),
		}, []provider.ToolCall{paris}},
		{"odd members", []string{
			calling(`null,7,"x",{"index":0,"id":"a","function":{"name":"weather","arguments":"{\"city\":\"Paris\"}"}},[]`),
		}, []provider.ToolCall{paris}},
		{"a function_call", []string{legacy(`{"name":"weather","arguments":"{\"city\":"}`), legacy(`{"arguments":"\"Paris\"}"}`)},
			[]provider.ToolCall{made}},
		{"a function_call beside the list", []string{
			`{"choices":[{"delta":{"function_call":{"name":"weather","arguments":"{}"},"tool_calls":[{"index":0,"id":"a","function":{"name":"weather","arguments":"{\"city\":\"Paris\"}"}}]}}]}`,
		}, []provider.ToolCall{paris}},
		{"a function_call of a message", []string{`{"choices":[{"message":{"content":null,"function_call":{"name":"weather","arguments":"{\"city\":\"Paris\"}"}}}]}`},
			[]provider.ToolCall{made}},
		{"a message repeats the call", []string{
			calling(`{"index":0,"function":{"name":"weather","arguments":"{\"city\":\"Paris\"}"}}`),
			`{"choices":[{"message":{"tool_calls":[{"function":{"name":"weather","arguments":"{\"city\":\"Paris\"}"}}]}}]}`,
		}, []provider.ToolCall{made}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := replay(t, eventStream, events(append(tt.chunks, callsEnd, lateUsage, done)...))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got.ToolCalls); diff != "" || len(got.Warnings) > 0 {
				t.Errorf("warnings %v, (-want +got):\n%s", got.Warnings, diff)
			}
		})
	}
}

// A call whose arguments are not whole JSON is never handed out; the others are.
func TestHalfAToolCallIsDropped(t *testing.T) {
	t.Parallel()
	whole := `{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}`
	for name, half := range map[string]string{
		"cut":                     `{"index":1,"id":"b","function":{"name":"g","arguments":"{\"x\":"}}`,
		"no JSON":                 `{"index":1,"id":"b","function":{"name":"g","arguments":"{city: Paris}"}}`,
		"cut after another":       `{"index":1,"id":"b","function":{"name":"g","arguments":"{}{\"x\":"}}`,
		"values but no object":    `{"index":1,"id":"b","function":{"name":"g","arguments":"1 2"}}`,
		"without a name":          `{"index":1,"id":"b","function":{"arguments":"{}"}}`,
		"the function is a text":  `{"index":1,"id":"b","function":"g"}`,
		"a name of another type":  `{"index":1,"id":"b","function":{"name":["g"],"arguments":"{}"}}`,
		"whole, and then rubbish": `{"index":1,"id":"b","function":{"name":"g","arguments":"{}}"}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := replay(t, eventStream, events(calling(whole+","+half), ends(`"length"`), lateUsage, done))
			if err != nil {
				t.Fatal(err)
			}
			want := []provider.WarningCode{provider.WarnToolCallDropped, provider.WarnTruncated}
			if !cmp.Equal(got.ToolCalls, []provider.ToolCall{call("a", "f", "{}")}) || !slices.Equal(codes(got.Warnings), want) {
				t.Errorf("got %v, %v", got.ToolCalls, got.Warnings)
			}
		})
	}
}

const weatherTools = `[{"type":"function","function":{"name":"weather","parameters":{"type":"object","properties":{"city":{"type":"string"}}}}}]`

// askWithTools asks once with a tool and answers with a stream.
func askWithTools(t *testing.T, tools string, chunks ...string) *provider.ChatResult {
	t.Helper()
	e := emulator.New(emulator.Options{})
	e.Script(emulator.Fault{Path: chatPath, Status: http.StatusOK, ContentType: eventStream, Body: events(append(chunks, stopped, lateUsage, done)...)})
	got, err := connect(t, e).Chat(t.Context(), provider.ChatRequest{Model: "gpt-oss-120b", Messages: says("hi"), Tools: json.RawMessage(tools)})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// A call that the model wrote as text stays text, and a warning says so; where no tools
// were given, it is only a text.
func TestToolCallsAsTextAreReported(t *testing.T) {
	t.Parallel()
	object := `{"name":"weather","arguments":{"city":"Paris"}}`
	for text, warned := range map[string]bool{
		`[TOOL_CALLS][` + object + `]`:                                     true,
		"I will look.\n[TOOL_CALLS][" + object + "]":                       true,
		"<tool_call>\n" + object + "\n</tool_call>":                        true,
		`<function=weather>{"city":"Paris"}</function>`:                    true,
		"<|python_tag|>" + object:                                          true,
		`{"name":"weather","parameters":{"city":"Paris"}}`:                 true,
		"Write `<tool_call>` around it":                                    false,
		"Write it as\n```\n<tool_call>" + object + "</tool_call>\n```\nso": false,
		`{"name":"Ann","age":7}`:                                           false,
		"It is sunny in Paris.":                                            false,
	} {
		t.Run(text, func(t *testing.T) {
			t.Parallel()
			for tools, want := range map[string]bool{weatherTools: warned, "": false} {
				got := askWithTools(t, tools, wrote(text[:3]), wrote(text[3:]))
				if got.Content != text || slices.Contains(codes(got.Warnings), provider.WarnToolCallAsText) != want || len(got.ToolCalls) > 0 {
					t.Errorf("got %q, %v, with tools %q", got.Content, got.Warnings, tools)
				}
			}
		})
	}
}

// A call in gpt-oss' channels says whom it calls and where it ends.
func TestToolCallsInChannelsAreCalls(t *testing.T) {
	t.Parallel()
	text := `<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>commentary to=functions.%s <|constrain|>json<|message|>%s<|call|>`
	for _, tt := range []struct {
		name, function, arguments, tools string
		want                             []provider.ToolCall
		warnings                         []provider.WarningCode
	}{
		{"a call", "weather", `{"city":"Paris"}`, weatherTools, []provider.ToolCall{call("call_1", "weather", `{"city":"Paris"}`)}, nil},
		{"a call of what was not given", "clock", `{}`, weatherTools, nil, []provider.WarningCode{provider.WarnToolCallAsText, provider.WarnReasoningOnly}},
		{"half a call", "weather", `{"city":`, weatherTools, nil, []provider.WarningCode{provider.WarnToolCallAsText, provider.WarnReasoningOnly}},
		{"no tools", "weather", `{}`, "", nil, []provider.WarningCode{provider.WarnReasoningOnly}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got := askWithTools(t, tt.tools, wrote(fmt.Sprintf(text, tt.function, tt.arguments)))
			if diff := cmp.Diff(tt.want, got.ToolCalls); diff != "" || got.Content != "" || !strings.HasPrefix(got.Reasoning, "Hm.") {
				t.Errorf("got %q, reasoning %q, calls (-want +got):\n%s", got.Content, got.Reasoning, diff)
			}
			if !slices.Equal(tt.warnings, codes(got.Warnings)) {
				t.Errorf("got warnings %v", got.Warnings)
			}
		})
	}
}

// Some engines give every call the same id. Two calls of a function that differ are two;
// the same call at two indexes is one.
func TestCallsThatShareAnID(t *testing.T) {
	t.Parallel()
	piece := func(index int, id, name, arguments string) string {
		return fmt.Sprintf(`{"choices":[{"delta":{"tool_calls":[{"index":%d,"id":%q,"function":{"name":%q,"arguments":%q}}]}}]}`, index, id, name, arguments)
	}
	for _, tt := range []struct {
		name   string
		events []string
		want   []string
	}{
		{"two cities", []string{piece(0, "a", "w", `{"c":"Paris"}`), piece(1, "a", "w", `{"c":"Rome"}`)}, []string{`{"c":"Paris"}`, `{"c":"Rome"}`}},
		{"in pieces", []string{piece(0, "a", "w", `{"c":`), piece(0, "a", "", `"Paris"}`), piece(1, "a", "w", ``), piece(1, "a", "", `{"c":"Rome"}`)},
			[]string{`{"c":"Paris"}`, `{"c":"Rome"}`}},
		{"the same twice", []string{piece(0, "a", "w", `{"c":"Paris"}`), piece(1, "a", "w", `{"c":"Paris"}`)}, []string{`{"c":"Paris"}`}},
		{"the same in pieces", []string{piece(0, "a", "w", `{"c":"Paris"}`), piece(1, "a", "w", ``), piece(1, "a", "", `{"c":"Paris"}`)},
			[]string{`{"c":"Paris"}`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := emulator.New(emulator.Options{})
			e.Script(emulator.Fault{Path: chatPath, RawEvents: append(tt.events, `{"choices":[{"delta":{},"finish_reason":"tool_calls"}]}`, done)})
			result, err := ask(t, connect(t, e))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			ids := map[string]bool{}
			for _, call := range result.ToolCalls {
				got = append(got, call.Function.Arguments)
				ids[call.ID] = true
			}
			if !slices.Equal(got, tt.want) || len(ids) != len(got) {
				t.Errorf("got %+v", result.ToolCalls)
			}
		})
	}
}
