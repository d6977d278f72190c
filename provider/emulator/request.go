package emulator

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
)

// chatRequest is the body of /v1/chat/completions.
type chatRequest struct {
	Model               string          `json:"model"`
	Messages            []message       `json:"messages"`
	Temperature         *float64        `json:"temperature"`
	TopP                *float64        `json:"top_p"`
	MaxTokens           *int            `json:"max_tokens"`
	MaxCompletionTokens *int            `json:"max_completion_tokens"`
	Stop                stringList      `json:"stop"`
	Seed                *int64          `json:"seed"`
	Tools               []tool          `json:"tools"`
	ToolChoice          toolChoice      `json:"tool_choice"`
	ParallelToolCalls   *bool           `json:"parallel_tool_calls"`
	ResponseFormat      *responseFormat `json:"response_format"`
	ReasoningEffort     *string         `json:"reasoning_effort"`
	Logprobs            *bool           `json:"logprobs"`
	TopLogprobs         *int            `json:"top_logprobs"`
	Stream              bool            `json:"stream"`
	StreamOptions       struct {
		IncludeUsage bool `json:"include_usage"`
	} `json:"stream_options"`
	PresencePenalty  *float64 `json:"presence_penalty"`
	FrequencyPenalty *float64 `json:"frequency_penalty"`
	User             string   `json:"user"`
	N                *int     `json:"n"`
}

type message struct {
	Role       string     `json:"role"`
	Content    content    `json:"content"`
	Name       string     `json:"name"`
	ToolCalls  []toolCall `json:"tool_calls"`
	ToolCallID string     `json:"tool_call_id"`
}

// content is a text or a list of parts; neither when absent or null.
type content struct {
	given bool
	text  string
	parts []part
}

type part struct {
	Type     string `json:"type"`
	Text     string `json:"text"`
	ImageURL struct {
		URL    string `json:"url"`
		Detail string `json:"detail"`
	} `json:"image_url"`
}

type responseFormat struct {
	Type       string `json:"type"`
	JSONSchema struct {
		Name   string          `json:"name"`
		Schema json.RawMessage `json:"schema"`
	} `json:"json_schema"`
}

// stringList is a list of strings, or one.
type stringList []string

func decodeChat(body []byte) (*chatRequest, error) {
	r := &chatRequest{}
	err := decodeBody(body, r, []string{
		"model", "messages", "temperature", "top_p", "max_tokens", "max_completion_tokens", "stop", "seed", "tools",
		"tool_choice", "parallel_tool_calls", "response_format", "reasoning_effort", "logprobs", "top_logprobs",
		"stream", "stream_options", "presence_penalty", "frequency_penalty", "user", "n",
	}, "model", "messages")
	return r, err
}

// decodeBody decodes a JSON object that may have only the known fields, as the
// service refuses any other with a 400, and must have the required ones.
func decodeBody(body []byte, into any, known []string, required ...string) error {
	if len(body) > imageBodyLimit {
		return tooLarge(imageBodyLimit)
	}
	var given map[string]json.RawMessage
	if err := json.Unmarshal(body, &given); err != nil {
		return undecodable(err)
	}
	for field := range given {
		if !slices.Contains(known, field) {
			return badRequest("feature 'extra arguments' is not currently supported")
		}
	}
	for _, field := range required {
		if _, ok := given[field]; !ok {
			return missingField(field)
		}
	}
	if err := json.Unmarshal(body, into); err != nil {
		return undecodable(err)
	}
	return nil
}

func (c *content) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		return nil
	}
	c.given = true
	if json.Unmarshal(data, &c.text) == nil {
		return nil
	}
	if err := json.Unmarshal(data, &c.parts); err != nil {
		return errors.New("messages.content: expected a string or a list of content parts")
	}
	return nil
}

func (l *stringList) UnmarshalJSON(data []byte) error {
	var one string
	if json.Unmarshal(data, &one) == nil && string(data) != "null" {
		*l = stringList{one}
		return nil
	}
	var several []string
	if err := json.Unmarshal(data, &several); err != nil {
		return errors.New("expected a string or a list of strings")
	}
	*l = several
	return nil
}

// plain returns the text of a content, its text parts one a line.
func (c content) plain() string {
	if c.parts == nil {
		return c.text
	}
	var texts []string
	for _, p := range c.parts {
		if p.Type == "text" {
			texts = append(texts, p.Text)
		}
	}
	return strings.Join(texts, "\n")
}

func (m message) isSystem() bool { return m.Role == "system" || m.Role == "developer" }

// texts returns the text of the messages with a role, in order.
func (r *chatRequest) texts(role string) []string {
	var texts []string
	for _, m := range r.Messages {
		if m.Role == role {
			texts = append(texts, m.Content.plain())
		}
	}
	return texts
}

// userText returns everything that the user said.
func (r *chatRequest) userText() string { return strings.Join(r.texts("user"), "\n") }

// maxTokens returns the limit on completion tokens; nil means no limit.
func (r *chatRequest) maxTokens() *int {
	if r.MaxCompletionTokens != nil {
		return r.MaxCompletionTokens
	}
	return r.MaxTokens
}

// promptTokens estimates the size of the prompt: four characters a token, and
// a fixed price an image.
func (r *chatRequest) promptTokens() int {
	const imageTokens = 256
	characters, images := 0, 0
	for _, m := range r.Messages {
		characters += len([]rune(m.Content.plain()))
		for _, call := range m.ToolCalls {
			characters += len([]rune(call.Function.Arguments))
		}
		images += len(m.Content.images())
	}
	return tokensOf(characters) + images*imageTokens
}

func tokensOf(characters int) int { return (characters + 3) / 4 }
