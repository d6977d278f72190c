package provider_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// decoded reads JSON for comparison.
func decoded(t testing.TB, text string) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	return v
}

func TestChatBodyHasOnlyWhatWasSet(t *testing.T) {
	t.Parallel()
	tools := `[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{}}}}]`
	tests := []struct {
		name string
		in   provider.ChatRequest
		want string
	}{
		{"nothing but messages", provider.ChatRequest{Model: "gpt-oss-120b", Messages: says("hi")}, `{
			"model":"gpt-oss-120b","messages":[{"role":"user","content":"hi"}],"stream":true,"stream_options":{"include_usage":true}}`},
		{"zeros that were set", provider.ChatRequest{
			Model: "gpt-oss-120b", Messages: says("hi"), Temperature: new(0.0), TopP: new(0.0), Seed: new(int64(0)),
			PresencePenalty: new(0.0), FrequencyPenalty: new(0.0),
		}, `{"model":"gpt-oss-120b","messages":[{"role":"user","content":"hi"}],"stream":true,"stream_options":{"include_usage":true},
			"temperature":0,"top_p":0,"seed":0,"presence_penalty":0,"frequency_penalty":0}`},
		{"everything", provider.ChatRequest{
			Model: "gpt-oss-120b", Messages: says("hi"), Temperature: new(0.5), TopP: new(0.9), MaxTokens: new(50), Stop: []string{"END"},
			Seed: new(int64(7)), PresencePenalty: new(0.1), FrequencyPenalty: new(-0.1), ReasoningEffort: "low",
			Tools: json.RawMessage(tools), ToolChoice: json.RawMessage(`"auto"`), ResponseFormat: json.RawMessage(`{"type":"json_object"}`), User: "u1",
		}, `{"model":"gpt-oss-120b","messages":[{"role":"user","content":"hi"}],"stream":true,"stream_options":{"include_usage":true},
			"temperature":0.5,"top_p":0.9,"max_tokens":50,"stop":["END"],"seed":7,"presence_penalty":0.1,"frequency_penalty":-0.1,
			"reasoning_effort":"low","tools":` + tools + `,"tool_choice":"auto","response_format":{"type":"json_object"},"user":"u1"}`},
		{"a conversation with every kind of message", provider.ChatRequest{Model: "Qwen3.5-9B", Messages: []provider.Message{
			{Role: "system", Content: provider.Content{Text: "be brief"}},
			{Role: "user", Name: "ann", Content: provider.Content{Parts: []provider.Part{
				{Type: "text", Text: "look & <see>"}, {Type: "image_url", ImageURL: &provider.ImageURL{URL: pixel, Detail: "low"}},
			}}},
			{Role: "assistant", ToolCalls: []provider.ToolCall{call("1", "f", `{"a":1}`)}},
			{Role: "tool", ToolCallID: "1", Content: provider.Content{Text: "result"}},
			{Role: "assistant", Content: provider.Content{Text: "so"}},
			{Role: "user", Content: provider.Content{Text: "and?"}},
		}}, `{"model":"Qwen3.5-9B","stream":true,"stream_options":{"include_usage":true},"messages":[
			{"role":"system","content":"be brief"},
			{"role":"user","name":"ann","content":[{"type":"text","text":"look & <see>"},{"type":"image_url","image_url":{"url":"` + pixel + `"}}]},
			{"role":"assistant","tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]},
			{"role":"tool","tool_call_id":"1","content":"result"},
			{"role":"assistant","content":"so"},
			{"role":"user","content":"and?"}]}`},
		{"an empty tool result still has content", provider.ChatRequest{Model: "gpt-oss-120b", Messages: []provider.Message{
			{Role: "assistant", ToolCalls: []provider.ToolCall{call("1", "f", "{}")}}, {Role: "tool", ToolCallID: "1"},
		}}, `{"model":"gpt-oss-120b","stream":true,"stream_options":{"include_usage":true},"messages":[
			{"role":"assistant","tool_calls":[{"id":"1","type":"function","function":{"name":"f","arguments":"{}"}}]},
			{"role":"tool","tool_call_id":"1","content":""}]}`},
		{"messages are coalesced", provider.ChatRequest{Model: "Qwen3.5-9B", Messages: []provider.Message{
			{Role: "user", Content: provider.Content{Text: "one"}},
			{Role: "developer", Content: provider.Content{Text: "rules"}},
			{Role: "user", Content: provider.Content{Parts: []provider.Part{{Type: "image_url", ImageURL: &provider.ImageURL{URL: pixel}}}}},
			{Role: "system", Content: provider.Content{Text: "more rules"}},
		}}, `{"model":"Qwen3.5-9B","stream":true,"stream_options":{"include_usage":true},"messages":[
			{"role":"system","content":"rules\n\nmore rules"},
			{"role":"user","content":[{"type":"text","text":"one"},{"type":"image_url","image_url":{"url":"` + pixel + `"}}]}]}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := emulator.New(emulator.Options{})
			if _, err := connect(t, e).Chat(t.Context(), tt.in); err != nil {
				t.Errorf("the emulator refused it: %v", err)
			}
			if diff := cmp.Diff(decoded(t, tt.want), sentBody(t, e, chatPath)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// pixel is an image of one pixel.
const pixel = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="

func TestChatReportsWhatCoalescingDid(t *testing.T) {
	t.Parallel()
	result, err := connect(t, emulator.New(emulator.Options{})).Chat(t.Context(), provider.ChatRequest{
		Model: "Qwen3.5-9B", Messages: []provider.Message{
			{Role: "system", Content: provider.Content{Text: "one"}},
			{Role: "user", Content: provider.Content{Text: "hi"}},
			{Role: "system", Content: provider.Content{Text: "two"}},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []provider.WarningCode{provider.WarnSystemCoalesced, provider.WarnSystemHoisted}
	if diff := cmp.Diff(want, codes(result.Warnings)); diff != "" || result.Content == "" {
		t.Errorf("content %q, warnings (-want +got):\n%s", result.Content, diff)
	}
}

func TestEmbedBodyHasOnlyWhatWasSet(t *testing.T) {
	t.Parallel()
	e := emulator.New(emulator.Options{})
	p := connect(t, e)
	for _, in := range []provider.EmbedRequest{
		{Model: "bge-m3", Input: []string{"a"}},
		{Model: "Qwen3-Embedding-8B", Input: []string{"a", "b"}, Dimensions: new(64)},
	} {
		if _, err := p.Embed(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	}
	want := []map[string]any{
		decoded(t, `{"model":"bge-m3","input":["a"],"encoding_format":"base64"}`),
		decoded(t, `{"model":"Qwen3-Embedding-8B","input":["a","b"],"dimensions":64,"encoding_format":"base64"}`),
	}
	if diff := cmp.Diff(want, sentBodies(t, e, embedPath)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestHeaders(t *testing.T) {
	tests := []struct {
		name, key, authorization string
	}{
		{"without a key there is no Authorization", "", ""},
		{"a key is a bearer token", "secret", "Bearer secret"},
	}
	// Variables that the API library reads in its own constructor.
	for name, value := range map[string]string{
		"OPENAI_API_KEY": "sk-ambient", "OPENAI_ADMIN_KEY": "ambient-admin", "OPENAI_BASE_URL": "http://ambient.invalid/v1",
		"OPENAI_ORG_ID": "org-ambient", "OPENAI_PROJECT_ID": "proj-ambient", "OPENAI_WEBHOOK_SECRET": "ambient-webhook",
		"OPENAI_CUSTOM_HEADERS": "X-Ambient: ambient\nAuthorization: Bearer ambient",
	} {
		t.Setenv(name, value)
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := emulator.New(emulator.Options{Key: "secret"})
			p := connect(t, e, withKey(tt.key))
			if _, err := ask(t, p); err != nil {
				t.Fatal(err)
			}
			if _, err := p.Embed(t.Context(), provider.EmbedRequest{Input: []string{"a"}}); err != nil {
				t.Fatal(err)
			}
			if n := len(e.Requests()); n != 4 {
				t.Errorf("%d requests, want the two lists, a chat and an embedding", n)
			}
			for _, r := range e.Requests() {
				checkHeader(t, r, tt.authorization)
			}
		})
	}
}

func checkHeader(t *testing.T, r emulator.Request, authorization string) {
	t.Helper()
	if strings.HasSuffix(r.Path, "/models_v2") {
		authorization = "" // the catalogue is public
	}
	if got := strings.Join(r.Header.Values("Authorization"), "|"); got != authorization {
		t.Errorf("%s: got Authorization %q, want %q", r.Path, got, authorization)
	}
	if got := r.Header.Get("User-Agent"); got != "ai-endpoints-mcp/1.2.3" {
		t.Errorf("%s: got User-Agent %q", r.Path, got)
	}
	for name, values := range r.Header {
		ambient := strings.Contains(strings.ToLower(strings.Join(values, " ")), "ambient")
		if ambient || strings.HasPrefix(name, "X-Stainless") || strings.HasPrefix(name, "Openai-") {
			t.Errorf("%s: header %s: %v", r.Path, name, values)
		}
	}
	if r.Method == http.MethodPost && r.Header.Get("Content-Type") != "application/json" {
		t.Errorf("%s: got Content-Type %q", r.Path, r.Header.Get("Content-Type"))
	}
}

func TestListingNothingAtStart(t *testing.T) {
	t.Parallel()
	e := emulator.New(emulator.Options{})
	connect(t, e).Close()
	if requests := e.Requests(); len(requests) > 0 {
		t.Errorf("New sent %v", requests)
	}
}
