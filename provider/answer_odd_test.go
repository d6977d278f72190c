package provider_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
)

// A field of an odd type costs that field, and not the answer.
func TestOddFieldsCostNotTheAnswer(t *testing.T) {
	t.Parallel()
	counted := &provider.Usage{PromptTokens: 7, CompletionTokens: 5, TotalTokens: 12, ReasoningTokens: 2}
	hello := outcome{Content: "Hello", FinishReason: "stop", Usage: counted}
	thought := outcome{Content: "Hello", Reasoning: "Hm.", FinishReason: "stop", Usage: counted}
	tests := []struct {
		name, chunk string // that comes between "Hel" and "lo"
		want        outcome
	}{
		{"content is a number", `{"choices":[{"index":0,"delta":{"content":42}}]}`, hello},
		{"content is an object", `{"choices":[{"index":0,"delta":{"content":{"odd":1}}}]}`, hello},
		{"content is true", `{"choices":[{"index":0,"delta":{"content":true}}]}`, hello},
		{"content is an empty list", `{"choices":[{"index":0,"delta":{"content":[]}}]}`, hello},
		{"reasoning is a number, beside content", `{"choices":[{"index":0,"delta":{"reasoning":1,"content":""}}]}`, hello},
		{"delta is null", `{"choices":[{"index":0,"delta":null}]}`, hello},
		{"delta is a text", `{"choices":[{"index":0,"delta":"x"}]}`, hello},
		{"role is a number", `{"choices":[{"index":0,"delta":{"role":7,"content":""}}]}`, hello},
		{"tool_calls are false", `{"choices":[{"index":0,"delta":{"tool_calls":false}}]}`, hello},
		{"tool_calls hold no calls", `{"choices":[{"index":0,"delta":{"tool_calls":[null,1,"x",{},[]]}}]}`, hello},
		{"function_call is null", `{"choices":[{"index":0,"delta":{"function_call":null}}]}`, hello},
		{"refusal is null", `{"choices":[{"index":0,"delta":{"refusal":null}}]}`, hello},
		{"choices are missing", `{"id":"x"}`, hello},
		{"choices are null", `{"choices":null}`, hello},
		{"choices are a text", `{"choices":"none"}`, hello},
		{"choices have odd members", `{"choices":[7,null,"x",{"index":0,"delta":{"content":""}}]}`, hello},
		{"model is null", `{"model":null,"choices":[]}`, hello},
		{"model is a number", `{"model":4,"choices":[]}`, hello},
		{"finish_reason is false", `{"choices":[{"index":0,"delta":{},"finish_reason":false}]}`, hello},
		{"finish_reason is the word null", `{"choices":[{"index":0,"delta":{},"finish_reason":"null"}]}`, hello},
		{"usage is false", `{"choices":[],"usage":false}`, hello},
		{"usage is a list", `{"choices":[],"usage":[]}`, hello},
		{"x_groq is a text", `{"choices":[],"x_groq":"x"}`, hello},
		{"logprobs and unknown fields", `{"choices":[{"index":0,"delta":{"content":"","odd":{"a":[1]}},"logprobs":{"content":[{"token":"x"}]}}],"odd":[{}]}`, hello},
		{"error is an empty text", `{"error":"","choices":[{"index":0,"delta":{"content":""}}]}`, hello},
		{"error is false", `{"error":false,"choices":[{"index":0,"delta":{"content":""}}]}`, hello},
		{"error is an empty object", `{"error":{},"choices":[{"index":0,"delta":{"content":""}}]}`, hello},
		{"error has only nulls", `{"error":{"message":null,"code":null},"choices":[{"index":0,"delta":{"content":""}}]}`, hello},
		{"message beside delta", `{"choices":[{"index":0,"delta":{},"message":{"role":"assistant","content":"Hel"}}]}`, hello},
		{"a chunk is an empty list", `[]`, hello},
		{"a chunk is a list of odd things", `[1,null,"x",[]]`, hello},
		{"a chunk is null", `null`, hello},
		{"a chunk is a number", `7`, hello},
		{"content filters that filtered nothing", `{"choices":[{"index":0,"delta":{},"content_filter_results":{"hate":{"filtered":false,"severity":"safe"},"odd":true}}]}`, hello},
		{"content filters of an odd type", `{"choices":[{"index":0,"delta":{},"content_filter_results":"true"}]}`, hello},
		{"an event of a kind that nobody knows", `{"type":"ping"}`, hello},

		{"content is a list of parts", `{"choices":[{"index":"0","delta":{"content":[{"type":"text","text":""}]}}]}`, hello},
		{"a thinking part", `{"choices":[{"index":0,"delta":{"content":[{"type":"thinking","thinking":[{"type":"text","text":"Hm."}]}]}}]}`, thought},
		{"a thinking part of text", `{"choices":[{"index":0,"delta":{"content":[{"type":"thinking","thinking":"Hm."}]}}]}`, thought},
		{"reasoning_details", `{"choices":[{"index":0,"delta":{"reasoning_details":[{"type":"reasoning.text","text":"Hm."}]}}]}`, thought},
		{"reasoning_details beside reasoning", `{"choices":[{"index":0,"delta":{"reasoning":"Hm.","reasoning_details":[{"text":"Hm."}]}}]}`, thought},
		{"encrypted reasoning_details", `{"choices":[{"index":0,"delta":{"reasoning_details":[{"type":"reasoning.encrypted","data":"x"}]}}]}`, hello},
		{"thinking", `{"choices":[{"index":0,"delta":{"thinking":"Hm."}}]}`, thought},
		{"reasoning is an object", `{"choices":[{"index":0,"delta":{"reasoning":{"content":"Hm."}}}]}`, thought},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := replay(t, eventStream, events(opening, wrote("Hel"), tt.chunk, wrote("lo"), stopped, lateUsage, done))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, outcomeOf(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// What is of an odd type and still says what it means is read.
func TestOddShapesOfAnAnswerAreRead(t *testing.T) {
	t.Parallel()
	usage := `"usage":{"prompt_tokens":7,"completion_tokens":5,"total_tokens":12,"completion_tokens_details":{"reasoning_tokens":2}}`
	end := []string{stopped, lateUsage, done}
	tests := []struct {
		name  string
		whole bool // one JSON document
		body  []string
	}{
		{"choices is an object", false, append([]string{`{"choices":{"index":0,"delta":{"content":"Hello"}}}`}, end...)},
		{"index is a text", false, append([]string{`{"choices":[{"index":"0","delta":{"content":"Hello"}},{"index":"1","delta":{"content":"no"}}]}`}, end...)},
		{"index is a float", false, append([]string{`{"choices":[{"index":0.0,"delta":{"content":"Hello"}}]}`}, end...)},
		{"index is null", false, append([]string{`{"choices":[{"index":null,"delta":{"content":"Hello"}}]}`}, end...)},
		{"parts of text", false, append([]string{`{"choices":[{"delta":{"content":[{"type":"text","text":"Hel"},{"type":"output_text","text":"lo"},{"type":"reference","reference_ids":[1]}]}}]}`}, end...)},
		{"one part", false, append([]string{`{"choices":[{"delta":{"content":{"type":"text","text":"Hello"}}}]}`}, end...)},
		{"texts as parts", false, append([]string{`{"choices":[{"delta":{"content":["Hel","lo"]}}]}`}, end...)},
		{"chunks that are whole messages", false, append([]string{`{"choices":[{"message":{"content":"Hel"}}]}`, `{"choices":[{"message":{"content":"lo"}}]}`}, end...)},
		{"messages that grow", false, append([]string{`{"choices":[{"message":{"content":"Hel"}}]}`, `{"choices":[{"message":{"content":"Hello"}}]}`}, end...)},
		{"a whole message after the deltas", false, append([]string{wrote("Hel"), wrote("lo"), `{"choices":[{"message":{"content":"Hello"}}]}`}, end...)},
		{"a message beside its delta", false, append([]string{`{"choices":[{"delta":{"content":"Hello"},"message":{"content":"Hello"}}]}`}, end...)},
		{"chunks in a list", false, append([]string{`[` + wrote("Hel") + `,` + wrote("lo") + `]`}, end...)},
		{"DONE comes twice", false, append([]string{wrote("Hello")}, append(end, done)...)},
		{"usage beside choices of null", false, []string{wrote("Hello"), stopped, `{"choices":null,` + usage + `}`, done}},
		{"usage in x_groq", false, []string{wrote("Hello"), `{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"x_groq":{` + usage + `}}`, done}},
		{"usage as texts", false, []string{wrote("Hello"), stopped, `{"choices":[],"usage":{"prompt_tokens":"7","completion_tokens":"5","completion_tokens_details":{"reasoning_tokens":"2"}}}`, done}},
		{"usage beside a model of another type", false, []string{wrote("Hello"), stopped, `{"model":1,"choices":[],` + usage + `}`, done}},
		{"the reason is an object", false, []string{wrote("Hello"), `{"choices":[{"delta":{},"finish_reason":{"type":"stop","matched":2}}]}`, lateUsage, done}},
		{"a whole answer with parts", true, []string{`{"choices":[{"message":{"content":[{"type":"text","text":"Hello"}]},"finish_reason":"stop"}],` + usage + `}`}},
		{"a whole answer in a list", true, []string{`[{"choices":[{"message":{"content":"Hello"},"finish_reason":"stop"}],` + usage + `}]`}},
		{"a whole answer whose choices are an object", true, []string{`{"choices":{"message":{"content":"Hello"},"finish_reason":"stop"},` + usage + `}`}},
	}
	want := outcome{
		Content: "Hello", FinishReason: "stop",
		Usage: &provider.Usage{PromptTokens: 7, CompletionTokens: 5, TotalTokens: 12, ReasoningTokens: 2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			contentType, body := eventStream, events(tt.body...)
			if tt.whole {
				contentType, body = "application/json", tt.body[0]
			}
			got, err := replay(t, contentType, body)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, outcomeOf(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestInvalidUTF8IsReplaced(t *testing.T) {
	t.Parallel()
	got, err := replay(t, eventStream, events("{\"choices\":[{\"delta\":{\"content\":\"Hel\xff\"}}]}", wrote("lo"), stopped, lateUsage, done))
	if err != nil || got.Content != "Hel\uFFFDlo" || len(got.Warnings) > 0 {
		t.Errorf("got %v, %v", got, err)
	}
}

// FuzzOddField puts any JSON into any field of a chunk: text that came before and after
// is never lost.
func FuzzOddField(f *testing.F) {
	fields := []string{
		`{"choices":%s}`, `{"model":%s,"choices":[]}`, `{"usage":%s,"choices":[]}`, `{"x_groq":%s,"choices":[]}`, `{"choices":[%s]}`,
		`{"choices":[{"index":%s}]}`, `{"choices":[{"delta":%s}]}`, `{"choices":[{"message":%s}]}`, `{"choices":[{"finish_reason":%s}]}`,
		`{"choices":[{"content_filter_results":%s}]}`, `{"choices":[{"delta":{"content":%s}}]}`, `{"choices":[{"delta":{"reasoning":%s}}]}`,
		`{"choices":[{"delta":{"reasoning_content":%s}}]}`, `{"choices":[{"delta":{"reasoning_details":%s}}]}`, `{"choices":[{"delta":{"thinking":%s}}]}`,
		`{"choices":[{"delta":{"refusal":%s}}]}`, `{"choices":[{"delta":{"tool_calls":%s}}]}`, `{"choices":[{"delta":{"tool_calls":[%s]}}]}`,
		`{"choices":[{"delta":{"function_call":%s}}]}`, `{"choices":[{"delta":{"tool_calls":[{"index":%s}]}}]}`,
		`{"choices":[{"delta":{"tool_calls":[{"id":%s,"function":%[1]s}]}}]}`, `{"choices":[{"delta":{"tool_calls":[{"function":{"name":%s,"arguments":%[1]s}}]}}]}`,
		`{"choices":[{"delta":{"content":[{"type":%s,"text":"x"}]}}]}`, `{"choices":[{"delta":{"content":[{"type":"thinking","thinking":%s}]}}]}`,
		`{"error":%s}`, `{"error":%s,"choices":[]}`, `{"object":%s,"message":%[1]s}`, `{"detail":%s}`, `%s`,
	}
	for i := range fields {
		for _, value := range []string{`null`, `0`, `"x"`, `[]`, `{}`, `[{"type":"text","text":"x"}]`, `{"message":"x"}`, `[[[[["x"]]]]]`, `false`, `1e999`} {
			f.Add(uint8(i), value)
		}
	}
	s, p := newScripted(f)
	f.Fuzz(func(t *testing.T, field uint8, value string) {
		if !json.Valid([]byte(value)) || strings.ContainsAny(value, "\r\n") {
			t.Skip("the chunk is no event of JSON")
		}
		chunk := fmt.Sprintf(fields[int(field)%len(fields)], value)
		got, err := askScripted(t.Context(), s, p, strings.NewReader(events(wrote("Hello "), chunk, wrote("you"), stopped, lateUsage, done)))
		if err != nil {
			t.Fatalf("%s: %v", chunk, err)
		}
		if !strings.HasPrefix(got.Content, "Hello ") && !strings.HasPrefix(got.Reasoning, "Hello ") {
			t.Errorf("%s: got %q, reasoning %q", chunk, got.Content, got.Reasoning)
		}
		interrupted := false
		for _, code := range codes(got.Warnings) {
			interrupted = interrupted || code == provider.WarnStreamInterrupted
		}
		if !interrupted && !strings.HasSuffix(got.Content, "you") {
			t.Errorf("%s: got %q", chunk, got.Content)
		}
	})
}

// Gateways keep a connection alive with lines that are no events, and some begin with a
// byte order mark.
func TestNoiseInAStreamCostsNothing(t *testing.T) {
	t.Parallel()
	hello := `data: {"choices":[{"delta":{"content":"Hel"}}]}` + "\n\n"
	end := `data: {"choices":[{"delta":{"content":"lo"},"finish_reason":"stop"}]}` + "\n\ndata: [DONE]\n\n"
	for name, body := range map[string]string{
		"a ping first": "data: ping\n\n" + hello + end, "a ping within": hello + "data: ping\n\n" + end, "a byte order mark": "\uFEFF" + hello + end,
	} {
		p := connect(t, answering(chatPath, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/event-stream")
			_, _ = io.WriteString(w, body)
		}))
		result, err := ask(t, p)
		if err != nil || result.Content != "Hello" || len(result.Attempts) != 1 || slices.Contains(codes(result.Warnings), provider.WarnStreamInterrupted) {
			t.Errorf("%s: %+v, %v", name, result, err)
		}
	}
}
