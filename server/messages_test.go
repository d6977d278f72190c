package server_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// sendMessages returns the messages that a chat sends, and the codes of its warnings.
func (r *rig) sendMessages(arguments string) (messages json.RawMessage, codes []string) {
	r.Helper()
	var got chatAnswer
	r.succeed("chat", arguments, &got)
	var sent struct{ Messages json.RawMessage }
	r.lastPost(&sent)
	return sent.Messages, got.codes()
}

// SDKs dump messages with fields that the service refuses, and models leave out what it
// requires. What has one meaning is put right.
func TestMessagesArePutRight(t *testing.T) {
	const (
		hi    = `{"role":"user","content":"hi"}`
		image = `{"type":"image_url","image_url":{"url":"` + onePixel + `"}}`
		call  = `{"id":"1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}`
	)
	onePixelData := strings.TrimPrefix(onePixel, "data:image/png;base64,")
	asks := func(calls string) string { return `{"role":"assistant","tool_calls":[` + calls + `]}` }
	answer := `{"role":"tool","content":"42","tool_call_id":"1"}`
	ignored, adapted, trimmed := []string{"argument_ignored"}, []string{"argument_adapted"}, []string{"history_trimmed"}
	tests := []struct {
		name, messages string
		want           string
		codes          []string
	}{
		{"an SDK's dump with nulls", `{"role":"assistant","content":"ok","refusal":null,"annotations":[],"audio":null,"function_call":null,` +
			`"tool_calls":null,"name":null},` + hi, `{"role":"assistant","content":"ok"},` + hi, nil},
		{"fields that hold something", `{"id":"m1","type":"message","timestamp":1764,"role":"user","content":"hi","cache_control":{"type":"ephemeral"}}`,
			hi, ignored},
		{"fields of a part", `{"role":"user","content":[{"type":"text","text":"hi","cache_control":{"type":"ephemeral"},"annotations":null}]}`,
			`{"role":"user","content":[{"type":"text","text":"hi"}]}`, ignored},
		{"the assistant's reasoning goes back", `{"role":"assistant","content":"ok","reasoning":"hm"},` + hi,
			`{"role":"assistant","content":"ok","reasoning":"hm"},` + hi, nil},
		{"by the name that it came with", `{"role":"assistant","content":"ok","reasoning_content":"hm"},` + hi,
			`{"role":"assistant","content":"ok","reasoning_content":"hm"},` + hi, nil},
		{"reasoning under both names goes back once", `{"role":"assistant","content":"ok","reasoning":"hm","reasoning_content":"hm"},` + hi,
			`{"role":"assistant","content":"ok","reasoning":"hm"},` + hi, nil},
		{"nobody else reasons", `{"role":"user","content":"hi","reasoning":"hm"}`, hi, ignored},
		{"messages as JSON texts", quote(t, hi), hi, nil},
		{"parts as JSON texts", `{"role":"user","content":["{\"type\":\"text\",\"text\":\"hi\"}"]}`,
			`{"role":"user","content":[{"type":"text","text":"hi"}]}`, adapted},
		{"thoughts as parts", `{"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"x"},{"type":"text","text":"ok"}]},` + hi,
			`{"role":"assistant","content":[{"type":"text","text":"ok"}],"reasoning":"hm"},` + hi, nil},
		{"images of other APIs", `{"role":"user","content":[{"type":"image","data":"` + onePixelData + `","mimeType":"image/png"},` +
			`{"type":"image","source":{"type":"base64","media_type":"image/png","data":"` + onePixelData + `"}},{"type":"image_url","url":"` + onePixel + `"}]}`,
			`{"role":"user","content":[` + image + `,` + image + `,` + image + `]}`, nil},
		{"the id of a result names the call", hi + `,` + asks(`{"function":{"name":"f","arguments":"{\"a\":1}"}}`) + `,` + answer,
			hi + `,` + asks(call) + `,` + answer, nil},
		{"a call as Anthropic's API writes it", hi + `,` + asks(`{"type":"tool_use","name":"f","input":{"a":1},"id":"1"}`) + `,` + answer,
			hi + `,` + asks(call) + `,` + answer, nil},
		{"one call for a list", hi + `,{"role":"assistant","tool_calls":` + call + `},` + answer, hi + `,` + asks(call) + `,` + answer, nil},
		{"an id that is made is a new one", hi + `,` + asks(`{"function":{"name":"f"}},{"id":"call_1","function":{"name":"g"}}`) + `,` +
			`{"role":"tool","content":"1"},{"role":"tool","content":"2"}`,
			hi + `,` + asks(`{"id":"call_2","type":"function","function":{"name":"f","arguments":"{}"}},`+
				`{"id":"call_1","type":"function","function":{"name":"g","arguments":"{}"}}`) +
				`,{"role":"tool","content":"1","tool_call_id":"call_2"},{"role":"tool","content":"2","tool_call_id":"call_1"}`, nil},
		{"a refusal is what was said", `{"role":"assistant","content":null,"refusal":"No."},` + hi, `{"role":"assistant","content":"No."},` + hi, nil},
		{"a blank text beside an image", `{"role":"user","content":[{"type":"text","text":""},` + image + `]}`,
			`{"role":"user","content":[` + image + `]}`, nil},
		{"parts of another API", `{"role":"user","content":[{"type":"input_text","text":"hi"},{"type":"input_image","image_url":"` + onePixel + `"}]}`,
			`{"role":"user","content":[{"type":"text","text":"hi"},` + image + `]}`, nil},
		{"a part without a type, and a bare text", `{"role":"user","content":[{"text":"hi"},"there"]}`,
			`{"role":"user","content":[{"type":"text","text":"hi"},{"type":"text","text":"there"}]}`, nil},
		{"one part for a list", `{"role":"user","content":{"type":"text","text":"hi"}}`,
			`{"role":"user","content":[{"type":"text","text":"hi"}]}`, nil},
		{"parts as JSON text", `{"role":"user","content":"[{\"type\":\"text\",\"text\":\"hi\"}]"}`,
			`{"role":"user","content":[{"type":"text","text":"hi"}]}`, adapted},
		{"JSON text that is not parts", `{"role":"user","content":"[{\"type\":\"circle\"}]"}`, `{"role":"user","content":"[{\"type\":\"circle\"}]"}`, nil},
		{"blank turns", `{"role":"assistant","content":""},{"role":"user","content":" "},` + hi + `,{"role":"assistant","content":[]}`, hi, trimmed},
		{"a role in capitals", `{"role":" User ","content":"hi"}`, hi, nil},
		{"a call without a type", hi + `,` + asks(`{"id":"1","function":{"name":"f","arguments":"{\"a\":1}"}}`) + `,` + answer,
			hi + `,` + asks(call) + `,` + answer, nil},
		{"a call without ids", hi + `,` + asks(`{"function":{"name":"f","arguments":"{\"a\":1}"}}`) + `,{"role":"tool","content":"42"}`,
			hi + `,` + asks(strings.Replace(call, `"1"`, `"call_1"`, 1)) + `,{"role":"tool","content":"42","tool_call_id":"call_1"}`, nil},
		{"results by name", hi + `,` + asks(`{"id":"1","function":{"name":"f"}},{"id":"2","function":{"name":"g"}}`) +
			`,{"role":"tool","name":"g","content":"y"},{"role":"tool","content":"x"}`,
			hi + `,` + asks(strings.ReplaceAll(call, `{\"a\":1}`, `{}`)+`,{"id":"2","type":"function","function":{"name":"g","arguments":"{}"}}`) +
				`,{"role":"tool","name":"g","content":"y","tool_call_id":"2"},{"role":"tool","content":"x","tool_call_id":"1"}`, nil},
		{"a call as LangChain dumps it", hi + `,` + asks(`{"name":"f","args":{"a":1},"id":"1","type":"tool_call"}`) + `,` + answer,
			hi + `,` + asks(call) + `,` + answer, nil},
		{"calls as JSON text", hi + `,{"role":"assistant","content":"","tool_calls":` + quote(t, `[`+call+`]`) + `},` + answer,
			hi + `,` + asks(call) + `,` + answer, nil},
		{"a result that is an object", hi + `,` + asks(call) + `,{"role":"tool","tool_call_id":"1","content":{"b":1,"a":2}}`,
			hi + `,` + asks(call) + `,{"role":"tool","content":"{\"b\":1,\"a\":2}","tool_call_id":"1"}`, nil},
		{"a result that is JSON text of parts", hi + `,` + asks(call) + `,{"role":"tool","tool_call_id":"1","content":"[{\"type\":\"text\",\"text\":\"x\"}]"}`,
			hi + `,` + asks(call) + `,{"role":"tool","content":"[{\"type\":\"text\",\"text\":\"x\"}]","tool_call_id":"1"}`, nil},
		{"empty fields of another role", `{"role":"user","content":"hi","tool_calls":[],"tool_call_id":""}`, hi, nil},
	}
	for given, want := range map[string]string{
		`""`: `{}`, `" "`: `{}`, `null`: `{}`, `{}`: `{}`, `"null"`: `{}`, `{"a":1}`: `{"a":1}`, `"{\"a\": 1}"`: `{"a": 1}`, `"\"{\\\"a\\\":1}\""`: `{"a":1}`,
	} {
		tests = append(tests, struct {
			name, messages, want string
			codes                []string
		}{"arguments " + given, hi + `,` + asks(`{"id":"1","type":"function","function":{"name":"f","arguments":`+given+`}}`) + `,` + answer,
			hi + `,` + asks(`{"id":"1","type":"function","function":{"name":"f","arguments":`+quote(t, want)+`}}`) + `,` + answer, nil})
	}
	r := connect(t, setup{})
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := r.in(t)
			model := "gpt-oss-20b"
			if strings.Contains(test.messages, "image") {
				model = "Qwen3.5-9B"
			}
			sent, codes := r.sendMessages(`{"model":"` + model + `","messages":[` + test.messages + `]}`)
			if diff := cmp.Diff(normal(t, "["+test.want+"]"), normal(t, string(sent))); diff != "" {
				t.Errorf("(-want +sent):\n%s", diff)
			}
			if !slices.Equal(codes, test.codes) {
				t.Errorf("the warnings are %v, want %v", codes, test.codes)
			}
		})
	}
}

