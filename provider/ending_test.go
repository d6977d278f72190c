package provider_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

func ends(reason string) string {
	return fmt.Sprintf(`{"choices":[{"index":0,"delta":{},"finish_reason":%s}]}`, reason)
}

// Every end but a clean one has its warning, and the reason stays the service's word.
func TestEveryEndButACleanOneIsReported(t *testing.T) {
	t.Parallel()
	warnings := map[string][]string{
		"":                   {"stop", "STOP", "tool_calls", "function_call", "eos", "eos_token", "end_turn", "stop_sequence", "COMPLETE", "completed"},
		"truncated":          {"length", "max_tokens", "MAX_TOKENS", "model_length", "max_length"},
		"content_filtered":   {"content_filter", "content-filter", "SAFETY", "recitation"},
		"refused":            {"refusal"},
		"stream_interrupted": {"abort", "error", "cancelled", "unheard_of", "7", "-1.5"},
	}
	for warning, reasons := range warnings {
		for _, reason := range reasons {
			t.Run(reason, func(t *testing.T) {
				t.Parallel()
				wire := fmt.Sprintf("%q", reason)
				if strings.ContainsAny(reason[:1], "-0123456789") {
					wire = reason
				}
				got, err := replay(t, eventStream, events(wrote("Hello"), ends(wire), lateUsage, done))
				if err != nil {
					t.Fatal(err)
				}
				var want []provider.WarningCode
				if warning != "" {
					want = append(want, provider.WarningCode(warning))
				}
				if diff := cmp.Diff(want, codes(got.Warnings)); diff != "" || got.FinishReason != reason || got.Content != "Hello" {
					t.Errorf("%q with finish reason %q, warnings (-want +got):\n%s", got.Content, got.FinishReason, diff)
				}
				if warning == "stream_interrupted" && !strings.Contains(got.Warnings[0].Message, fmt.Sprintf("%q", reason)) {
					t.Errorf("the warning does not name the reason: %q", got.Warnings[0].Message)
				}
			})
		}
	}
}

// The reason why there is no answer is not thrown away, and such an answer is not asked
// for again.
func TestAnswersWithoutTextSayWhy(t *testing.T) {
	t.Parallel()
	refused, filtered := []provider.WarningCode{provider.WarnRefused}, []provider.WarningCode{provider.WarnContentFiltered}
	azure := `{"choices":[{"index":0,"delta":{},"finish_reason":"stop","content_filter_results":{"hate":{"filtered":true,"severity":"high"},"odd":1}}]}`
	cutCall := calling(`{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":"}}`)
	tests := []struct {
		name, contentType, body string
		content                 string
		warnings                []provider.WarningCode
	}{
		{"a refusal in pieces", eventStream, events(`{"choices":[{"delta":{"content":null,"refusal":"I will "}}]}`,
			`{"choices":[{"delta":{"refusal":"not."}}]}`, stopped, lateUsage, done), "I will not.", refused},
		{"a refusal of a whole answer", "application/json",
			`{"choices":[{"message":{"content":null,"refusal":"I will not."},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1}}`,
			"I will not.", refused},
		{"a refusal as a part", eventStream, events(`{"choices":[{"delta":{"content":[{"type":"refusal","refusal":"I will not."}]}}]}`,
			stopped, lateUsage, done), "I will not.", refused},
		{"a refusal after text", eventStream, events(wrote("First,"), `{"choices":[{"delta":{"refusal":"I will not."}}]}`, stopped, lateUsage, done),
			"First,", refused},
		{"the reason is a refusal", eventStream, events(ends(`"refusal"`), lateUsage, done), "", refused},
		{"a content filter", eventStream, events(opening, ends(`"content_filter"`), lateUsage, done), "", filtered},
		{"a content filter after text", eventStream, events(wrote("Hel"), ends(`"content_filter"`), lateUsage, done), "Hel", filtered},
		{"a content filter of Azure", eventStream, events(azure, lateUsage, done), "", filtered},
		{"a content filter of Azure after text", eventStream, events(wrote("Hel"), azure, lateUsage, done), "Hel", filtered},
		{"only a call that was cut", eventStream, events(cutCall, ends(`"length"`), lateUsage, done), "",
			[]provider.WarningCode{provider.WarnToolCallDropped, provider.WarnTruncated}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := emulator.New(emulator.Options{})
			e.Script(emulator.Fault{Path: chatPath, Status: http.StatusOK, ContentType: tt.contentType, Body: tt.body})
			var heard strings.Builder
			got, err := connect(t, e).Chat(t.Context(), provider.ChatRequest{
				Model: "gpt-oss-120b", Messages: says("hi"), OnText: func(text string) { heard.WriteString(text) },
			})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.warnings, codes(got.Warnings)); diff != "" || got.Content != tt.content || heard.String() != tt.content {
				t.Errorf("heard %q, got %q, warnings (-want +got):\n%s", heard.String(), got.Content, diff)
			}
			if len(got.Attempts) != 1 || len(got.ToolCalls) > 0 {
				t.Errorf("got %d attempts, calls %v", len(got.Attempts), got.ToolCalls)
			}
		})
	}
}

