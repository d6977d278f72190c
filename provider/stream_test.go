package provider_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

const eventStream = "text/event-stream"

// Chunks of a stream, as the service sends them.
const (
	opening   = `{"choices":[{"index":0,"delta":{"role":"assistant","content":""}}]}`
	stopped   = `{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`
	lateUsage = `{"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":5,"total_tokens":12,"completion_tokens_details":{"reasoning_tokens":2}}}`
	done      = "[DONE]"
)

func wrote(text string) string { return delta("content", text) }

func delta(field, text string) string {
	quoted, _ := json.Marshal(text)
	return fmt.Sprintf(`{"choices":[{"index":0,"delta":{%q:%s},"finish_reason":null}]}`, field, quoted)
}

func events(payloads ...string) string {
	var b strings.Builder
	for _, payload := range payloads {
		b.WriteString("data: " + payload + "\n\n")
	}
	return b.String()
}

// outcome is the part of an answer that a stream decides.
type outcome struct {
	Content, Reasoning string
	ToolCalls          []provider.ToolCall
	FinishReason       string
	Usage              *provider.Usage
	Warnings           []provider.WarningCode
}

func outcomeOf(r *provider.ChatResult) outcome {
	return outcome{r.Content, r.Reasoning, r.ToolCalls, r.FinishReason, r.Usage, codes(r.Warnings)}
}

// replay asks once and answers with body.
func replay(t testing.TB, contentType, body string, adjust ...func(*provider.Options)) (*provider.ChatResult, error) {
	t.Helper()
	e := emulator.New(emulator.Options{})
	e.Script(emulator.Fault{Path: chatPath, Status: http.StatusOK, ContentType: contentType, Body: body})
	return ask(t, connect(t, e, adjust...))
}

