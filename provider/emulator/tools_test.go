package emulator_test

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"
)

func function(name string, parameters any) object {
	return object{"type": "function", "function": object{"name": name, "parameters": parameters}}
}

func weatherTools() object {
	return object{"tools": []object{
		function("get_weather", object{
			"type": "object", "required": []string{"city", "unit"}, "properties": object{
				"city": object{"type": "string"}, "days": object{"type": "integer", "minimum": 1},
				"unit": object{"type": "string", "enum": []string{"kelvin", "celsius"}},
			},
		}),
		function("get_time", object{"type": "object", "properties": object{"zone": object{"type": "string"}}}),
	}}
}

const weatherText = "City: Paris; the weather of 3 days in celsius"

func TestToolCalls(t *testing.T) {
	const paris = `{"city":"Paris","days":3,"unit":"celsius"}`
	named := object{"type": "function", "function": object{"name": "get_time"}}
	for _, c := range []struct {
		name   string
		model  string
		text   string
		choice any
		want   []string // names; none: a text answer
	}{
		{"required", "Meta-Llama-3_3-70B-Instruct", weatherText, "required", []string{"get_weather"}},
		{"required of a reasoning model", "gpt-oss-120b", weatherText, "required", []string{"get_weather"}},
		{"parallel", "Qwen3.5-9B", weatherText + ", and both please", "required", []string{"get_weather", "get_time"}},
		{"parallel, other word", "gpt-oss-120b", weatherText + ". All of it!", "required", []string{"get_weather", "get_time"}},
		{"Llama makes one call", "Meta-Llama-3_3-70B-Instruct", weatherText + ", and both please", "required", []string{"get_weather"}},
		{"named", "gpt-oss-120b", weatherText, named, []string{"get_time"}},
		{"named by a string", "gpt-oss-120b", weatherText, "get_time", []string{"get_time"}},
		{"auto", "gpt-oss-120b", weatherText, "auto", nil},
		{"absent", "gpt-oss-120b", weatherText, nil, nil},
		{"none", "gpt-oss-120b", weatherText, "none", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			body := request(c.model, c.text, weatherTools(), object{"tool_choice": c.choice})
			whole := complete(t, sandbox(), body)
			checkCalls(t, whole, c.want)
			if len(whole.Calls) > 0 && whole.Calls[0].Function.Name == "get_weather" && whole.Calls[0].Function.Arguments != paris {
				t.Errorf("arguments are %s, want %s", whole.Calls[0].Function.Arguments, paris)
			}
			if len(c.want) > 0 && whole.Content != nil {
				t.Errorf("a message with tool calls has the content %q", *whole.Content)
			}
			body["stream"] = true
			streamed := complete(t, sandbox(), body)
			checkCalls(t, streamed, c.want)
			for i, call := range streamed.Calls {
				if !reflect.DeepEqual(call.Function, whole.Calls[i].Function) {
					t.Errorf("streamed call is %+v, whole %+v", call, whole.Calls[i])
				}
			}
		})
	}
}

func checkCalls(t *testing.T, got answer, want []string) {
	t.Helper()
	var names []string
	ids := map[string]bool{}
	for _, call := range got.Calls {
		names = append(names, call.Function.Name)
		if !strings.HasPrefix(call.ID, "chatcmpl-tool-") || call.Type != "function" || ids[call.ID] {
			t.Errorf("call %+v needs an id of its own and the type function", call)
		}
		ids[call.ID] = true
		if !json.Valid([]byte(call.Function.Arguments)) {
			t.Errorf("arguments are not JSON: %s", call.Function.Arguments)
		}
	}
	finish := "tool_calls"
	if want == nil {
		finish = "stop"
	}
	if !reflect.DeepEqual(names, want) || got.Finish != finish || want == nil && got.text() == "" {
		t.Errorf("calls %v, finish reason %q, text %q, want %v", names, got.Finish, got.text(), want)
	}
}

func TestToolCallIsStreamedInPieces(t *testing.T) {
	body := request("Meta-Llama-3_3-70B-Instruct", weatherText, weatherTools(), object{"tool_choice": "required", "stream": true})
	payloads, _ := events(t, post(t, sandbox(), chatPath, body))
	pieces := 0
	for _, data := range payloads {
		if strings.Contains(data, `"arguments":"`) {
			pieces++
		}
	}
	if first := payloads[1]; !strings.Contains(first, `"name":"get_weather","arguments":""`) || pieces < 4 {
		t.Errorf("%d pieces, the first is %s", pieces, first)
	}
}

func TestToolCallCutByMaxTokens(t *testing.T) {
	got := complete(t, sandbox(),
		request("Meta-Llama-3_3-70B-Instruct", weatherText, weatherTools(), object{"tool_choice": "required", "max_tokens": 2}))
	if got.Finish != "length" || json.Valid([]byte(got.Calls[0].Function.Arguments)) {
		t.Errorf("%+v, want incomplete arguments", got)
	}
}

func TestToolWithoutParameters(t *testing.T) {
	got := complete(t, sandbox(), request("gpt-oss-120b", "now", object{
		"tools": []object{{"type": "function", "function": object{"name": "now"}}}, "tool_choice": "required",
	}))
	if len(got.Calls) != 1 || got.Calls[0].Function.Arguments != "{}" {
		t.Errorf("calls %+v", got.Calls)
	}
}

func TestToolChoiceRefusals(t *testing.T) {
	for _, c := range []struct {
		name   string
		fields object
		status int
	}{
		{"unknown function", object{"tool_choice": object{"type": "function", "function": object{"name": "rm"}}}, http.StatusBadRequest},
		{"unknown word", object{"tool_choice": "sometimes"}, http.StatusBadRequest},
		{"no tools", object{"tool_choice": "required", "tools": nil}, http.StatusBadRequest},
		{"no name", object{"tool_choice": object{"type": "function"}}, http.StatusUnprocessableEntity},
		{"impossible parameters", object{"tool_choice": "required", "tools": []object{function("f", false)}}, http.StatusBadRequest},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := post(t, sandbox(), chatPath, request("gpt-oss-120b", "hi", weatherTools(), c.fields))
			if w.Code != c.status || refusal(t, w) == "" {
				t.Errorf("%d %s, want %d", w.Code, w.Body, c.status)
			}
		})
	}
}
