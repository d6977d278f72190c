package emulator

import "strings"

// completion is an answer as tokens, ready to be sent whole or as a stream.
type completion struct {
	id      string
	created int64
	model   string

	// silent is an answer without a choice that says anything; see
	// [chatRequest.silent].
	silent bool

	reasoningField string // the field that the model's reasoning text comes in
	reasoning      []string
	content        []string
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

// toolCall is a tool call in a message, of a request or of an answer.
type toolCall struct {
	ID       string       `json:"id"`
	Type     string       `json:"type"`
	Function functionCall `json:"function"`
}

type functionCall struct {
	Name      string `json:"name,omitempty"`
	Arguments string `json:"arguments"` // a JSON object
}

type response struct {
	ID      string   `json:"id"`
	Object  string   `json:"object"`
	Created int64    `json:"created"`
	Model   string   `json:"model"`
	Choices []choice `json:"choices"`
	Usage   *usage   `json:"usage,omitempty"`
}

type choice struct {
	Index        int    `json:"index"`
	Message      answer `json:"message"`
	FinishReason string `json:"finish_reason"`
	Logprobs     any    `json:"logprobs"`
}

// answer is the assistant's message. One with tool calls has no content.
type answer struct {
	Role             string     `json:"role"`
	Content          *string    `json:"content,omitempty"`
	Reasoning        string     `json:"reasoning,omitempty"`
	ReasoningContent string     `json:"reasoning_content,omitempty"`
	ToolCalls        []toolCall `json:"tool_calls,omitempty"`
}

// The names of the field with the reasoning text: of today's models, and of
// older ones.
const (
	reasoningField    = "reasoning"
	oldReasoningField = "reasoning_content"
)

// response gives the completion as the answer to a request without stream.
func (c *completion) response() response {
	a := answer{Role: "assistant"}
	a.Reasoning, a.ReasoningContent = c.reasoningText(c.reasoning)
	if c.calls == nil {
		a.Content = new(strings.Join(c.content, ""))
	}
	for _, made := range c.calls {
		a.ToolCalls = append(a.ToolCalls, toolCall{
			ID: made.id, Type: "function",
			Function: functionCall{Name: made.name, Arguments: strings.Join(made.arguments, "")},
		})
	}
	return response{
		ID: c.id, Object: "chat.completion", Created: c.created, Model: c.model,
		Choices: []choice{{Message: a, FinishReason: c.finish}}, Usage: &c.usage,
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
	n := len(c.reasoning) + len(c.content)
	for _, made := range c.calls {
		n += len(made.arguments)
	}
	c.usage = usage{PromptTokens: promptTokens, CompletionTokens: n, TotalTokens: promptTokens + n}
	if len(c.reasoning) > 0 {
		c.usage.Details = &usageDetails{ReasoningTokens: len(c.reasoning)}
	}
}
