package provider_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
)

// Engines whose template knows no tools, or that know no response format, ignore them
// without a word.
func TestWhatAnEngineIgnoresIsSaid(t *testing.T) {
	t.Parallel()
	const (
		tools  = `[{"type":"function","function":{"name":"get_weather","parameters":{"type":"object"}}}]`
		named  = `{"type":"function","function":{"name":"get_weather"}}`
		called = `{"choices":[{"message":{"tool_calls":[{"id":"1","type":"function","function":{"name":"get_weather","arguments":"{}"}}]},"finish_reason":"tool_calls"}]}`
	)
	wrote := func(text, reason string) string {
		return fmt.Sprintf(`{"choices":[{"message":{"content":%q},"finish_reason":%q}]}`, text, reason)
	}
	for name, tt := range map[string]struct {
		answer, choice, format string
		want                   string // the argument; "" is no warning
	}{
		"required, and prose":            {wrote("It is sunny.", "stop"), `"required"`, "", "tool_choice"},
		"a function, and prose":          {wrote("It is sunny.", "stop"), named, "", "tool_choice"},
		"required, and prose to a limit": {wrote("It is", "length"), `"required"`, "", "tool_choice"},
		"required, and called":           {called, `"required"`, "", ""},
		"auto, and prose":                {wrote("It is sunny.", "stop"), `"auto"`, "", ""},
		"none, and prose":                {wrote("It is sunny.", "stop"), `"none"`, "", ""},
		"required, and a call in text":   {wrote("<tool_call>\n{", "stop"), `"required"`, "", ""},
		"required, and filtered":         {wrote("", "content_filter"), `"required"`, "", ""},
		"an object, and prose":           {wrote("A cat.", "stop"), "", `{"type":"json_object"}`, "response_format"},
		"a schema, and a fence":          {wrote("```json\n{}\n```", "stop"), "", `{"type":"json_schema","json_schema":{"name":"x","schema":{}}}`, "response_format"},
		"an object, and one":             {wrote(`{"a":1}`, "stop"), "", `{"type":"json_object"}`, ""},
		"an object, cut":                 {wrote(`{"a":`, "length"), "", `{"type":"json_object"}`, ""},
		"text, and prose":                {wrote("A cat.", "stop"), "", `{"type":"text"}`, ""},
		"an object, and a call":          {called, `"auto"`, `{"type":"json_object"}`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := connect(t, answering(chatPath, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(tt.answer)) }))
			request := provider.ChatRequest{Model: "gpt-oss-120b", Messages: says("hi")}
			if tt.choice != "" {
				request.Tools, request.ToolChoice = json.RawMessage(tools), json.RawMessage(tt.choice)
			}
			if tt.format != "" {
				request.ResponseFormat = json.RawMessage(tt.format)
			}
			result, err := p.Chat(t.Context(), request)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, w := range result.Warnings {
				if w.Code == provider.WarnArgumentIgnored {
					got = append(got, w.Message)
				}
			}
			if tt.want == "" && got != nil || tt.want != "" && (len(got) != 1 || !strings.HasPrefix(got[0], tt.want+" had no effect")) {
				t.Errorf("the warnings are %q", result.Warnings)
			}
		})
	}
}
