package provider_test

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
)

// calling is a chunk with these pieces of tool calls.
func calling(pieces string) string {
	return fmt.Sprintf(`{"choices":[{"index":0,"delta":{"tool_calls":[%s]}}]}`, pieces)
}

func call(id, name, arguments string) provider.ToolCall {
	return provider.ToolCall{ID: id, Type: "function", Function: provider.FunctionCall{Name: name, Arguments: arguments}}
}

const callsEnd = `{"choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}`

func TestStreamedToolCalls(t *testing.T) {
	t.Parallel()
	paris, rome := call("a", "weather", `{"city":"Paris"}`), call("b", "weather", `{"city":"Rome"}`)
	tests := []struct {
		name   string
		chunks []string
		want   []provider.ToolCall
	}{
		{"pieces of parallel calls are sorted by index", []string{
			calling(`{"index":0,"id":"a","type":"function","function":{"name":"weather","arguments":""}}`),
			calling(`{"index":1,"id":"b","type":"function","function":{"name":"weather","arguments":""}}`),
			calling(`{"index":0,"function":{"arguments":"{\"city\":"}}`),
			calling(`{"index":1,"function":{"arguments":"{\"city\":\"Rome\"}"}}`),
			calling(`{"index":0,"function":{"arguments":"\"Paris\"}"}}`),
		}, []provider.ToolCall{paris, rome}},
		{"several pieces come in one chunk", []string{
			calling(`{"index":0,"id":"a","function":{"name":"weather","arguments":"{\"city\":"}},{"index":1,"id":"b","function":{"name":"weather","arguments":"{\"city\":"}}`),
			calling(`{"index":1,"function":{"arguments":"\"Rome\"}"}},{"index":0,"function":{"arguments":"\"Paris\"}"}}`),
		}, []provider.ToolCall{paris, rome}},
		{"calls are in the order of their indexes", []string{
			calling(`{"index":1,"id":"b","function":{"name":"weather","arguments":"{\"city\":\"Rome\"}"}}`),
			calling(`{"index":0,"id":"a","function":{"name":"weather","arguments":"{\"city\":\"Paris\"}"}}`),
		}, []provider.ToolCall{paris, rome}},
		{"without an index a new id starts a call", []string{
			calling(`{"id":"a","function":{"name":"weather","arguments":"{\"city\":"}}`),
			calling(`{"function":{"arguments":"\"Paris\"}"}}`),
			calling(`{"id":"b","function":{"name":"weather","arguments":"{\"city\":"}}`),
			calling(`{"function":{"arguments":"\"Rome\"}"}}`),
		}, []provider.ToolCall{paris, rome}},
		{"an id that is repeated starts nothing", []string{
			calling(`{"index":0,"id":"a","function":{"name":"weather","arguments":"{\"city\":"}}`),
			calling(`{"index":0,"id":"a","function":{"name":"weather","arguments":"\"Paris\"}"}}`),
		}, []provider.ToolCall{paris}},
		{"the same index with a new id starts a call", []string{
			calling(`{"index":0,"id":"a","function":{"name":"weather","arguments":"{\"city\":\"Paris\"}"}}`),
			calling(`{"index":0,"id":"b","function":{"name":"weather","arguments":"{\"city\":"}}`),
			calling(`{"index":0,"function":{"arguments":"\"Rome\"}"}}`),
		}, []provider.ToolCall{paris, rome}},
		{"calls with empty ids get one each", []string{
			calling(`{"index":0,"id":"","function":{"name":"weather","arguments":"{\"city\":"}}`),
			calling(`{"index":0,"id":"","function":{"arguments":"\"Paris\"}"}}`),
			calling(`{"index":1,"id":"","function":{"name":"weather","arguments":"{\"city\":\"Rome\"}"}}`),
		}, []provider.ToolCall{call("call_1", "weather", `{"city":"Paris"}`), call("call_2", "weather", `{"city":"Rome"}`)}},
		{"whole calls with neither index nor id are not glued together", []string{
			calling(`{"function":{"name":"weather","arguments":"{\"city\":\"Paris\"}"}}`),
			calling(`{"function":{"name":"weather","arguments":"{\"city\":\"Rome\"}"}}`),
		}, []provider.ToolCall{call("call_1", "weather", `{"city":"Paris"}`), call("call_2", "weather", `{"city":"Rome"}`)}},
		{"whole calls with one index and empty ids are not glued together", []string{
			calling(`{"index":0,"id":"","function":{"name":"weather","arguments":"{\"city\":\"Paris\"}"}}`),
			calling(`{"index":0,"id":"","function":{"name":"clock","arguments":"{}"}}`),
		}, []provider.ToolCall{call("call_1", "weather", `{"city":"Paris"}`), call("call_2", "clock", `{}`)}},
		{"a name that is repeated at the end starts nothing", []string{
			calling(`{"index":0,"id":"a","function":{"name":"weather","arguments":"{\"city\":\"Paris\"}"}}`),
			calling(`{"index":0,"id":"","function":{"name":"weather","arguments":""}}`),
		}, []provider.ToolCall{paris}},
		{"an id that is made up is unlike the others", []string{
			calling(`{"index":0,"id":"call_2","function":{"name":"weather","arguments":"{}"}}`),
			calling(`{"index":1,"function":{"name":"clock","arguments":"{}"}}`),
		}, []provider.ToolCall{call("call_2", "weather", "{}"), call("call_3", "clock", "{}")}},
		{"an id that comes late is taken", []string{
			calling(`{"index":0,"function":{"name":"weather","arguments":"{\"city\":"}}`),
			calling(`{"index":0,"id":"a","function":{"arguments":"\"Paris\"}"}}`),
		}, []provider.ToolCall{paris}},
		{"arguments may be an object", []string{
			calling(`{"index":0,"id":"a","function":{"name":"weather","arguments":{"city":"Paris"}}}`),
		}, []provider.ToolCall{paris}},
		{"empty, blank, null and missing arguments are an empty object", []string{
			calling(`{"index":0,"id":"a","function":{"name":"f","arguments":""}}`),
			calling(`{"index":1,"id":"b","function":{"name":"f","arguments":" "}}`),
			calling(`{"index":2,"id":"c","function":{"name":"f","arguments":null}}`),
			calling(`{"index":3,"id":"d","function":{"name":"f"}}`),
		}, []provider.ToolCall{call("a", "f", "{}"), call("b", "f", "{}"), call("c", "f", "{}"), call("d", "f", "{}")}},
		{"a null list of calls is ignored", []string{
			`{"choices":[{"index":0,"delta":{"tool_calls":null}}]}`,
			calling(`{"index":0,"id":"a","function":{"name":"weather","arguments":"{\"city\":\"Paris\"}"}}`),
		}, []provider.ToolCall{paris}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := replay(t, eventStream, events(append(tt.chunks, callsEnd, lateUsage, done)...))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, got.ToolCalls); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if len(got.Warnings) > 0 || got.FinishReason != "tool_calls" {
				t.Errorf("finish reason %q, warnings %v", got.FinishReason, got.Warnings)
			}
		})
	}
}

