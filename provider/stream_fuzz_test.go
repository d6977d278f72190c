package provider_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

// FuzzStream answers a chat with arbitrary bytes: there is always an answer or
// an [provider.Error], and never silence without a reason.
func FuzzStream(f *testing.F) {
	for _, seed := range []string{
		"", ": ping\n\n", events(done), "data: {}\n\n", "data: [DONE]", "{", "{}", "[]", "null", "<html>", "data:\n\ndata: \n\n",
		events(opening, wrote("Hello"), stopped, lateUsage, done),
		events(delta("reasoning", "Hm."), delta("reasoning_content", "Hm.")),
		events(wrote("Hello"), `{"error":{"message":"gone","code":"503"}}`),
		events(`{"error":"gone"}`), events(`{"error":{"code":429}}`),
		events(calling(`{"index":0,"id":"a","function":{"name":"f","arguments":"{"}}`), calling(`{"index":-1}`), calling(`{}`), callsEnd, done),
		events(calling(`{"index":9223372036854775807,"function":{"arguments":{}}}`)),
		events(`{"choices":[{"index":0,"delta":null,"message":{"content":"x"},"finish_reason":"length"}]}`),
		events(`{"choices":null,"usage":{"prompt_tokens":-1}}`),
		`{"choices":[{"message":{"content":"Hello","tool_calls":[{"function":{}}]},"finish_reason":"stop"}]}`,
		events(wrote("Hm.</think>\n\nHello"), stopped), events(wrote("<think>Hm."), wrote("</think>Hello"), stopped),
		events(wrote("<|channel|>analysis<|message|>Hm.<|end|><|start|>assistant<|channel|>final<|message|>Hello<|return|>"), stopped),
		events(`{"choices":[{"delta":{"content":[{"type":"thinking","thinking":[{"text":"Hm."}]},{"type":"text","text":"Hello"}]},"finish_reason":3}]}`),
		events(`{"choices":{"index":"0","delta":{"refusal":"No."},"content_filter_results":{"hate":{"filtered":true}}}}`),
		events(`{"object":"error","message":"gone","code":500}`), events(`{"detail":[{"loc":["body",0],"msg":"no"}]}`), `[{"error":{"code":400}}]`,
		events(`{"choices":[{"delta":{"function_call":{"name":"f","arguments":"{}{\"a\":1}"}},"finish_reason":"function_call"}]}`),
		sample(f, "virtual-model-chat-response.json"),
		sample(f, "tool-call-stream.sse.txt"),
	} {
		f.Add([]byte(seed), true)
		f.Add([]byte(seed), false)
	}
	listed, served := catalog.SnapshotPayloads()
	var body []byte
	contentType := ""
	p := connectInMemory(f, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answer := body
		switch {
		case strings.HasSuffix(r.URL.Path, "/models_v2"):
			answer = listed
		case strings.HasSuffix(r.URL.Path, "/models"):
			answer = served
		default:
			w.Header().Set("Content-Type", contentType)
		}
		_, _ = w.Write(answer)
	}))
	f.Fuzz(func(t *testing.T, data []byte, stream bool) {
		body, contentType = data, "application/json"
		if stream {
			contentType = eventStream
		}
		var emitted strings.Builder
		result, err := p.Chat(t.Context(), provider.ChatRequest{
			Model: "gpt-oss-120b", Messages: says("hi"), OnText: func(text string) { emitted.WriteString(text) },
		})
		if err != nil {
			if e := failure(t, err); e.Code == "" || e.Code == provider.CodeInternal || e.Message == "" || !utf8.ValidString(e.Message) {
				t.Fatalf("got error %+v", e)
			}
			return
		}
		// Text before a closing tag without an opening one was sent before it was known to be reasoning.
		if heard := emitted.String(); heard != result.Content && (result.Reasoning == "" || !strings.HasSuffix(heard, result.Content)) {
			t.Errorf("emitted of text %q, answered %q", emitted.String(), result.Content)
		}
		if strings.TrimSpace(result.Content) == "" && len(result.ToolCalls) == 0 && len(codes(result.Warnings)) == 0 {
			t.Errorf("%q is silence without a reason", data)
		}
		for _, made := range result.ToolCalls {
			if made.ID == "" || made.Type != "function" || made.Function.Name == "" || !json.Valid([]byte(made.Function.Arguments)) {
				t.Errorf("got tool call %+v", made)
			}
		}
	})
}
