package provider_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// OpenAI's response format holds a schema: it is the schema that is meant.
func TestASchemaIsTakenOutOfAResponseFormat(t *testing.T) {
	t.Parallel()
	const schema = `{"type":"object", "properties":{"name":{"type":"string"}},"required":["name"]}`
	for _, wrapped := range []string{
		`{"name":"person","strict":true,"schema":` + schema + `}`,
		`{"name":"person","description":null,"strict":null,"schema":` + schema + `}`,
		`{"type":"json_schema","json_schema":{"name":"person","strict":true,"schema":` + schema + `}}`,
		`{"json_schema":{"name":"person","schema":` + schema + `}}`,
		`{"json_schema":` + schema + `}`,
		`{"type":"json_schema","name":"person","schema":` + schema + `}`,
		`{"type":"json_schema","schema":` + schema + `}`,
	} {
		t.Run(wrapped, func(t *testing.T) {
			t.Parallel()
			e := emulator.New(emulator.Options{})
			e.Script(emulator.Fault{Path: chatPath, RawEvents: answerEvents(`{"name":36}`, "stop")},
				emulator.Fault{Path: chatPath, RawEvents: answerEvents(`{"name":"Ada"}`, "stop")})
			result, err := connect(t, e).Extract(t.Context(), provider.ExtractRequest{
				Text: "x", Schema: json.RawMessage(wrapped), Model: "gpt-oss-120b", MaxRepairs: 1,
			})
			if err != nil || string(result.Data) != `{"name":"Ada"}` || result.Repairs != 1 {
				t.Fatalf("got %+v, %v", result, err)
			}
			body := sentBodies(t, e, chatPath)[0]
			var want any
			if err := json.Unmarshal([]byte(schema), &want); err != nil {
				t.Fatal(err)
			}
			format := body["response_format"].(map[string]any)["json_schema"].(map[string]any)["schema"]
			if diff := cmp.Diff(want, format); diff != "" {
				t.Errorf("sent schema (-want +got):\n%s", diff)
			}
			system := body["messages"].([]any)[0].(map[string]any)["content"].(string)
			if !strings.HasSuffix(system, schema) {
				t.Errorf("the model reads %q", system)
			}
		})
	}
}

func TestExtractionModes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, model string
		refuse      int // requests with a response_format that the service refuses
		mode        string
		sent        []any // response_format.type of each request
	}{
		{"a model that follows schemas", "gpt-oss-120b", 0, provider.ModeJSONSchema, []any{"json_schema"}},
		{"the schema is refused", "gpt-oss-120b", 1, provider.ModeJSONObject, []any{"json_schema", "json_object"}},
		{"both are refused", "gpt-oss-120b", 2, provider.ModePrompt, []any{"json_schema", "json_object", nil}},
		{"a model that knows neither", "Qwen3Guard-Gen-8B", 0, provider.ModePrompt, []any{nil}},
		{"an unlisted model", "Qwen3-32B", 0, provider.ModeJSONSchema, []any{"json_schema"}},
		{"the default", "", 0, provider.ModeJSONSchema, []any{"json_schema"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := emulator.New(emulator.Options{})
			if tt.refuse > 0 {
				e.Script(emulator.Fault{Path: chatPath, Status: 400, Body: `{"error":{"message":"this schema is not supported"}}`, Times: tt.refuse})
			}
			e.Script(emulator.Fault{Path: chatPath, RawEvents: answerEvents(ada, "stop")})
			result, err := connect(t, e).Extract(t.Context(), provider.ExtractRequest{
				Text: "x", Schema: json.RawMessage(personSchema), Model: tt.model,
			})
			if err != nil {
				t.Fatal(err)
			}
			var sent []any
			for _, body := range sentBodies(t, e, chatPath) {
				format, _ := body["response_format"].(map[string]any)
				sent = append(sent, format["type"])
			}
			if diff := cmp.Diff(tt.sent, sent); diff != "" {
				t.Errorf("formats (-want +got):\n%s", diff)
			}
			if result.Mode != tt.mode || len(result.Attempts) != len(tt.sent) {
				t.Errorf("got mode %s after %d attempts, want %s after %d", result.Mode, len(result.Attempts), tt.mode, len(tt.sent))
			}
			fell := 0
			for _, code := range codes(result.Warnings) {
				if code == provider.WarnModeFallback {
					fell++
				}
			}
			if fell != tt.refuse {
				t.Errorf("%d warnings of a lesser mode, want %d", fell, tt.refuse)
			}
		})
	}
}