func TestToolCallsOfWholeAnswer(t *testing.T) {
	t.Parallel()
	got, err := replay(t, "application/json", `{"choices":[{"message":{"role":"assistant","content":null,"tool_calls":[
		{"id":"","type":"function","function":{"name":"weather","arguments":"{\"city\":\"Paris\"}"}},
		{"id":"","type":"function","function":{"name":"weather","arguments":{"city":"Rome"}}}]},"finish_reason":"tool_calls"}]}`)
	if err != nil {
		t.Fatal(err)
	}
	want := []provider.ToolCall{call("call_1", "weather", `{"city":"Paris"}`), call("call_2", "weather", `{"city":"Rome"}`)}
	if diff := cmp.Diff(want, got.ToolCalls); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// FuzzToolCallPieces streams arguments in pieces that each repeat the name, without
// index and id: a call ends where json.Valid says that its arguments are whole. One
// whose arguments never are is not handed out.
func FuzzToolCallPieces(f *testing.F) {
	for _, seed := range []string{
		`{"city":"Paris"}{"city":"Rome"}`, `{"a":"\"}{"} {}x{}`, `{}{}{}`, ` { } `, `{]}`, `}{`, `[[]]]`, `nullnull`, `12 3.e1`, `-`, `"text""more"`, `"\\"{}`,
		`{"a":[1,{"b":"]"}]}{city: Paris}`, `{"a":1},{"b":2}`, `"`, `\`, "{\"é\":\"\U0001F600\"}{}", "\x00{}", `true{}`, "\f", `{"a":tru}{}`,
	} {
		for _, size := range []uint8{1, 2, 3, 7, 50} {
			f.Add(seed, size)
		}
	}
	s, p := newScripted(f)
	f.Fuzz(func(t *testing.T, text string, size uint8) {
		var chunks []string
		var written []string // the arguments of each call
		arguments := ""      // of the present call
		for piece := range slices.Chunk([]byte(text), 1+int(size)) {
			clean := strings.ToValidUTF8(string(piece), "\uFFFD")
			chunks = append(chunks, pieceOf("", "f", clean))
			if json.Valid([]byte(arguments)) {
				written = append(written, arguments)
				arguments = ""
			}
			arguments += clean
			if bare := strings.TrimLeft(arguments, " \t\r\n"); len(arguments) > 64 && bare != "" && !strings.ContainsAny(bare[:1], `{["`) {
				t.Skip("long numbers are not looked at again and again")
			}
		}
		written = append(written, arguments)
		if len(chunks) == 0 || len(written) > 128 {
			t.Skip("no call, or too many")
		}
		var want []provider.ToolCall
		for i, text := range written {
			if whole, ok := wholeJSON(text); ok {
				want = append(want, call(fmt.Sprintf("call_%d", i+1), "f", whole))
			}
		}
		got, err := askScripted(t.Context(), s, p, strings.NewReader(events(append(chunks, callsEnd, done)...)))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got.ToolCalls); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

// wholeJSON returns the arguments that a text stands for, if it is whole.
func wholeJSON(text string) (string, bool) {
	var values []json.RawMessage
	decoder := json.NewDecoder(strings.NewReader(text))
	for {
		var value json.RawMessage
		if err := decoder.Decode(&value); err == io.EOF {
			break
		} else if err != nil {
			return "", false
		}
		values = append(values, value)
	}
	switch {
	case len(values) == 0, len(values) == 1 && string(values[0]) == "null":
		return "{}", true
	case len(values) == 1:
		var inner string
		if json.Unmarshal(values[0], &inner) == nil && strings.HasPrefix(strings.TrimSpace(inner), "{") && json.Valid([]byte(inner)) {
			return inner, true
		}
		return text, true
	}
	last := ""
	for _, value := range values {
		if value[0] == '{' {
			last = string(value)
		}
	}
	return last, last != ""
}
