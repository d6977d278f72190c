package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"
)

const (
	chunks     = 20   // of the usual answer
	longAnswer = 4000 // tokens of the long one
)

// stream is an answer of the upstream, as events.
type stream struct {
	events []string
	text   string
}

const chunk = `data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1767225600,"model":"` + model + `",%s}` + "\n\n"

// textStream returns an answer whose text comes in pieces: their chunks, the end, usage.
func textStream(pieces []string) stream {
	s := stream{text: strings.Join(pieces, "")}
	for _, piece := range pieces {
		s.events = append(s.events, delta(fmt.Sprintf(`{"role":"assistant","content":%q}`, piece), "null"))
	}
	s.events = append(s.events, delta("{}", `"stop"`))
	return s.ended(len(pieces))
}

// callStream returns an answer that is one call of a tool, whose arguments come in
// pieces.
func callStream(tool string, pieces []string) stream {
	const first = `{"role":"assistant","tool_calls":[{"index":0,"id":"call_1","type":"function","function":{"name":%q,"arguments":""}}]}`
	s := stream{events: []string{delta(fmt.Sprintf(first, tool), "null")}}
	for _, piece := range pieces {
		s.events = append(s.events, delta(fmt.Sprintf(`{"tool_calls":[{"index":0,"function":{"arguments":%q}}]}`, piece), "null"))
	}
	s.events = append(s.events, delta("{}", `"tool_calls"`))
	return s.ended(len(pieces))
}

func delta(delta, finishReason string) string {
	return fmt.Sprintf(chunk, `"choices":[{"index":0,"delta":`+delta+`,"finish_reason":`+finishReason+`}]`)
}

func (s stream) ended(tokens int) stream {
	usage := fmt.Sprintf(`"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":%d,"total_tokens":%d}`, tokens, tokens+12)
	s.events = append(s.events, fmt.Sprintf(chunk, usage), "data: [DONE]\n\n")
	return s
}

// words returns n short pieces of text.
func words(n int) []string {
	pieces := make([]string, n)
	for i := range pieces {
		pieces[i] = fmt.Sprintf("word%d ", i)
	}
	pieces[n-1] += "end"
	return pieces
}

// cut cuts a text into pieces of so many bytes.
func cut(text string, size int) []string {
	var pieces []string
	for len(text) > size {
		pieces, text = append(pieces, text[:size]), text[size:]
	}
	return append(pieces, text)
}

// answer flushes each event, as a model that streams its tokens does.
func (s stream) answer(w http.ResponseWriter, r *http.Request) {
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		return
	}
	s.send(w, s.events)
}

func (s stream) send(w http.ResponseWriter, events []string) {
	w.Header().Set("Content-Type", "text/event-stream")
	controller := http.NewResponseController(w)
	for _, event := range events {
		_, _ = io.WriteString(w, event)
		_ = controller.Flush()
	}
}
