package server_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Models send numbers as text, one text for a list, and null for absent values. A value
// with only one meaning reaches the service with the right type.
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
		{"a response format as text", "chat", `{"prompt":"Answer in JSON","response_format":"{\"type\":\"json_object\"}"}`, "response_format",
			`{"type":"json_object"}`},
		{"messages as text", "chat", `{"messages":"[{\"role\":\"user\",\"content\":\"hi\"}]"}`, "messages", `[{"role":"user","content":"hi"}]`},
		{"one message for a list", "chat", `{"messages":{"role":"user","content":"hi"}}`, "messages", `[{"role":"user","content":"hi"}]`},
		{"a text that looks like a number stays text", "chat", `{"prompt":"42"}`, "messages", `[{"role":"user","content":"42"}]`},
		{"a text that looks like a list stays text", "embed", `{"input":"[1,2]"}`, "input", `["[1,2]"]`},
		{"a list as text to embed", "embed", `{"input":"[\"a\",\"b\"]"}`, "input", `["a","b"]`},
		{"a list as text with blanks", "embed", `{"input":" [ \"a\",\n\"b\" ]\n"}`, "input", `["a","b"]`},
		{"a list of one as text", "embed", `{"input":"[\"a\"]"}`, "input", `["a"]`},
		{"a list within a list stays text", "embed", `{"input":["[\"a\",\"b\"]"]}`, "input", `["[\"a\",\"b\"]"]`},
		{"a list of lists as text stays text", "embed", `{"input":"[[\"a\"]]"}`, "input", `["[[\"a\"]]"]`},
		{"a list of texts and numbers stays text", "embed", `{"input":"[\"a\", 1]"}`, "input", `["[\"a\", 1]"]`},
		{"a list of texts and null stays text", "embed", `{"input":"[\"a\", null]"}`, "input", `["[\"a\", null]"]`},
		{"a text that begins with a bracket stays text", "embed", `{"input":"[draft] hello"}`, "input", `["[draft] hello"]`},
		{"a text that begins with a list stays text", "embed", `{"input":"[\"a\"] is a list"}`, "input", `["[\"a\"] is a list"]`},
		{"two lists as text stay text", "embed", `{"input":"[\"a\"][\"b\"]"}`, "input", `["[\"a\"][\"b\"]"]`},
		{"a cut list stays text", "embed", `{"input":"[\"a\",\"b"}`, "input", `["[\"a\",\"b"]`},
		{"an object as text stays text", "embed", `{"input":"{\"a\":\"b\"}"}`, "input", `["{\"a\":\"b\"}"]`},
		{"a quoted text stays text", "embed", `{"input":"\"a\""}`, "input", `["\"a\""]`},
		{"a list as text", "chat", `{"prompt":"hi","stop":"[\"x\",\"y\"]"}`, "stop", `["x","y"]`},
		{"an empty list as text", "chat", `{"prompt":"hi","stop":"[]"}`, "stop", ``},
		{"a bracket for a list", "chat", `{"prompt":"hi","stop":"["}`, "stop", `["["]`},
		{"a list of numbers as text for a list of texts", "chat", `{"prompt":"hi","stop":"[1,2]"}`, "stop", `["[1,2]"]`},
		{"a tool choice as text", "chat",
			`{"prompt":"hi","tools":[` + weatherTool + `],"tool_choice":"{\"type\":\"function\",\"function\":{\"name\":\"get_weather\"}}"}`,
			"tool_choice", `{"type":"function","function":{"name":"get_weather"}}`},
		{"a tool choice that is a word", "chat", `{"prompt":"hi","tools":[` + weatherTool + `],"tool_choice":"auto"}`, "tool_choice", `"auto"`},
		{"a prompt that is a list", "chat", `{"prompt":"[\"a\",\"b\"]"}`, "messages", `[{"role":"user","content":"[\"a\",\"b\"]"}]`},
		{"a message that is a list", "chat", `{"messages":[{"role":"user","content":"[\"a\",\"b\"]"}]}`, "messages",
			`[{"role":"user","content":"[\"a\",\"b\"]"}]`},
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

// A list of images as JSON text reaches the service as single images, in order.
func TestImagesAsAListInJSONTextAreAList(t *testing.T) {
	list := quote(t, `["`+onePixel+`","`+onePixel+`"]`)
	tests := map[string]string{
		"describe-image":     `{"images":` + list + `}`,
		"structured-extract": `{"schema":{"type":"object"},"images":` + list + `}`,
	}
	r := connect(t, setup{})
	for tool, arguments := range tests {
		r.succeed(tool, arguments, nil)
		if sent := r.posts(); strings.Count(sent[len(sent)-1], `"image_url":{`) != 2 {
			t.Errorf("%s sent %.500s", tool, sent[len(sent)-1])
		}
	}
	for tool, arguments := range map[string]string{
		"describe-image": `{"images":"[]"}`, "structured-extract": `{"schema":{"type":"object"},"images":"[]"}`, "embed": `{"input":"[]"}`,
	} {
		asked := len(r.posts())
		if got := r.call(tool, arguments); !got.isError || got.failure().Code != "invalid_argument" || len(r.posts()) > asked {
			t.Errorf("%s takes an empty list: %q", tool, got.texts)
		}
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
