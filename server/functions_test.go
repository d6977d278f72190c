package server_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// A client that shows a model only the text must find the calls in it.
func TestToolCallsHaveOpenAIsShapeAndAreTheText(t *testing.T) {
	tests := []struct {
		name, arguments string
		want            []string // the functions called, in order
	}{
		{"required", `"tool_choice":"required","tools":[` + weatherTool + `],"prompt":"The weather in Paris?"`, []string{"get_weather"}},
		{"named", `"tool_choice":"get_time","tools":[` + weatherTool + `,` + timeTool + `],"prompt":"Weather and time?"`, []string{"get_time"}},
		{"named by an object",
			`"tool_choice":{"type":"function","function":{"name":"get_time"}},"tools":[` + weatherTool + `,` + timeTool + `],"prompt":"Time?"`,
			[]string{"get_time"}},
		{"several", `"tool_choice":"required","tools":[` + weatherTool + `,` + timeTool + `],"prompt":"Tell me both."`,
			[]string{"get_weather", "get_time"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var got chatAnswer
			result := connect(t, setup{}).succeed("chat", `{"model":"gpt-oss-120b",`+test.arguments+`}`, &got)
			var called []string
			seen := map[string]bool{}
			for _, call := range got.ToolCalls {
				called = append(called, call.Function.Name)
				if call.ID == "" || seen[call.ID] || call.Type != "function" {
					t.Errorf("id %q, type %q", call.ID, call.Type)
				}
				seen[call.ID] = true
				var arguments map[string]string
				if err := json.Unmarshal([]byte(call.Function.Arguments), &arguments); err != nil || len(arguments) != 1 {
					t.Errorf("arguments are %q", call.Function.Arguments)
				}
			}
			if diff := cmp.Diff(test.want, called); diff != "" {
				t.Errorf("called (-want +got):\n%s", diff)
			}
			if got.FinishReason != "tool_calls" {
				t.Errorf("finish reason %q", got.FinishReason)
			}
			var text struct {
				ToolCalls []toolCall `json:"tool_calls"`
			}
			if err := json.Unmarshal([]byte(result.texts[0]), &text); err != nil || !cmp.Equal(got.ToolCalls, text.ToolCalls) {
				t.Errorf("the text is not JSON of the calls (%v): %q", err, result.texts[0])
			}
		})
	}
}

func TestANamedFunctionIsSentAsTheObjectThatNamesIt(t *testing.T) {
	r := connect(t, setup{})
	r.succeed("chat", `{"model":"gpt-oss-20b","prompt":"hi","tool_choice":"get_weather","tools":[`+weatherTool+`]}`, nil)
	var sent sentChat
	r.lastPost(&sent)
	if got := string(sent.ToolChoice); got != `{"function":{"name":"get_weather"},"type":"function"}` {
		t.Errorf("sent %s", got)
	}
}

func TestTextAndToolCallsAreBothInTheText(t *testing.T) {
	r := connect(t, setup{})
	r.Script(emulator.Fault{RawEvents: []string{
		`{"model":"gpt-oss-20b","choices":[{"index":0,"delta":{"content":"Let me look."}}]}`,
		`{"model":"gpt-oss-20b","choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c1","type":"function","function":{` +
			`"name":"get_weather","arguments":"{\"city\":\"Paris\"}"}}]}}]}`,
		`{"model":"gpt-oss-20b","choices":[{"index":0,"delta":{},"finish_reason":"tool_calls"}]}`,
		`{"model":"gpt-oss-20b","choices":[],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}`, `[DONE]`}})
	var got chatAnswer
	result := r.succeed("chat", `{"model":"gpt-oss-20b","prompt":"hi","tools":[`+weatherTool+`]}`, &got)
	if got.Content != "Let me look." || len(got.ToolCalls) != 1 {
		t.Fatalf("got %+v", got)
	}
	if len(result.texts) != 2 || result.texts[0] != got.Content || !json.Valid([]byte(result.texts[1])) || !strings.Contains(result.texts[1],
		"get_weather") {
		t.Errorf("the texts are %q", result.texts)
	}
}

func TestAToolResultReachesTheModel(t *testing.T) {
	r := connect(t, setup{})
	var got chatAnswer
	r.succeed("chat", `{"model":"gpt-oss-120b","tools":[`+weatherTool+`],"messages":[
		{"role":"user","content":"The weather in Paris?"},
		{"role":"assistant","tool_calls":[{"id":"call-1","type":"function",
			"function":{"name":"get_weather","arguments":"{\"city\":\"Paris\"}"}}]},
		{"role":"tool","tool_call_id":"call-1","content":"18 degrees"}]}`, &got)
	if !strings.Contains(got.Content, `get_weather: "18 degrees"`) {
		t.Errorf("the content is %q", got.Content)
	}
}

// A JSON answer is the whole first text, even if there are notes.
func TestAStructuredAnswerConformsAndStaysParseable(t *testing.T) {
	const schema = `{"type":"object","properties":{"city":{"type":"string"},"degrees":{"type":"number"}},"required":["city",` +
		`"degrees"],"additionalProperties":false}`
	r := connect(t, setup{})
	var got chatAnswer
	result := r.succeed("chat", `{"model":"gpt-oss-120b","system":"Answer in JSON.","messages":[
		{"role":"system","content":"Use Celsius."},
		{"role":"user","content":"city: Paris, degrees: 18"}],
		"response_format":{"type":"json_schema","json_schema":{"name":"weather","schema":`+schema+`}}}`, &got)

	value, err := jsonschema.UnmarshalJSON(strings.NewReader(result.texts[0]))
	if err != nil {
		t.Fatalf("%v in %q", err, result.texts[0])
	}
	if err := compile(t, json.RawMessage(schema)).Validate(value); err != nil {
		t.Errorf("%q: %v", result.texts[0], err)
	}
	if !strings.Contains(result.texts[0], "Paris") || len(result.texts) != 2 || !strings.Contains(result.texts[1], "system_coalesced") {
		t.Errorf("the texts are %q", result.texts)
	}
	var sent struct {
		ResponseFormat struct {
			JSONSchema struct{ Schema json.RawMessage } `json:"json_schema"`
		} `json:"response_format"`
	}
	r.lastPost(&sent)
	var compact bytes.Buffer
	if err := json.Compact(&compact, sent.ResponseFormat.JSONSchema.Schema); err != nil || !cmp.Equal(normal(t, schema),
		normal(t, compact.String())) {
		t.Errorf("the schema was sent as %s (%v)", compact.String(), err)
	}
}

func TestJSONObjectFormatReturnsAnObject(t *testing.T) {
	result := connect(t, setup{}).succeed("chat",
		`{"model":"gpt-oss-120b","prompt":"Answer in JSON.","response_format":{"type":"json_object"}}`, nil)
	var object map[string]any
	if err := json.Unmarshal([]byte(result.texts[0]), &object); err != nil || len(object) == 0 {
		t.Errorf("%v: %q", err, result.texts[0])
	}
}