var badHistories = []badInput{
	{"a last turn that is blank", "chat", `{"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"ok"},{"role":"user","content":""}]}`,
		"invalid_argument", "messages[2].content", []string{"text"}},
	{"nothing but a blank assistant", "chat", `{"messages":[{"role":"assistant","content":""}]}`, "invalid_argument", "messages[0].content", nil},
	{"a call whose arguments are cut", "chat",
		`{"messages":[{"role":"user","content":"hi"},{"role":"assistant","tool_calls":[{"id":"1","function":{"name":"find","arguments":"{\"a\":"}}]}]}`,
		"invalid_argument", "messages[1].tool_calls[0].function.arguments of find", []string{"JSON"}},
	{"a call whose arguments are a list", "chat",
		`{"messages":[{"role":"user","content":"hi"},{"role":"assistant","tool_calls":[{"id":"1","function":{"name":"find","arguments":"[1]"}}]}]}`,
		"invalid_argument", "messages[1].tool_calls[0].function.arguments", nil},
	{"one result too many", "chat", `{"messages":[{"role":"user","content":"hi"},{"role":"assistant","tool_calls":[{"function":{"name":"f"}}]},` +
		`{"role":"tool","content":"1"},{"role":"tool","content":"2"}]}`, "invalid_argument", "messages[3].tool_call_id", nil},
	{"calls that are a number", "chat", `{"messages":[{"role":"user","content":"hi"},{"role":"assistant","content":"x","tool_calls":3}]}`,
		"invalid_argument", "messages[1].tool_calls", []string{"array"}},
	{"a part that is a number", "chat", `{"messages":[{"role":"user","content":["a",3]}]}`, "invalid_argument", "messages[0].content[1]", []string{"object"}},
	{"a role that is an object", "chat", `{"messages":[{"role":{"a":1},"content":"hi"}]}`, "invalid_argument", "messages[0].role", []string{"assistant"}},
	{"required without tools", "chat", `{"prompt":"hi","tools":[],"tool_choice":"required"}`, "invalid_argument", "tool_choice", []string{"tools"}},
}

