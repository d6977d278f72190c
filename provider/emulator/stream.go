package emulator

import (
	"net/http"
	"slices"
	"strings"
)

// tokensPerChunk is how many tokens a chunk of a stream carries.
const tokensPerChunk = 3

// stream is an answer of server-sent events.
type stream struct {
	info *requestInfo
	sent int // events so far
}

func (info *requestInfo) openStream(status int) (*stream, error) {
	if err := info.alive(); err != nil {
		return nil, err
	}
	info.w.Header().Set("Content-Type", "text/event-stream")
	info.w.Header().Set("Cache-Control", "no-cache")
	info.w.WriteHeader(status)
	if err := info.flush(); err != nil {
		return nil, err
	}
	s := &stream{info: info}
	s.cut()
	return s, nil
}

// cut tears the connection down where the fault wants it.
func (s *stream) cut() {
	if s.info.fault.Cut != nil && s.sent >= *s.info.fault.Cut {
		panic(http.ErrAbortHandler)
	}
}

func (s *stream) event(data string) error {
	if s.sent > 0 {
		if err := s.info.pause(s.info.delay); err != nil {
			return err
		}
	}
	if s.info.fault.Malformed && s.sent == 1 {
		data = data[:len(data)/2]
	}
	if err := s.info.write("data: " + data + "\n\n"); err != nil {
		return err
	}
	s.sent++
	s.cut()
	return nil
}

// comment sends a line that clients must skip, as the service does to keep a
// connection alive.
func (s *stream) comment(text string) error { return s.info.write(": " + text + "\n\n") }

// stream sends the completion as chunks: the role, the reasoning, the text or
// the tool calls, the finish reason, then the usage in a chunk without choices
// if it is asked for, then [DONE].
func (info *requestInfo) stream(c *completion, includeUsage bool) error {
	s, err := info.openStream(http.StatusOK)
	if err != nil {
		return err
	}
	if !c.isEmpty {
		if err := s.completion(c, includeUsage && !info.fault.NoUsage); err != nil {
			return err
		}
	}
	if info.fault.NoDone {
		return nil
	}
	return s.event("[DONE]")
}

func (s *stream) completion(c *completion, includeUsage bool) error {
	for i, one := range c.choices() {
		if i == 1 {
			if err := s.comment("keep-alive"); err != nil {
				return err
			}
		}
		if err := s.event(c.chunk([]choice{one}, nil)); err != nil {
			return err
		}
	}
	if !includeUsage {
		return nil
	}
	return s.event(c.chunk([]choice{}, &c.usage))
}

func (c *completion) chunk(choices []choice, used *usage) string {
	return string(encode(response{
		ID: c.id, Object: "chat.completion.chunk", Created: c.created, Model: c.model, Choices: choices, Usage: used,
	}))
}

// choices returns the content of every chunk but the one with the usage.
func (c *completion) choices() []choice {
	deltas := []assistantMessage{{Role: "assistant", Content: new("")}}
	for text := range slices.Chunk(c.reasoning, tokensPerChunk) {
		d := assistantMessage{}
		d.Reasoning, d.ReasoningContent = c.reasoningText(text)
		deltas = append(deltas, d)
	}
	for text := range slices.Chunk(c.content, tokensPerChunk) {
		deltas = append(deltas, assistantMessage{Content: new(strings.Join(text, ""))})
	}
	for text := range slices.Chunk(c.refusal, tokensPerChunk) {
		deltas = append(deltas, assistantMessage{Refusal: strings.Join(text, "")})
	}
	for i, made := range c.calls {
		deltas = append(deltas, made.deltas(i)...)
	}
	last := assistantMessage{}
	if n := len(c.calls); n > 0 {
		last.ToolCalls = []toolCall{{Index: new(n - 1)}}
	}
	var choices []choice
	for _, d := range append(deltas, last) {
		choices = append(choices, choice{Delta: &d})
	}
	choices[len(choices)-1].FinishReason = &c.finish
	return choices
}

func (made call) deltas(index int) []assistantMessage {
	deltas := []assistantMessage{{Role: "assistant", ToolCalls: []toolCall{
		{Index: &index, ID: made.id, Type: "function", Function: functionCall{Name: made.name}},
	}}}
	for text := range slices.Chunk(made.arguments, tokensPerChunk) {
		deltas = append(deltas, assistantMessage{Role: "assistant", ToolCalls: []toolCall{
			{Index: &index, Function: functionCall{Arguments: strings.Join(text, "")}},
		}})
	}
	return deltas
}
