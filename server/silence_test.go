package server_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// piece is an event of a stream with some text.
func piece(text string) string {
	return `{"model":"gpt-oss-20b","choices":[{"index":0,"delta":{"content":"` + text + `"}}]}`
}

const (
	thought = `{"model":"gpt-oss-20b","choices":[{"index":0,"delta":{"reasoning":"Hmm, a hard one."}}]}`
	stopped = `{"model":"gpt-oss-20b","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`
	used    = `{"model":"gpt-oss-20b","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}`
	done    = `[DONE]`
)

// An answer that is empty or cut always has a warning and a text that is not blank:
// many clients show a model only the first block.
func TestAnAnswerThatIsEmptyOrCutSaysSo(t *testing.T) {
	tests := []struct {
		name      string
		key       string
		arguments string // beside prompt and model
		fault     emulator.Fault
		content   string
		finish    string
		warnings  []string
		says      string // in the first text, when there is no content
	}{
		{
			name: "only [DONE]", fault: emulator.Fault{RawEvents: []string{done}},
			warnings: []string{"empty_response", "usage_missing"}, says: "Rate limiting is likely",
		}, {
			name: "only [DONE], with a key", key: "key-1", fault: emulator.Fault{RawEvents: []string{done}},
			warnings: []string{"empty_response", "usage_missing"}, says: "unlikely",
		}, {
			name: "no body at all", fault: emulator.Fault{Status: 200, Body: " ", ContentType: "text/event-stream"},
			warnings: []string{"empty_response", "usage_missing"}, says: "nothing",
		}, {
			name: "a stop without text", fault: emulator.Fault{RawEvents: []string{piece(""), stopped, used, done}},
			finish: "stop", warnings: []string{"empty_response"}, says: "nothing",
		}, {
			name: "blank text", fault: emulator.Fault{RawEvents: []string{piece(` \n `), stopped, used, done}},
			content: " \n ", finish: "stop", warnings: []string{"empty_response"}, says: "nothing",
		}, {
			name: "reasoning only", fault: emulator.Fault{RawEvents: []string{thought, stopped, used, done}},
			finish: "stop", warnings: []string{"reasoning_only"}, says: "max_tokens",
		}, {
			name: "reasoning ate the tokens", arguments: `,"max_tokens":5`,
			finish: "length", warnings: []string{"truncated", "reasoning_only"}, says: "reasoning_effort",
		}, {
			name: "cut at max_tokens", arguments: `,"max_tokens":6,"reasoning_effort":"none"`,
			content: "[emulator] gpt-oss-20b would", finish: "length", warnings: []string{"truncated"},
		}, {
			name: "the stream breaks off", fault: emulator.Fault{RawEvents: []string{piece("Half an")}, Cut: new(1)},
			content: "Half an", warnings: []string{"stream_interrupted", "usage_missing"},
		}, {
			name: "no finish reason", fault: emulator.Fault{RawEvents: []string{piece("Half an"), done}},
			content: "Half an", warnings: []string{"stream_interrupted", "usage_missing"},
		}, {
			name: "an error within the stream", fault: emulator.Fault{RawEvents: []string{piece("Half an"),
				`{"error":{"message":"out of memory","code":500}}`}},
			content: "Half an", warnings: []string{"stream_interrupted", "usage_missing"},
		}, {
			name: "the deadline passes", fault: emulator.Fault{RawEvents: []string{piece("Half an")}, Hang: true},
			content: "Half an", finish: "deadline", warnings: []string{"deadline", "usage_missing"},
		}, {
			name: "a content filter", fault: emulator.Fault{RawEvents: []string{finished(`"content_filter"`), used, done}},
			finish: "content_filter", warnings: []string{"content_filtered"}, says: "content filter",
		}, {
			name: "a refusal without a word", fault: emulator.Fault{RawEvents: []string{finished(`"refusal"`), used, done}},
			finish: "refusal", warnings: []string{"refused"}, says: "refused",
		}, {
			name: "an abort without text", fault: emulator.Fault{RawEvents: []string{finished(`"abort"`), used, done}},
			finish: "abort", warnings: []string{"empty_response", "stream_interrupted"}, says: "nothing",
		}, {
			name:   "a tool call that was cut",
			fault:  emulator.Fault{RawEvents: []string{calls(`{"index":0,"id":"a","function":{"name":"f","arguments":"{"}}`), finished(`"length"`), used, done}},
			finish: "length", warnings: []string{"tool_call_dropped", "truncated"}, says: "not whole JSON",
		}, {
			name: "usage is left out", fault: emulator.Fault{RawEvents: []string{piece("All of it."), stopped, done}},
			content: "All of it.", finish: "stop", warnings: []string{"usage_missing"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := connect(t, setup{inMemory: true, provider: provider.Options{Timeout: time.Minute, APIKey: test.key}})
				test.fault.Times = -1
				r.Script(test.fault)
				var got chatAnswer
				result := r.succeed("chat", `{"prompt":"hi","model":"gpt-oss-20b"`+test.arguments+`}`, &got)
				if !strings.HasPrefix(got.Content, test.content) || test.content == "" && got.Content != "" {
					t.Errorf("the content is %q, want %q", got.Content, test.content)
				}
				if got.FinishReason != test.finish {
					t.Errorf("the finish reason is %q, want %q", got.FinishReason, test.finish)
				}
				if slices.Sort(test.warnings); !slices.Equal(slices.Sorted(slices.Values(got.codes())), test.warnings) {
					t.Errorf("the warnings are %v, want %v", got.codes(), test.warnings)
				}
				checkNotes(t, result, got, test.says)
			})
		})
	}
}