// A refusal of another field fails in every mode, so no other one is tried.
func TestARefusalOfAnotherFieldIsNotOneOfTheMode(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		message string
		sent    int
	}{
		{"Failed to deserialize the JSON body into the target type: temperature: invalid type: string, expected f32", 1},
		{"temperature must be at most 2", 1},
		{"Failed to deserialize the JSON body into the target type: response_format: unknown variant", 3},
		{"JSON mode is not supported by this model", 3},
	} {
		t.Run(tt.message, func(t *testing.T) {
			t.Parallel()
			e := emulator.New(emulator.Options{})
			e.Script(emulator.Fault{Path: chatPath, Status: 422, Body: `{"message":` + quoteJSON(tt.message) + `}`, Times: -1})
			_, err := connect(t, e).Extract(t.Context(), provider.ExtractRequest{
				Text: "x", Schema: json.RawMessage(personSchema), Model: "gpt-oss-120b",
			})
			if got := wantCode(t, err, provider.CodeUpstreamRejected); len(got.Attempts) != tt.sent {
				t.Errorf("%d requests, want %d", len(got.Attempts), tt.sent)
			}
		})
	}
}

// scriptAnswers makes the emulator stream these answers, one after the other.
func scriptAnswers(e *emulator.Emulator, answers ...string) {
	for _, answer := range answers {
		e.Script(emulator.Fault{Path: chatPath, RawEvents: answerEvents(answer, "stop")})
	}
}

// Engines refuse a format with many a status and in many words.
func TestEveryRefusalOfAFormatLeadsToALesserMode(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		status int
		body   string
		sent   int // requests until the data
	}{
		{500, `{"error":{"message":"Grammar error: Unimplemented keys: [\"patternProperties\"]","code":500}}`, 2},
		{404, `{"error":{"message":"json_schema is not supported by this model"}}`, 2},
		{501, ``, 2},
		{501, `{"error":"not implemented"}`, 2},
		{400, `{"message":"feature 'structured outputs' is not currently supported"}`, 2},
		{400, `{"detail":"guided_json requires the outlines backend"}`, 2},
		{400, ``, 2},
		{422, `{"error":"Unprocessable Entity"}`, 2},
		{422, `{"message":"Failed to deserialize the JSON body into the target type: response_format: unknown variant json_schema"}`, 2},
	} {
		t.Run(tt.body, func(t *testing.T) {
			t.Parallel()
			e := emulator.New(emulator.Options{})
			e.Script(emulator.Fault{Path: chatPath, Status: tt.status, Body: tt.body})
			scriptAnswers(e, ada, ada)
			p := connect(t, e)
			request := provider.ExtractRequest{Text: "x", Schema: json.RawMessage(personSchema), Model: "gpt-oss-120b"}
			for call := range 2 {
				result, err := p.Extract(t.Context(), request)
				if err != nil {
					t.Fatal(err)
				}
				// The refusal is remembered: the second call does not pay for it.
				if sent := len(sentBodies(t, e, chatPath)); sent != tt.sent+call || result.Mode != provider.ModeJSONObject {
					t.Errorf("call %d: mode %s after %d requests in all", call, result.Mode, sent)
				}
			}
			request.Model = "gpt-oss-20b"
			scriptAnswers(e, ada)
			if result, err := p.Extract(t.Context(), request); err != nil || result.Mode != provider.ModeJSONSchema {
				t.Errorf("another model: %+v, %v", result, err)
			}
		})
	}
}

