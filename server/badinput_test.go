package server_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

// badInput is a call that must not reach a model. Its error names the parameter and
// says what is allowed.
type badInput struct {
	name      string
	tool      string
	arguments string
	code      string
	parameter string   // in the message
	says      []string // what is allowed, in the text
}

// maxExplanation bounds the text of an error, in bytes.
const maxExplanation = 500

func TestBadInputIsExplainedAndNotSent(t *testing.T) {
	r := connect(t, setup{})
	for _, test := range slices.Concat(badModels, badPrompts, badMessages, badSettings, badFunctions, badKinds, badEmbeds, badHistories) {
		t.Run(test.name, func(t *testing.T) {
			r := r.in(t)
			got := r.call(test.tool, test.arguments)
			if !got.isError {
				t.Fatalf("no error, but %q", got.texts)
			}
			if posts := r.posts(); len(posts) > 0 {
				t.Errorf("a model was asked: %s", posts[len(posts)-1])
			}
			failure := got.failure()
			if failure.Code != test.code {
				t.Errorf("the code is %s, want %s, in %q", failure.Code, test.code, got.texts[0])
			}
			if !strings.Contains(failure.Message, test.parameter) {
				t.Errorf("the message does not name %s: %q", test.parameter, failure.Message)
			}
			for _, part := range test.says {
				if !strings.Contains(got.texts[0], part) {
					t.Errorf("the text does not say %q: %q", part, got.texts[0])
				}
			}
			if failure.Retryable {
				t.Error("bad input is said to be worth a retry")
			}
			if text := got.texts[0]; len(text) > maxExplanation || strings.Contains(text, "json:") {
				t.Errorf("the text is too long, or in the decoder's words: %.300q", text)
			}
		})
	}
}

// failure is the structured form of an error.
type failure struct {
	Code        string `json:"code"`
	Message     string `json:"message"`
	Hint        string `json:"hint"`
	Status      int    `json:"status"`
	Retryable   bool   `json:"retryable"`
	RetryAfterS int    `json:"retry_after_s"`
}

// failure returns the error, which the text must contain word for word.
func (r result) failure() failure {
	r.Helper()
	var got struct {
		Error *failure `json:"error"`
	}
	r.decode(&got)
	if !r.isError || got.Error == nil {
		r.Fatalf("not an error: %s", r.structured)
	}
	says, hint, _ := strings.Cut(strings.TrimPrefix(r.texts[0], got.Error.Code+": "), " Hint: ")
	if strings.TrimRight(says, ".") != strings.TrimRight(got.Error.Message, ".") || hint != got.Error.Hint {
		r.Errorf("the text %q is not what the structured error says: %+v", r.texts[0], *got.Error)
	}
	return *got.Error
}

var badModels = []badInput{
	{"unknown model", "chat", `{"prompt":"hi","model":"gpt-oss-12b"}`, "unknown_model", "gpt-oss-12b",
		[]string{"gpt-oss-120b", "gpt-oss-20b"}},
	{"unknown model behind the prefix", "chat", `{"prompt":"hi","model":"ovhcloud/gpt-oss-12b"}`, "unknown_model", "gpt-oss-12b",
		[]string{"gpt-oss-120b"}},
	{"unknown embedding model", "embed", `{"input":"hi","model":"bge-m4"}`, "unknown_model", "bge-m4", []string{"bge-m3"}},
	{"model with control characters", "chat", `{"prompt":"hi","model":"gpt\noss"}`, "unknown_model", "model", []string{"gpt-oss"}},
	{"query without a ranker", "chat", `{"prompt":"hi","model":"llama@"}`, "query_syntax", "model", []string{"column", "tag@ranker"}},
	{"query with a misspelt ranker", "chat", `{"prompt":"hi","model":"llama@fastst"}`, "query_syntax", "fastst",
		[]string{"column 7", `did you mean "fastest"?`}},
	{"query with a bad condition", "chat", `{"prompt":"hi","model":"llama@latest?context_size>many"}`, "query_syntax", "many",
		[]string{"column"}},
	{"query for embeddings that no model satisfies", "embed", `{"input":"hi","model":"llama@latest"}`, "no_match", "llama", []string{"Hint"}},
	{"chat with an embedding model", "chat", `{"prompt":"hi","model":"bge-m3"}`, "unsupported", "model", []string{"bge-m3", "models that do"}},
	{"embeddings of a chat model", "embed", `{"input":"hi","model":"gpt-oss-20b"}`, "unsupported", "model", []string{"gpt-oss-20b", "bge-m3"}},
}

