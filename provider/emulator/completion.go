package emulator

import (
	"math"
	"strings"
	"unicode"
)

// completion is an answer as tokens, ready to be sent whole or as a stream.
type completion struct {
	id      string
	created int64
	model   string

	isEmpty bool // has no choice; see [chatRequest.getsEmptyAnswer]

	reasoningField string // the field that the model's reasoning text comes in
	reasoning      []string
	content        []string
	refusal        []string
	calls          []call
	finish         string // stop, length or tool_calls
	usage          usage
}

// call is a tool call that the emulator makes.
type call struct {
	id, name  string
	arguments []string // the JSON object, as tokens
}

type usage struct {
	PromptTokens     int           `json:"prompt_tokens"`
	CompletionTokens int           `json:"completion_tokens"`
	TotalTokens      int           `json:"total_tokens"`
	Details          *usageDetails `json:"completion_tokens_details,omitempty"`
}

type usageDetails struct {
	ReasoningTokens int `json:"reasoning_tokens"`
}

// toolCall is a tool call in a message, of a request or of an answer. A stream
// sends it in pieces: the first one has the id, the type and the name, and all
// have its place and a piece of the arguments.
type toolCall struct {
	Index    *int         `json:"index,omitempty"` // in a stream
	ID       string       `json:"id,omitempty"`
	Type     string       `json:"type,omitempty"`
	Function functionCall `json:"function"`
}

type functionCall struct {
	Name      string `json:"name,omitempty"`
	Arguments string `json:"arguments"` // a JSON object
}

// response is a whole answer, whose choices have messages, or a chunk of a
// stream, whose choices have deltas.
type response struct {
	ID      string   `json:"id"`
	Object  string   `json:"object"`
	Created int64    `json:"created"`
	Model   string   `json:"model"`
	Choices []choice `json:"choices"`
	Usage   *usage   `json:"usage,omitempty"`
}

type choice struct {
	Index        int               `json:"index"`
	Message      *assistantMessage `json:"message,omitempty"`
	Delta        *assistantMessage `json:"delta,omitempty"`
	FinishReason *string           `json:"finish_reason"`
	Logprobs     any               `json:"logprobs"`
}

// assistantMessage is what the model says. One with tool calls or a refusal has no content.
type assistantMessage struct {
	Role             string     `json:"role,omitempty"`
	Content          *string    `json:"content,omitempty"`
	Reasoning        string     `json:"reasoning,omitempty"`
	ReasoningContent string     `json:"reasoning_content,omitempty"`
	Refusal          string     `json:"refusal,omitempty"`
	ToolCalls        []toolCall `json:"tool_calls,omitempty"`
}

// The names of the field with the reasoning text: of today's models, and of
// older ones.
const (
	reasoningField    = "reasoning"
	oldReasoningField = "reasoning_content"
)

// response returns the completion as the answer to a request without stream.
func (c *completion) response() response {
	m := &assistantMessage{Role: "assistant"}
	m.Reasoning, m.ReasoningContent = c.reasoningText(c.reasoning)
	if c.calls == nil && c.refusal == nil {
		m.Content = new(strings.Join(c.content, ""))
	}
	m.Refusal = strings.Join(c.refusal, "")
	for _, made := range c.calls {
		m.ToolCalls = append(m.ToolCalls, toolCall{
			ID: made.id, Type: "function",
			Function: functionCall{Name: made.name, Arguments: strings.Join(made.arguments, "")},
		})
	}
	return response{
		ID: c.id, Object: "chat.completion", Created: c.created, Model: c.model,
		Choices: []choice{{Message: m, FinishReason: &c.finish}}, Usage: &c.usage,
	}
}

// reasoningText joins reasoning tokens into the value of the one field or of
// the other.
func (c *completion) reasoningText(tokens []string) (reasoning, reasoningContent string) {
	text := strings.Join(tokens, "")
	if c.reasoningField == oldReasoningField {
		return "", text
	}
	return text, ""
}

// count fills the usage in: reasoning counts as completion tokens.
func (c *completion) count(promptTokens int) {
	n := len(c.reasoning) + len(c.content) + len(c.refusal)
	for _, made := range c.calls {
		n += len(made.arguments)
	}
	c.usage = usage{PromptTokens: promptTokens, CompletionTokens: n, TotalTokens: promptTokens + n}
	if len(c.reasoning) > 0 {
		c.usage.Details = &usageDetails{ReasoningTokens: len(c.reasoning)}
	}
}

// tokenize splits text into the emulator's tokens: a word with the blanks before
// it, long words in parts. Joined, they are the text.
func tokenize(text string) []string {
	const longest = 12 // characters
	var out []string
	start, runes, word := 0, 0, false
	for i, r := range text {
		blank := unicode.IsSpace(r)
		if word && blank || runes == longest {
			out = append(out, text[start:i])
			start, runes, word = i, 0, false
		}
		runes++
		word = word || !blank
	}
	if start < len(text) {
		out = append(out, text[start:])
	}
	return out
}

// tokenBudget is what max_tokens leaves. Reasoning, text and tool arguments draw on
// it in that order.
type tokenBudget struct{ left int }

func newTokenBudget(limit *int) *tokenBudget {
	if limit == nil {
		return &tokenBudget{math.MaxInt}
	}
	return &tokenBudget{*limit}
}

// take returns the tokens of text that the budget allows for; whole says that
// these are all.
func (b *tokenBudget) take(text string) (tokens []string, whole bool) {
	tokens = tokenize(text)
	if len(tokens) > b.left {
		tokens, whole = tokens[:b.left], false
	} else {
		whole = true
	}
	b.left -= len(tokens)
	return tokens, whole
}