// What is wrong with something else is wrong in each mode.
func TestOtherFailuresKeepTheMode(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		status int
		body   string
	}{
		{422, `{"message":"Failed to deserialize the JSON body into the target type: seed: invalid type"}`},
		{400, `{"error":{"message":"max_tokens must be at least 1"}}`},
		{400, `{"error":{"message":"temperature must be below 2"}}`},
		{401, `{"error":{"message":"json_schema"}}`},
		{404, `{"error":{"message":"The model does not exist"}}`},
		{413, ``},
	} {
		t.Run(tt.body, func(t *testing.T) {
			t.Parallel()
			e := emulator.New(emulator.Options{})
			e.Script(emulator.Fault{Path: chatPath, Status: tt.status, Body: tt.body, Times: -1})
			_, err := connect(t, e).Extract(t.Context(), provider.ExtractRequest{Text: "x", Schema: json.RawMessage(personSchema), Model: "gpt-oss-120b"})
			if sent := len(sentBodies(t, e, chatPath)); err == nil || sent != 1 {
				t.Errorf("%d requests for %v", sent, err)
			}
		})
	}
}

// A grammar that allows blanks and forbids what the model wants to say makes it write
// blanks to its limit.
func TestARunawayOfWhiteSpaceLeadsToALesserMode(t *testing.T) {
	t.Parallel()
	e := emulator.New(emulator.Options{})
	e.Script(emulator.Fault{Path: chatPath, RawEvents: answerEvents(`{`+strings.Repeat("\n ", 400), "length")})
	scriptAnswers(e, ada)
	result, err := connect(t, e).Extract(t.Context(), provider.ExtractRequest{Text: "x", Schema: json.RawMessage(personSchema), Model: "gpt-oss-120b"})
	if err != nil || result.Mode != provider.ModeJSONObject || result.Repairs != 0 {
		t.Fatalf("got %+v, %v", result, err)
	}
	if got := codes(result.Warnings); len(got) != 1 || got[0] != provider.WarnModeFallback {
		t.Errorf("the warnings are %v", result.Warnings)
	}
}

// The failure of a repair must not hide what was wrong with the answer.
func TestARepairThatFailsKeepsTheFirstFailure(t *testing.T) {
	t.Parallel()
	e := emulator.New(emulator.Options{})
	scriptAnswers(e, `{"name":36}`)
	e.Script(emulator.Fault{Path: chatPath, Status: 400, Body: `{"error":{"message":"max_tokens must be at least 1"}}`})
	_, err := connect(t, e).Extract(t.Context(), provider.ExtractRequest{
		Text: "x", Schema: json.RawMessage(personSchema), Model: "gpt-oss-120b", MaxRepairs: 1,
	})
	got := wantCode(t, err, provider.CodeExtractionInvalid)
	if !strings.Contains(got.Message, "$.name") || !strings.Contains(got.Message, "context_too_long") || len(got.Attempts) != 2 {
		t.Errorf("got %v after %d attempts", got, len(got.Attempts))
	}
}

// An answer that ran to its limit would leave no room for the repair of it.
func TestAnAnswerThatFillsTheContextIsNotSentBack(t *testing.T) {
	t.Parallel()
	e := emulator.New(emulator.Options{})
	long := `{"name":36,"text":"` + strings.Repeat("word ", 40_000) + `"}`
	scriptAnswers(e, long, ada)
	result, err := connect(t, e).Extract(t.Context(), provider.ExtractRequest{
		Text: "x", Schema: json.RawMessage(personSchema), Model: "gpt-oss-120b", MaxRepairs: 1,
	})
	if err != nil || result.Repairs != 1 {
		t.Fatalf("got %+v, %v", result, err)
	}
	sent, _ := json.Marshal(sentBodies(t, e, chatPath)[1])
	if len(sent) > 5_000 || !strings.Contains(string(sent), "$.name") {
		t.Errorf("the repair sends %d bytes: %.3000s", len(sent), sent)
	}
}