var badPrompts = []badInput{
	{"neither prompt nor messages", "chat", `{}`, "invalid_argument", "prompt", []string{"messages"}},
	{"no arguments at all", "chat", ``, "invalid_argument", "prompt", []string{"messages"}},
	{"both prompt and messages", "chat", `{"prompt":"hi","messages":[{"role":"user","content":"hi"}]}`, "invalid_argument", "prompt",
		[]string{"messages", "both"}},
	{"blank prompt", "chat", `{"prompt":" \n\t"}`, "invalid_argument", "prompt", []string{"blank"}},
	{"empty prompt", "chat", `{"prompt":""}`, "invalid_argument", "prompt", nil},
	{"only a system message", "chat", `{"system":"Be brief."}`, "invalid_argument", "prompt", []string{"messages"}},
}

var badMessages = []badInput{
	{"empty message list", "chat", `{"messages":[]}`, "invalid_argument", "messages", []string{"missing"}},
	{"bad role", "chat", `{"messages":[{"role":"robot","content":"hi"}]}`, "invalid_argument", "messages[0].role",
		[]string{"robot", "system, developer, user, assistant, tool"}},
	{"no role", "chat", `{"messages":[{"content":"hi"}]}`, "invalid_argument", "messages[0].role", []string{"missing"}},
	{"tool result without call id", "chat", `{"messages":[{"role":"user","content":"hi"},{"role":"tool","content":"42"}]}`, "invalid_argument",
		"messages[1].tool_call_id", []string{"id of the call"}},
	{"call id outside a tool result", "chat", `{"messages":[{"role":"user","content":"hi","tool_call_id":"1"}]}`, "invalid_argument",
		"messages[0].tool_call_id", []string{"role tool"}},
	{"blank content", "chat", `{"messages":[{"role":"user","content":"hi"},{"role":"user","content":" "}]}`, "invalid_argument",
		"messages[1].content", []string{"blank", "text"}},
	{"no content", "chat", `{"messages":[{"role":"user"}]}`, "invalid_argument", "messages[0].content", []string{"text"}},
	{"no parts", "chat", `{"messages":[{"role":"user","content":[]}]}`, "invalid_argument", "messages[0].content", []string{"text"}},
	{"only blank text parts", "chat", `{"messages":[{"role":"user","content":[{"type":"text","text":" "}]}]}`, "invalid_argument",
		"messages[0].content", []string{"text"}},
	{"bad part type", "chat", `{"messages":[{"role":"user","content":[{"type":"video","text":"x"}]}]}`, "invalid_argument",
		"messages[0].content[0]", []string{"video", "text", "image_url"}},
	{"http image", "chat", `{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"http://example.com/a.png"}}]}]}`,
		"url_blocked", "messages[0].content[0].image_url", []string{"http", "https"}},
	{"image that is not base64", "chat",
		`{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,%%%"}}]}]}`, "invalid_argument",
		"messages[0].content[0].image_url", []string{"base64"}},
	{"image without a URL", "chat", `{"messages":[{"role":"user","content":[{"type":"image_url"}]}]}`, "invalid_argument",
		"messages[0].content[0].image_url", []string{"missing", `"image_url":{"url":`}},
	{"tool call without a function", "chat", `{"messages":[{"role":"user","content":"hi"},{"role":"assistant","tool_calls":[{"id":"1"}]}]}`,
		"invalid_argument", "messages[1].tool_calls[0].function.name", []string{"missing"}},
	{"image for a model that is blind", "chat",
		`{"model":"gpt-oss-20b","messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":"` + onePixel + `"}}]}]}`,
		"unsupported", "model", []string{"gpt-oss-20b", "Qwen"}},
	{"message that is a text", "chat", `{"messages":["hi"]}`, "invalid_argument", "messages[0]", []string{"object"}},
}

