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
	x    *exchange
	sent int // events so far
}

func (x *exchange) openStream(status int) (*stream, error) {
	if err := x.alive(); err != nil {
		return nil, err
	}
	x.w.Header().Set("Content-Type", "text/event-stream")
	x.w.Header().Set("Cache-Control", "no-cache")
	x.w.WriteHeader(status)
	if err := x.flush(); err != nil {
		return nil, err
	}
	s := &stream{x: x}
	s.cut()
	return s, nil
}

// cut tears the connection down where the fault wants it.
func (s *stream) cut() {
	if s.x.fault.Cut != nil && s.sent >= *s.x.fault.Cut {
		panic(http.ErrAbortHandler)
	}
}

func (s *stream) event(data string) error {
	if s.sent > 0 {
		if err := s.x.pause(s.x.delay); err != nil {
			return err
		}
	}
	if err := s.x.write("data: " + data + "\n\n"); err != nil {
		return err
	}
	s.sent++
	s.cut()
	return nil
}

// comment sends a line that clients must skip, as the service does to keep a
// connection alive.
func (s *stream) comment(text string) error { return s.x.write(": " + text + "\n\n") }

type chunk struct {
	ID      string        `json:"id"`
	Object  string        `json:"object"`
	Created int64         `json:"created"`
	Model   string        `json:"model"`
	Choices []chunkChoice `json:"choices"`
	Usage   *usage        `json:"usage,omitempty"`
}

type chunkChoice struct {
	Index        int     `json:"index"`
	Delta        delta   `json:"delta"`
	FinishReason *string `json:"finish_reason"`
	Logprobs     any     `json:"logprobs"`
}

type delta struct {
	Role             string      `json:"role,omitempty"`
	Content          *string     `json:"content,omitempty"`
	Reasoning        string      `json:"reasoning,omitempty"`
	ReasoningContent string      `json:"reasoning_content,omitempty"`
	ToolCalls        []callDelta `json:"tool_calls,omitempty"`
}

// callDelta is a piece of the tool call at Index. The first one of a call has
// the id, the type and the name; all have a piece of the arguments.
type callDelta struct {
	Index    int          `json:"index"`
	ID       string       `json:"id,omitempty"`
	Type     string       `json:"type,omitempty"`
	Function functionCall `json:"function"`
}

// stream sends the completion as chunks: the role, the reasoning, the text or
// the tool calls, the finish reason, then the usage in a chunk without choices
// if it is asked for, then [DONE].
func (x *exchange) stream(c *completion, includeUsage bool) error {
	s, err := x.openStream(http.StatusOK)
	if err != nil {
		return err
	}
	if !c.silent {
		if err := s.completion(c, includeUsage && !x.fault.NoUsage); err != nil {
			return err
		}
	}
	if x.fault.NoDone {
		return nil
	}
	return s.event("[DONE]")
}

func (s *stream) completion(c *completion, includeUsage bool) error {
	for i, choice := range c.choices() {
		if i == 1 {
			if err := s.comment("keep-alive"); err != nil {
				return err
			}
		}
		if err := s.event(c.chunk([]chunkChoice{choice}, nil)); err != nil {
			return err
		}
	}
	if !includeUsage {
		return nil
	}
	return s.event(c.chunk([]chunkChoice{}, &c.usage))
}

func (c *completion) chunk(choices []chunkChoice, used *usage) string {
	return string(encode(chunk{
		ID: c.id, Object: "chat.completion.chunk", Created: c.created, Model: c.model, Choices: choices, Usage: used,
	}))
}

// choices gives the content of every chunk but the one with the usage.
func (c *completion) choices() []chunkChoice {
	deltas := []delta{{Role: "assistant", Content: new("")}}
	for text := range slices.Chunk(c.reasoning, tokensPerChunk) {
		d := delta{}
		d.Reasoning, d.ReasoningContent = c.reasoningText(text)
		deltas = append(deltas, d)
	}
	for text := range slices.Chunk(c.content, tokensPerChunk) {
		deltas = append(deltas, delta{Content: new(strings.Join(text, ""))})
	}
	for i, made := range c.calls {
		deltas = append(deltas, made.deltas(i)...)
	}
	last := delta{}
	if n := len(c.calls); n > 0 {
		last.ToolCalls = []callDelta{{Index: n - 1}}
	}
	var choices []chunkChoice
	for _, d := range append(deltas, last) {
		choices = append(choices, chunkChoice{Delta: d})
	}
	choices[len(choices)-1].FinishReason = &c.finish
	return choices
}

func (made call) deltas(index int) []delta {
	deltas := []delta{{Role: "assistant", ToolCalls: []callDelta{
		{Index: index, ID: made.id, Type: "function", Function: functionCall{Name: made.name}},
	}}}
	for text := range slices.Chunk(made.arguments, tokensPerChunk) {
		deltas = append(deltas, delta{Role: "assistant", ToolCalls: []callDelta{
			{Index: index, Function: functionCall{Arguments: strings.Join(text, "")}},
		}})
	}
	return deltas
}