// Engines refuse a function without parameters, and a form fills tool_choice also where
// there is nothing to choose from.
func TestFunctionsAreCompleted(t *testing.T) {
	const (
		complete = `{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{}}}}`
		ordered  = `{"type":"object","properties":{"z":{"type":"string"},"a":{"type":"string"}}}`
		named    = `{"function":{"name":"f"},"type":"function"}`
	)
	r := connect(t, setup{})
	for given, want := range map[string]string{
		`{"type":"function","function":{"name":"f"}}`:                                 complete,
		`{"function":{"name":"f","parameters":null}}`:                                 complete,
		`{"type":"function","function":{"name":"f","parameters":{}}}`:                 complete,
		`{"type":"function","name":"f"}`:                                              complete,
		quote(t, complete):                                                            complete,
		`{"name":"f","parameters":` + ordered + `}`:                                   strings.Replace(complete, `{"type":"object","properties":{}}`, ordered, 1),
		`{"name":"f","input_schema":` + ordered + `}`:                                 strings.Replace(complete, `{"type":"object","properties":{}}`, ordered, 1),
		`{"function":{"name":"f","parameters":` + quote(t, ordered) + `}}`:            strings.Replace(complete, `{"type":"object","properties":{}}`, ordered, 1),
		`{"function":{"name":"f","parameters":{"properties":{"z":{"type":"null"}}}}}`: strings.Replace(complete, `"properties":{}`, `"properties":{"z":{"type":"null"}}`, 1),
	} {
		r.succeed("chat", `{"prompt":"hi","tools":[`+given+`]}`, nil)
		var sent struct{ Tools []json.RawMessage }
		if r.lastPost(&sent); len(sent.Tools) != 1 || string(sent.Tools[0]) != want {
			t.Errorf("%s was sent as\n%s, want\n%s", given, sent.Tools, want)
		}
	}
	for choice, want := range map[string]string{
		`"Auto"`: `"auto"`, `"\"auto\""`: `"auto"`, `"any"`: `"required"`, `{"type":"auto"}`: `"auto"`, `{"type":"any"}`: `"required"`,
		`"f"`: named, `{"type":"function","name":"f"}`: named, `{"type":"tool","name":"f"}`: named, `{"name":"f"}`: named, named: named,
	} {
		r.succeed("chat", `{"prompt":"hi","tools":[`+complete+`],"tool_choice":`+choice+`}`, nil)
		var sent sentChat
		if r.lastPost(&sent); string(sent.ToolChoice) != want {
			t.Errorf("%s was sent as %s, want %s", choice, sent.ToolChoice, want)
		}
	}
	for _, choice := range []string{`"auto"`, `"none"`, `"None"`, `"null"`, `{}`, `""`, `{"type":"auto"}`} {
		r.succeed("chat", `{"prompt":"hi","tool_choice":`+choice+`}`, nil)
		var sent sentChat
		if r.lastPost(&sent); sent.ToolChoice != nil {
			t.Errorf("without tools, %s was sent as %s", choice, sent.ToolChoice)
		}
	}
}