// An error is an error, whatever its shape.
func TestErrorEventsInEveryShape(t *testing.T) {
	t.Parallel()
	const words = "the engine is gone"
	for event, status := range map[string]int{
		`{"error":{"message":"the engine is gone","code":503}}`:                                                   503,
		`{"error":{"message":"the engine is gone","status":503}}`:                                                 503,
		`{"error":"the engine is gone"}`:                                                                          0,
		`{"error":"the engine is gone","error_type":"generation"}`:                                                0,
		`{"object":"error","message":"the engine is gone","type":"InternalServerError","code":500}`:               500,
		`{"message":"the engine is gone","status":502}`:                                                           502,
		`{"status":"failure","message":"the engine is gone"}`:                                                     0,
		`{"detail":"the engine is gone"}`:                                                                         0,
		`{"detail":[{"loc":["body","choices"],"msg":"the engine is gone"}]}`:                                      0,
		`{"type":"error","error":{"type":"api_error","message":"the engine is gone"}}`:                            0,
		`{"type":"error","error":{"type":"rate_limit_error","message":"the engine is gone"}}`:                     429,
		`{"error":{"message":"the engine is gone"},"choices":[{"delta":{"content":""},"finish_reason":"error"}]}`: 0,
		`{"errors":[{"message":"the engine is gone"}]}`:                                                           0,
		`[{"error":{"message":"the engine is gone","code":503,"status":"UNAVAILABLE"}}]`:                          503,
	} {
		t.Run(event, func(t *testing.T) {
			t.Parallel()
			e := emulator.New(emulator.Options{})
			e.Script(hangAfter(opening, event))
			_, err := ask(t, connect(t, e))
			got := failure(t, err)
			if got.Status != status || !strings.Contains(got.Message, words) || got.Code == provider.CodeInternal {
				t.Errorf("got %+v", got)
			}
			after, err := replay(t, eventStream, events(wrote("Hello"), event))
			if err != nil {
				t.Fatal(err)
			}
			if after.Content != "Hello" || !slices.Contains(codes(after.Warnings), provider.WarnStreamInterrupted) ||
				!strings.Contains(after.Warnings[0].Message, words) {
				t.Errorf("after text: got %+v", after)
			}
		})
	}
}

// An engine may say that it failed, and then why.
func TestTheWordsAfterAnAbortAreKept(t *testing.T) {
	t.Parallel()
	got, err := replay(t, eventStream, events(wrote("Hello"), ends(`"error"`), `{"error":{"message":"out of memory"}}`))
	if err != nil || len(got.Warnings) != 2 || !strings.Contains(got.Warnings[0].Message, "out of memory") {
		t.Errorf("got %v, %v", got, err)
	}
	_, err = replay(t, eventStream, events(ends(`"error"`), `{"error":{"message":"out of memory"}}`))
	if e := failure(t, err); !strings.Contains(e.Message, "out of memory") {
		t.Errorf("got %v", e)
	}
}