var badSettings = []badInput{
	{"temperature 3", "chat", `{"prompt":"hi","temperature":3}`, "invalid_argument", "temperature", []string{"3", "at most 2", "at least 0"}},
	{"temperature below 0", "chat", `{"prompt":"hi","temperature":-0.1}`, "invalid_argument", "temperature",
		[]string{"at least 0", "at most 2"}},
	{"temperature just above 2", "chat", `{"prompt":"hi","temperature":2.0000001}`, "invalid_argument", "temperature is 2.0000001", nil},
	{"temperature just below 0", "chat", `{"prompt":"hi","temperature":-1e-9}`, "invalid_argument", "temperature is -1e-9", nil},
	{"a temperature of many digits", "chat", `{"prompt":"hi","temperature":9223372036854775807}`,
		"invalid_argument", "temperature is 9223372036854775807", nil},
	{"top_p above 1", "chat", `{"prompt":"hi","top_p":1.5}`, "invalid_argument", "top_p", []string{"at most 1"}},
	{"max_tokens below 0", "chat", `{"prompt":"hi","max_tokens":-1}`, "invalid_argument", "max_tokens", []string{"at least 1"}},
	{"half a token", "chat", `{"prompt":"hi","max_tokens":1.5}`, "invalid_argument", "max_tokens", []string{"integer"}},
	{"penalty out of range", "chat", `{"prompt":"hi","presence_penalty":3}`, "invalid_argument", "presence_penalty", []string{"at most 2"}},
	{"unknown effort", "chat", `{"prompt":"hi","reasoning_effort":"xhigh"}`, "invalid_argument", "reasoning_effort",
		[]string{"xhigh", "none, minimal, low, medium, high"}},
	{"a number of astronomic size, as text", "chat", `{"prompt":"hi","temperature":"1e999999999"}`, "invalid_argument", "temperature",
		[]string{"at most 2"}},
	{"an integer of astronomic size, as text", "chat", `{"prompt":"hi","max_tokens":"1e999999999"}`, "invalid_argument", "max_tokens", nil},
	{"more tokens than an integer holds", "chat", `{"prompt":"hi","max_tokens":123456789012345678901234567890}`, "invalid_argument",
		"max_tokens", nil},
	{"a number of many digits, as text", "chat", `{"prompt":"hi","temperature":"1e999999"}`, "invalid_argument", "temperature",
		[]string{"at most 2"}},
	{"a seed that no integer holds", "chat", `{"prompt":"hi","seed":99999999999999999999}`, "invalid_argument", "seed", nil},
	{"unknown argument", "chat", `{"prompt":"hi","temprature":1}`, "invalid_argument", "temprature",
		[]string{`nearest name is "temperature"`, "max_tokens", "response_format"}},
	{"several mistakes", "chat", `{"prompt":"hi","temperature":3,"max_tokens":-1}`, "invalid_argument", "temperature",
		[]string{"max_tokens"}},
}

var badFunctions = []badInput{
	{"tool_choice without tools", "chat", `{"prompt":"hi","tool_choice":"required"}`, "invalid_argument", "tool_choice", []string{"tools"}},
	{"tool_choice of an unknown function", "chat", `{"prompt":"hi","tool_choice":"send","tools":[` + weatherTool + `]}`, "invalid_argument",
		"tool_choice", []string{"send", "auto, required, none", "get_weather"}},
	{"tool_choice object of an unknown function", "chat",
		`{"prompt":"hi","tool_choice":{"type":"function","function":{"name":"send"}},"tools":[` + weatherTool + `]}`, "invalid_argument",
		"tool_choice", []string{"send", "get_weather"}},
	{"tool without a name", "chat", `{"prompt":"hi","tools":[{"type":"function","function":{}}]}`, "invalid_argument", "tools[0]",
		[]string{"name"}},
	{"tools for a model that calls none", "chat", `{"prompt":"hi","model":"Qwen2.5-VL-72B-Instruct","tools":[` + weatherTool + `]}`,
		"unsupported", "model", []string{"Qwen2.5-VL-72B-Instruct", "gpt-oss-120b"}},
	{"json_schema without schema", "chat", `{"prompt":"hi","response_format":{"type":"json_schema","json_schema":{"name":"x"}}}`,
		"invalid_argument", "response_format.json_schema.schema", []string{"missing"}},
	{"json_schema for a model that has none", "chat",
		`{"prompt":"hi","model":"Qwen3Guard-Gen-8B","response_format":` +
			`{"type":"json_schema","json_schema":{"name":"x","schema":{"type":"object"}}}}`,
		"unsupported", "model", []string{"Qwen3Guard-Gen-8B", "json_schema", "gpt-oss-120b"}},
	{"unknown response format", "chat", `{"prompt":"hi","response_format":{"type":"xml"}}`, "invalid_argument", "response_format.type",
		[]string{"xml", "text, json_object and json_schema"}},
}