func TestStream(t *testing.T) {
	t.Parallel()
	counted := &provider.Usage{PromptTokens: 7, CompletionTokens: 5, TotalTokens: 12, ReasoningTokens: 2}
	hello := outcome{Content: "Hello", FinishReason: "stop", Usage: counted}
	uncounted := outcome{Content: "Hello", FinishReason: "stop", Warnings: []provider.WarningCode{provider.WarnUsageMissing}}
	tests := []struct {
		name, body string
		want       outcome
	}{
		{"usage comes after the finish reason", events(opening, wrote("Hel"), wrote("lo"), stopped, lateUsage, done), hello},
		{"usage comes on the finish chunk", events(wrote("Hello"),
			`{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":7,"completion_tokens":5,"total_tokens":12,"completion_tokens_details":{"reasoning_tokens":2}}}`, done), hello},
		{"usage without a total is added up",
			events(wrote("Hello"), stopped, `{"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":4}}`, done),
			outcome{Content: "Hello", FinishReason: "stop", Usage: &provider.Usage{PromptTokens: 3, CompletionTokens: 4, TotalTokens: 7}}},
		{"running usage counts by its last figure",
			events(`{"choices":[{"index":0,"delta":{"content":"Hello"}}],"usage":{"prompt_tokens":7,"completion_tokens":1,"total_tokens":8}}`,
				stopped, lateUsage, done), hello},
		{"usage is missing", events(wrote("Hello"), stopped, done), uncounted},
		{"usage is null",
			events(`{"choices":[{"index":0,"delta":{"content":"Hello"}}],"usage":null}`, stopped, `{"choices":[],"usage":null}`, done), uncounted},
		{"null details are left out",
			events(wrote("Hello"), stopped,
				`{"choices":[],"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3,"completion_tokens_details":null}}`, done),
			outcome{Content: "Hello", FinishReason: "stop", Usage: &provider.Usage{PromptTokens: 1, CompletionTokens: 2, TotalTokens: 3}}},
		{"keep-alive comments are skipped",
			": ping\n\n" + events(wrote("Hel")) + ": keep-alive\n:\n\n" + events(wrote("lo"), stopped, lateUsage) + ": bye\n\n" + events(done),
			hello},
		{"lines may end in CRLF and data may lack its blank",
			strings.ReplaceAll(strings.ReplaceAll(events(wrote("Hello"), stopped, lateUsage, done), "data: ", "data:"), "\n", "\r\n"), hello},
		{"other fields of events are skipped", "id: 1\nretry: 5\nevent: message\n" + events(wrote("Hello"), stopped, lateUsage, done), hello},
		{"a stream without DONE is whole with its finish reason", events(wrote("Hello"), stopped, lateUsage), hello},
		{"what follows DONE is not read", events(wrote("Hello"), stopped, lateUsage, done, wrote(" again")), hello},
		{"only the first choice counts",
			events(wrote("Hello"), `{"choices":[{"index":1,"delta":{"content":"Bonjour"},"finish_reason":"length"}]}`, stopped, lateUsage, done),
			hello},
		{"white space is kept", events(wrote("Hello"), wrote("\n"), wrote("  you"), stopped, lateUsage, done),
			outcome{Content: "Hello\n  you", FinishReason: "stop", Usage: counted}},
		{"text beyond ASCII is kept", events(wrote("été "), wrote("🦙"), stopped, lateUsage, done),
			outcome{Content: "été 🦙", FinishReason: "stop", Usage: counted}},
		{"an error of null is not one", events(`{"error":null,"choices":[{"index":0,"delta":{"content":"Hello"}}]}`, stopped, lateUsage, done),
			hello},
		{"reasoning in the field of today",
			events(delta("reasoning", "Let me "), delta("reasoning", "think."), wrote("Hello"), stopped, lateUsage, done),
			outcome{Content: "Hello", Reasoning: "Let me think.", FinishReason: "stop", Usage: counted}},
		{"reasoning in the field of older models", events(delta("reasoning_content", "Let me think."), wrote("Hello"), stopped, lateUsage, done),
			outcome{Content: "Hello", Reasoning: "Let me think.", FinishReason: "stop", Usage: counted}},
		{"reasoning in both fields at once counts once",
			events(`{"choices":[{"index":0,"delta":{"reasoning":"Hm.","reasoning_content":"Hm."}}]}`, wrote("Hello"), stopped, lateUsage, done),
			outcome{Content: "Hello", Reasoning: "Hm.", FinishReason: "stop", Usage: counted}},
		{"reasoning alone is explained",
			events(delta("reasoning", "Hm."), `{"choices":[{"index":0,"delta":{},"finish_reason":"length"}]}`, lateUsage, done),
			outcome{
				Reasoning: "Hm.", FinishReason: "length", Usage: counted,
				Warnings: []provider.WarningCode{provider.WarnTruncated, provider.WarnReasoningOnly},
			}},
		{"an answer that max_tokens cut is reported",
			events(wrote("Hello"), `{"choices":[{"index":0,"delta":{},"finish_reason":"length"}]}`, lateUsage, done),
			outcome{Content: "Hello", FinishReason: "length", Usage: counted, Warnings: []provider.WarningCode{provider.WarnTruncated}}},
		{"white space alone is not an answer", events(wrote(" \n"), stopped, lateUsage, done),
			outcome{Content: " \n", FinishReason: "stop", Usage: counted, Warnings: []provider.WarningCode{provider.WarnEmptyResponse}}},
		{"only DONE is an empty response", events(done),
			outcome{Warnings: []provider.WarningCode{provider.WarnEmptyResponse, provider.WarnUsageMissing}}},
		{"an empty body is an empty response", "",
			outcome{Warnings: []provider.WarningCode{provider.WarnEmptyResponse, provider.WarnUsageMissing}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := replay(t, eventStream, tt.body)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, outcomeOf(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestOnTextGetsEveryPiece(t *testing.T) {
	t.Parallel()
	e := emulator.New(emulator.Options{})
	e.Script(emulator.Fault{Path: chatPath,
		RawEvents: []string{opening, delta("reasoning", "hm"), wrote("Hel"), wrote(""), wrote("lo"), stopped, done}})
	var pieces []string
	result, err := connect(t, e).Chat(t.Context(), provider.ChatRequest{
		Model: "gpt-oss-120b", Messages: says("hi"), OnText: func(text string) { pieces = append(pieces, text) },
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"Hel", "lo"}, pieces); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if result.FirstToken <= 0 || result.FirstToken > result.Latency {
		t.Errorf("first token after %s of %s", result.FirstToken, result.Latency)
	}
}

func TestEmptyResponseSaysWhetherRateLimitingIsLikely(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, key, remaining, want string
	}{
		{"without a key it is", "", "", "Rate limiting is likely"},
		{"with a key it is not", "secret", "", "Rate limiting is unlikely"},
		{"with a key and no request left it is", "secret", "0", "Rate limiting is likely"},
		{"with a key and requests left it is not", "secret", "17", "Rate limiting is unlikely"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := emulator.New(emulator.Options{})
			e.Script(emulator.Fault{Path: chatPath, RawEvents: []string{done},
				Header: map[string]string{"X-RateLimit-Remaining-Minute": tt.remaining}})
			result, err := ask(t, connect(t, e, withKey(tt.key)))
			if err != nil {
				t.Fatal(err)
			}
			if w := result.Warnings[0]; w.Code != provider.WarnEmptyResponse || !strings.Contains(w.Message, tt.want) {
				t.Errorf("got %v, want %q", w, tt.want)
			}
		})
	}
}

func TestDeprecatedModelIsReported(t *testing.T) {
	t.Parallel()
	e := emulator.New(emulator.Options{})
	notice := "This model is deprecated and will be removed"
	e.Script(emulator.Fault{Path: chatPath, Header: map[string]string{"X-Warning": notice}})
	result, err := ask(t, connect(t, e))
	if err != nil {
		t.Fatal(err)
	}
	if len(result.Warnings) != 1 ||
		result.Warnings[0].Code != provider.WarnModelDeprecated || !strings.Contains(result.Warnings[0].Message, notice) {
		t.Errorf("got warnings %v", result.Warnings)
	}
}

func sample(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("..", "testdata", "samples", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestSampleStream replays the guide's tool-call stream, whose events the guide
// shortens with dots and writes without blank lines between them.
func TestSampleStream(t *testing.T) {
	t.Parallel()
	body := strings.NewReplacer(
		"{...,", `{"id":"chatcmpl-1","created":1750000000,"model":"Meta-Llama-3_3-70B-Instruct",`, "],...,", "],", "\n", "\n\n",
	).Replace(sample(t, "tool-call-stream.sse.txt"))
	got, err := replay(t, eventStream, body)
	if err != nil {
		t.Fatal(err)
	}
	want := outcome{
		FinishReason: "tool_calls",
		ToolCalls: []provider.ToolCall{{
			ID: "chatcmpl-tool-e41bfee4ae1346bbbb4336061037e2b5", Type: "function",
			Function: provider.FunctionCall{Name: "get_current_weather", Arguments: `{"country": "FR", "location": "Paris", "unit": "celsius"}`},
		}},
		Warnings: []provider.WarningCode{provider.WarnUsageMissing},
	}
	if diff := cmp.Diff(want, outcomeOf(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got.Model != "Meta-Llama-3_3-70B-Instruct" {
		t.Errorf("answered by %q", got.Model)
	}
}

// TestWholeAnswer covers engines that answer JSON although a stream was asked for.
func TestWholeAnswer(t *testing.T) {
	t.Parallel()
	object := sample(t, "json_object-response.json")
	var decoded struct {
		Choices []struct{ Message struct{ Content string } }
	}
	if err := json.Unmarshal([]byte(object), &decoded); err != nil {
		t.Fatal(err)
	}
	toolMessage := fmt.Sprintf(`{"choices":[{"index":0,"message":%s,"finish_reason":"tool_calls"}]}`, sample(t, "tool-call-message.json"))
	capital := outcome{Content: "The capital of France is Paris.", FinishReason: "stop",
		Usage: &provider.Usage{PromptTokens: 42, CompletionTokens: 8, TotalTokens: 50}}
	tests := []struct {
		name, contentType, body string
		want                    outcome
	}{
		{"the sample of a virtual model", "application/json", sample(t, "virtual-model-chat-response.json"), capital},
		{"JSON that says to be text", "text/plain", "\n  " + sample(t, "virtual-model-chat-response.json"), capital},
		{"the sample of json_object", "application/json; charset=utf-8", object,
			outcome{Content: decoded.Choices[0].Message.Content, FinishReason: "stop", Usage: &provider.Usage{PromptTokens: 65, CompletionTokens: 77, TotalTokens: 142}}},
		{"the sample of a tool-call message, without content", "application/json", toolMessage,
			outcome{FinishReason: "tool_calls", Warnings: []provider.WarningCode{provider.WarnUsageMissing}, ToolCalls: []provider.ToolCall{{
				ID: "wuvyeH6fR", Type: "function",
				Function: provider.FunctionCall{Name: "log_work",
					Arguments: `{"task_name": "team meeting", "task_category": "Meetings", "duration": 1, "unit": "hours"}`},
			}}}},
		{"a stream that says to be JSON", "application/json",
			events(wrote("The capital of France is Paris."), stopped, `{"choices":[],"usage":{"prompt_tokens":42,"completion_tokens":8}}`, done),
			capital},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := replay(t, tt.contentType, tt.body)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, outcomeOf(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