// What clients add by themselves is ignored, and said. So is the adaptation of a list.
func TestWhatWasReadInAnotherWayIsSaid(t *testing.T) {
	r := connect(t, setup{})
	for _, test := range []struct{ tool, arguments, code, says string }{
		{"chat", `{"prompt":"hi","toolCallId":"1","sessionId":"2","chatInput":"hi","action":"sendMessage"}`, "argument_ignored",
			"toolCallId, sessionId, chatInput, action"},
		{"embed", `{"input":"[\"a\",\"b\"]"}`, "argument_adapted", "input was JSON text and was read as a list of 2 texts"},
		{"chat", `{"prompt":"hi","stop":"[\"a\"]"}`, "argument_adapted", "stop"},
	} {
		var got common
		result := r.succeed(test.tool, test.arguments, &got)
		note := result.texts[len(result.texts)-1]
		if !slices.Equal(got.codes(), []string{test.code}) || !strings.Contains(got.Warnings[0].Message, test.says) || !strings.Contains(note, test.says) {
			t.Errorf("%s %s: %+v, %q", test.tool, test.arguments, got.Warnings, note)
		}
	}
}

// A limit in an error is that of the parameter, never that of a machine's integer.
func TestLimitsAreThoseOfTheParameter(t *testing.T) {
	r := connect(t, setup{})
	for _, arguments := range []string{
		`{"prompt":"hi","max_tokens":-1}`, `{"prompt":"hi","seed":99999999999999999999}`, `{"prompt":"hi","max_tokens":99999999999999999999}`,
		`{"prompt":"hi","temperature":"1e400"}`, `{"prompt":"hi","seed":1e30}`,
	} {
		if text := r.call("chat", arguments).texts[0]; strings.Contains(text, "922337203") || !strings.HasPrefix(text, "invalid_argument") {
			t.Errorf("%s: %s", arguments, text)
		}
	}
}