// checkNotes checks that the first text is only the content, or says why the content is
// empty, and that the last one has every warning.
func checkNotes(t *testing.T, result result, got chatAnswer, says string) {
	t.Helper()
	if strings.TrimSpace(got.Content) != "" {
		if result.texts[0] != got.Content {
			t.Errorf("the first text is %q, not the content %q", result.texts[0], got.Content)
		}
	} else if !strings.HasPrefix(result.texts[0], "No answer:") || !strings.Contains(result.texts[0], says) {
		t.Errorf("the first text does not say why there is no answer (%q): %q", says, result.texts[0])
	}
	want := []string{result.texts[0]}
	if strings.TrimSpace(got.Content) == "" && got.Reasoning != "" {
		want = append(want, "Reasoning:\n"+got.Reasoning)
	}
	notes := result.texts[len(result.texts)-1]
	if !slices.Equal(append(want, notes), result.texts) || !strings.HasPrefix(notes, "Notes:") {
		t.Fatalf("the texts are %q, want the answer and then the notes", result.texts)
	}
	for _, w := range got.Warnings {
		if !strings.Contains(notes, w.Code+": "+w.Message) {
			t.Errorf("the notes lack %s: %q", w.Code, notes)
		}
	}
}

func TestADeadlineWithoutAnyTextIsAnError(t *testing.T) {
	for name, fault := range map[string]emulator.Fault{
		"nothing":        {Hang: true},
		"reasoning only": {RawEvents: []string{thought}, Hang: true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				r := connect(t, setup{inMemory: true, provider: provider.Options{Timeout: time.Minute}})
				fault.Times = -1
				r.Script(fault)
				start := time.Now()
				got := r.call("chat", `{"prompt":"hi","model":"gpt-oss-20b"}`).failure()
				if got.Code != "upstream_timeout" || !got.Retryable || !strings.Contains(got.Message, "1m") {
					t.Errorf("got %+v", got)
				}
				if took := time.Since(start); took < time.Minute || took > time.Minute+time.Second {
					t.Errorf("it took %s, with a deadline of a minute", took)
				}
			})
		})
	}
}
