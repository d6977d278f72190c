package emulator_test

import (
	"encoding/json"
	"net/http/httptest"
	"strings"
	"testing"
)

// events splits a stream into its payloads, and fails on anything that is not
// server-sent events.
func events(t testing.TB, w *httptest.ResponseRecorder) (payloads []string, comments int) {
	t.Helper()
	if got := w.Header().Get("Content-Type"); got != "text/event-stream" {
		t.Fatalf("Content-Type is %q", got)
	}
	text := w.Body.String()
	if text != "" && !strings.HasSuffix(text, "\n\n") {
		t.Fatalf("the stream ends within an event: %q", text)
	}
	for block := range strings.SplitSeq(strings.TrimSuffix(text, "\n\n"), "\n\n") {
		if data, ok := strings.CutPrefix(block, "data: "); ok && !strings.Contains(data, "\n") {
			payloads = append(payloads, data)
		} else if strings.HasPrefix(block, ": ") {
			comments++
		} else if text != "" {
			t.Fatalf("not an event: %q", block)
		}
	}
	return payloads, comments
}

// replay puts the chunks of a stream together, and fails on a malformed one.
func replay(t testing.TB, w *httptest.ResponseRecorder) answer {
	t.Helper()
	payloads, comments := events(t, w)
	a := answer{Comments: comments, Events: len(payloads)}
	for i, data := range payloads {
		if a.Done {
			t.Fatalf("event %d comes after [DONE]: %s", i, data)
		}
		if data == "[DONE]" {
			a.Done = true
			continue
		}
		var chunk wireAnswer
		if err := json.Unmarshal([]byte(data), &chunk); err != nil {
			t.Fatalf("event %d: %v in %s", i, err, data)
		}
		if chunk.Object != "chat.completion.chunk" || chunk.ID == "" || a.ID != "" && chunk.ID != a.ID {
			t.Fatalf("event %d is no chunk of this completion: %s", i, data)
		}
		a.ID, a.Model = chunk.ID, chunk.Model
		a.add(t, chunk)
	}
	return a
}

func (a *answer) add(t testing.TB, chunk wireAnswer) {
	t.Helper()
	if chunk.Usage != nil {
		if a.Finish == "" || len(chunk.Choices) != 0 {
			t.Fatal("usage must come after the finish reason, in a chunk without choices")
		}
		a.Usage = chunk.Usage
		return
	}
	if len(chunk.Choices) != 1 || a.Finish != "" {
		t.Fatalf("a chunk with %d choices, after finish reason %q", len(chunk.Choices), a.Finish)
	}
	d := chunk.Choices[0].Delta
	if d.Role != "" {
		a.Role = d.Role
	}
	if d.Content != nil {
		a.Content = new(a.text() + *d.Content)
	}
	a.Reasoning += d.Reasoning
	a.ReasoningContent += d.ReasoningContent
	for _, piece := range d.ToolCalls {
		if piece.ID != "" {
			a.Calls = append(a.Calls, called{ID: piece.ID, Type: piece.Type})
		}
		if piece.Index != len(a.Calls)-1 {
			t.Fatalf("a piece of tool call %d while call %d is streamed", piece.Index, len(a.Calls)-1)
		}
		call := &a.Calls[piece.Index]
		call.Function.Name += piece.Function.Name
		call.Function.Arguments += piece.Function.Arguments
	}
	if f := chunk.Choices[0].FinishReason; f != nil {
		a.Finish = *f
	}
}