// Words of another case, or for another type, have one meaning.
func TestWordsForValuesAreRead(t *testing.T) {
	r := connect(t, setup{})
	for _, test := range []struct{ tool, arguments, field, want string }{
		{"chat", `{"prompt":"hi","reasoning_effort":"HIGH"}`, "reasoning_effort", `"high"`},
		{"chat", `{"prompt":"hi","include_reasoning":"True"}`, "messages", `[{"role":"user","content":"hi"}]`},
		{"chat", `{"prompt":"hi","stop":["","a",null]}`, "stop", `["a"]`},
		{"chat", `{"prompt":"hi","model":" \"gpt-oss-20b\" "}`, "model", `"gpt-oss-20b"`},
		{"chat", `{"prompt":"hi","model":"'gpt-oss-20b'"}`, "model", `"gpt-oss-20b"`},
		{"chat", `{"prompt":"hi","max_tokens":"NULL","tools":"none"}`, "max_tokens", ``},
		{"chat", `{"prompt":"hi","foo":null,"bar":[]}`, "messages", `[{"role":"user","content":"hi"}]`},
		{"chat", `"{\"prompt\":\"hi\"}"`, "messages", `[{"role":"user","content":"hi"}]`},
		{"chat", `{"prompt":"Give JSON","response_format":"json_object"}`, "response_format", `{"type":"json_object"}`},
		{"chat", `{"prompt":"hi","response_format":{"type":"json_schema","json_schema":{"schema":{"type":"object"}}}}`, "response_format",
			`{"type":"json_schema","json_schema":{"name":"answer","schema":{"type":"object"}}}`},
		{"embed", `{"input":["a"],"dimensions":1024}`, "dimensions", ``},
	} {
		r.succeed(test.tool, test.arguments, nil)
		var sent map[string]json.RawMessage
		if r.lastPost(&sent); string(sent[test.field]) != test.want {
			t.Errorf("%s: %s is %s, want %s", test.arguments, test.field, sent[test.field], test.want)
		}
	}
	for _, word := range []string{`true`, `"true"`, `"TRUE"`, `1`} {
		var got chatAnswer
		result := r.succeed("chat", fmt.Sprintf(`{"prompt":"hi","model":"gpt-oss-20b","include_reasoning":%s}`, word), &got)
		if got.Reasoning == "" || !slices.Contains(result.texts, "Reasoning:\n"+got.Reasoning) {
			t.Errorf("%s: the reasoning is %q, the texts are %q", word, got.Reasoning, result.texts)
		}
	}
}

// A history shows more images than the model takes: the oldest are left out, and said.
func TestTheOldestImagesOfAHistoryAreLeftOut(t *testing.T) {
	const image = `{"type":"image_url","image_url":{"url":"` + onePixel + `"}}`
	turn := `{"role":"user","content":[{"type":"text","text":"look"},` + image + `]},{"role":"assistant","content":"ok"},`
	r := connect(t, setup{})
	for shown, codes := range map[int][]string{5: nil, 6: {"history_trimmed"}, 8: {"history_trimmed"}} {
		history := strings.Repeat(turn, shown-1) + `{"role":"user","content":[` + image + `]}`
		sent, got := r.sendMessages(`{"model":"Qwen3.5-9B","messages":[` + history + `]}`)
		if count := strings.Count(string(sent), `"image_url":{`); count != 5 || !slices.Equal(got, codes) {
			t.Errorf("of %d images %d were sent, with %v", shown, count, got)
		}
		if left := strings.Count(string(sent), "an image that is no longer sent"); left != shown-5 {
			t.Errorf("of %d images %d say that they are gone", shown, left)
		}
	}
}