var badKinds = []badInput{
	{"arguments that are a list", "chat", `["hi"]`, "invalid_argument", "arguments", []string{"object", "prompt"}},
	{"arguments that are a text", "embed", `"hi"`, "invalid_argument", "arguments", []string{"object", "input"}},
	{"prompt that is a number", "chat", `{"prompt":42}`, "invalid_argument", "prompt", []string{"string"}},
	{"prompt that is an object", "chat", `{"prompt":{"text":"hi"}}`, "invalid_argument", "prompt", []string{"string"}},
	{"temperature in words", "chat", `{"prompt":"hi","temperature":"warm"}`, "invalid_argument", "temperature", []string{"number"}},
	{"messages that are a text", "chat", `{"messages":"hi"}`, "invalid_argument", "messages", []string{"array"}},
	{"content that is a number", "chat", `{"messages":[{"role":"user","content":42}]}`, "invalid_argument", "messages[0].content",
		[]string{"string"}},
	{"stop that holds a number", "chat", `{"prompt":"hi","stop":[1]}`, "invalid_argument", "stop[0]", []string{"string"}},
	{"tools that are a text", "chat", `{"prompt":"hi","tools":"get_weather"}`, "invalid_argument", "tools", []string{"array"}},
}

var badEmbeds = []badInput{
	{"no input", "embed", `{}`, "invalid_argument", "input", []string{"both missing"}},
	{"input that is null", "embed", `{"input":null}`, "invalid_argument", "input", nil},
	{"empty list", "embed", `{"input":[]}`, "invalid_argument", "input", []string{"1", "2048"}},
	{"empty text", "embed", `{"input":["a",""]}`, "invalid_argument", "input[1]", []string{"text"}},
	{"blank text", "embed", `{"input":" "}`, "invalid_argument", "input", []string{"text"}},
	{"3000 texts", "embed", `{"input":["a"` + strings.Repeat(`,"a"`, 2999) + `]}`, "invalid_argument", "input", []string{"3000", "2048"}},
	{"a number among the texts", "embed", `{"input":["a",1]}`, "invalid_argument", "input", []string{"string"}},
	{"dimensions of bge-m3", "embed", `{"input":"a","dimensions":256}`, "unsupported", "dimensions",
		[]string{"bge-m3", "1024", "Qwen3-Embedding-8B (32 to 4096)"}},
	{"dimensions out of the model's range", "embed", `{"input":"a","model":"Qwen3-Embedding-8B","dimensions":8192}`, "invalid_argument",
		"dimensions", []string{"8192", "32 to 4096"}},
	{"dimensions below 0", "embed", `{"input":"a","dimensions":-1}`, "invalid_argument", "dimensions", []string{"at least 1"}},
	{"ranking without query", "embed", `{"input":"a","output":"ranking"}`, "invalid_argument", "query", []string{"vectors or base64"}},
	{"top_k without query", "embed", `{"input":"a","top_k":1}`, "invalid_argument", "top_k", []string{"query"}},
	{"top_k below 0", "embed", `{"input":"a","query":"b","top_k":-1}`, "invalid_argument", "top_k", []string{"at least 1"}},
	{"blank query", "embed", `{"input":"a","query":" "}`, "invalid_argument", "query", []string{"blank"}},
	{"unknown output", "embed", `{"input":"a","output":"floats"}`, "invalid_argument", "output",
		[]string{"floats", "vectors, base64, ranking"}},
	{"an argument that resembles none", "chat", `{"prompt":"hi","explanation":"x"}`, "invalid_argument", "explanation", []string{"Hint: valid names"}},
	{"many unknown arguments", "chat", `{"prompt":"hi","u1":1,"u2":1,"u3":1,"u4":1,"u5":1,"u6":1,"u7":1}`,
		"invalid_argument", "and 2 more", nil},
	{"unknown argument of embed", "embed", `{"input":"a","texts":["b"]}`, "invalid_argument", "texts",
		[]string{"dimensions, files, input, model, output, query, save_to, top_k"}},
}

func TestAnUnknownModelComesWithTheThreeNearestIDs(t *testing.T) {
	listed, served := catalog.SnapshotPayloads()
	models, _, err := catalog.Decode(t.Context(), listed)
	if err != nil {
		t.Fatal(err)
	}
	ids, _, err := catalog.DecodeServed(t.Context(), served)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range models {
		ids = append(ids, m.ID)
	}
	r := connect(t, setup{})
	for _, wanted := range []string{"gpt-oss-12b", "Qwen", "whatever-model-9000"} {
		hint := r.call("chat", fmt.Sprintf(`{"prompt":"hi","model":%q}`, wanted)).failure().Hint
		near := strings.Split(strings.TrimPrefix(hint, "the nearest are "), ", ")
		if len(near) != 3 {
			t.Errorf("%s: the hint names %d models, want 3: %q", wanted, len(near), hint)
		}
		for _, id := range near {
			if !slices.Contains(ids, id) {
				t.Errorf("%s: the hint names %q, which is not a model", wanted, id)
			}
		}
	}
}
