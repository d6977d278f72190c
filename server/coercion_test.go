package server_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Models send numbers as text, one text for a list, and null for what they leave
// out. What has one meaning reaches the service in the right kind.
func TestArgumentsOfTheWrongKindWithOneMeaningArePutRight(t *testing.T) {
	tests := []struct {
		name, tool, arguments string
		field, want           string // of the body that was sent; "" is absent
	}{
		{"text for an integer", "chat", `{"prompt":"hi","max_tokens":"42"}`, "max_tokens", `42`},
		{"text with blanks for an integer", "chat", `{"prompt":"hi","max_tokens":" 42 "}`, "max_tokens", `42`},
		{"a point and zero for an integer", "chat", `{"prompt":"hi","max_tokens":42.0}`, "max_tokens", `42`},
		{"text with a point and zero for an integer", "chat", `{"prompt":"hi","max_tokens":"42.0"}`, "max_tokens", `42`},
		{"an exponent for an integer", "chat", `{"prompt":"hi","max_tokens":4.2e1}`, "max_tokens", `42`},
		{"text for a number", "chat", `{"prompt":"hi","temperature":"0.5"}`, "temperature", `0.5`},
		{"an integer for a number", "chat", `{"prompt":"hi","temperature":1}`, "temperature", `1`},
		{"one text for a list", "chat", `{"prompt":"hi","stop":"END"}`, "stop", `["END"]`},
		{"a list stays one", "chat", `{"prompt":"hi","stop":["END","FIN"]}`, "stop", `["END","FIN"]`},
		{"null for a number", "chat", `{"prompt":"hi","temperature":null}`, "temperature", ``},
		{"null for a list", "chat", `{"prompt":"hi","stop":null,"tools":null,"messages":null}`, "stop", ``},
		{"null for an object", "chat", `{"prompt":"hi","response_format":null,"tool_choice":null}`, "response_format", ``},
		{"a seed above 2^53", "chat", `{"prompt":"hi","seed":9007199254740993}`, "seed", `9007199254740993`},
		{"a seed above 2^53 as text", "chat", `{"prompt":"hi","seed":"9007199254740993"}`, "seed", `9007199254740993`},
		{"the largest seed", "chat", `{"prompt":"hi","seed":9223372036854775807}`, "seed", `9223372036854775807`},
		{"0 is not absent", "chat", `{"prompt":"hi","temperature":0,"seed":0}`, "temperature", `0`},
		{"tools as text", "chat", `{"prompt":"hi","tools":` + quote(t, "["+weatherTool+"]") + `}`, "tools", `[` + weatherTool + `]`},
		{"one tool for a list", "chat", `{"prompt":"hi","tools":` + weatherTool + `}`, "tools", `[` + weatherTool + `]`},
		{"a response format as text", "chat", `{"prompt":"Answer in JSON","response_format":"{\"type\":\"json_object\"}"}`, "response_format", `{"type":"json_object"}`},
		{"messages as text", "chat", `{"messages":"[{\"role\":\"user\",\"content\":\"hi\"}]"}`, "messages", `[{"role":"user","content":"hi"}]`},
		{"one message for a list", "chat", `{"messages":{"role":"user","content":"hi"}}`, "messages", `[{"role":"user","content":"hi"}]`},
		{"a text that looks like a number stays text", "chat", `{"prompt":"42"}`, "messages", `[{"role":"user","content":"42"}]`},
		{"a text that looks like a list stays text", "embed", `{"input":"[1,2]"}`, "input", `["[1,2]"]`},
		{"one text to embed", "embed", `{"input":"hi"}`, "input", `["hi"]`},
		{"text for dimensions", "embed", `{"input":"hi","model":"Qwen3-Embedding-8B","dimensions":"64"}`, "dimensions", `64`},
		{"null for dimensions", "embed", `{"input":"hi","dimensions":null,"query":null}`, "dimensions", ``},
	}
	r := connect(t, setup{})
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := r.in(t)
			r.succeed(test.tool, test.arguments, nil)
			var sent map[string]json.RawMessage
			r.lastPost(&sent)
			if diff := cmp.Diff(normal(t, test.want), normal(t, string(sent[test.field]))); diff != "" {
				t.Errorf("%s (-want +sent):\n%s", test.field, diff)
			}
		})
	}
}

// normal decodes JSON with its numbers as they were written; "" is nil.
func normal(t *testing.T, text string) any {
	t.Helper()
	if text == "" {
		return nil
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var value any
	if err := decoder.Decode(&value); err != nil {
		t.Fatalf("%v in %q", err, text)
	}
	return value
}
