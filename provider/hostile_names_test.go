package provider_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// hostileName returns as JSON what commands a terminal, turns the direction of text, and
// has megabytes.
func hostileName(t *testing.T) (encoded string) {
	name := "name\x1b[31m\x1b]8;;http://evil.test\alink\r\n\u202eSEKIL\u2066" + strings.Repeat("N", 5<<20)
	data, err := json.Marshal(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func wantName(t *testing.T, what, got string) {
	t.Helper()
	if !strings.HasPrefix(got, "name") || utf8.RuneCountInString(got) > 201 ||
		strings.ContainsFunc(got, func(r rune) bool { return !unicode.IsPrint(r) }) {
		t.Errorf("%s is %.300q", what, got)
	}
}

// A name that the service wrote goes into results, logs and traces.
func TestNamesInAnswersAreBounded(t *testing.T) {
	t.Parallel()
	encoded := hostileName(t)
	e := emulator.New(emulator.Options{})
	e.Script(
		emulator.Fault{Path: chatPath, RawEvents: []string{
			fmt.Sprintf(`{"model":%s,"choices":[{"index":0,"delta":{"content":"hi"},"finish_reason":%[1]s}]}`, encoded), "[DONE]",
		}},
		emulator.Fault{Path: chatPath, RawEvents: []string{fmt.Sprintf(`{"model":"m","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"call\u001b[31m","type":"function","function":{"name":%s,"arguments":"{}"}}]},"finish_reason":"tool_calls"}]}`,
			encoded), "[DONE]"}},
		emulator.Fault{Path: embedPath, Body: fmt.Sprintf(`{"model":%s,"data":[{"index":0,"embedding":[1,2]}]}`, encoded)},
	)
	p := connect(t, e, withKey(key))
	result, err := ask(t, p)
	if err != nil {
		t.Fatal(err)
	}
	wantName(t, "the model", result.Model)
	wantName(t, "the finish reason", result.FinishReason)

	result, err = p.Chat(t.Context(), provider.ChatRequest{
		Messages: says("hi"), Tools: json.RawMessage(`[{"type":"function","function":{"name":"f"}}]`),
	})
	if err != nil || len(result.ToolCalls) != 1 {
		t.Fatal(result, err)
	}
	wantName(t, "the function", result.ToolCalls[0].Function.Name)
	if id := result.ToolCalls[0].ID; id != "call [31m" {
		t.Errorf("the id is %q", id)
	}
	vectors, err := p.Embed(t.Context(), provider.EmbedRequest{Input: []string{"hi"}})
	if err != nil {
		t.Fatal(err)
	}
	wantName(t, "the embedding's model", vectors.Model)
}
