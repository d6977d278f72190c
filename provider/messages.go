package provider

import (
	"encoding/json"
	"slices"
	"strings"
)

// The roles of a message. Developer messages are system messages by another
// name; the service knows only the latter.
const (
	RoleSystem    = "system"
	RoleDeveloper = "developer"
	RoleUser      = "user"
	RoleAssistant = "assistant"
	RoleTool      = "tool"
)

// Message is one turn of a conversation, in the shape of the OpenAI API.
type Message struct {
	Role       string     `json:"role" jsonschema:"enum=system,enum=developer,enum=user,enum=assistant,enum=tool"`
	Content    Content    `json:"content,omitzero"`
	Name       string     `json:"name,omitempty"`
	ToolCalls  []ToolCall `json:"tool_calls,omitempty"`
	ToolCallID string     `json:"tool_call_id,omitempty"`

	// What the assistant thought, under the name by which its model returned it.
	Reasoning        string `json:"reasoning,omitempty" jsonschema:"-"`
	ReasoningContent string `json:"reasoning_content,omitempty" jsonschema:"-"`
}

// Roles returns the roles of messages.
func Roles() []string { return []string{RoleSystem, RoleDeveloper, RoleUser, RoleAssistant, RoleTool} }

func (m Message) isSystem() bool { return m.Role == RoleSystem || m.Role == RoleDeveloper }

// MarshalJSON leaves content out where there is none, as beside tool calls, but
// never of a tool's result: the service wants it there even when it is empty.
func (m Message) MarshalJSON() ([]byte, error) {
	type plain Message
	if m.Role == RoleTool && m.Content.Parts == nil {
		return json.Marshal(struct {
			plain
			Content string `json:"content"`
		}{plain(m), m.Content.Text})
	}
	return json.Marshal(plain(m))
}

// Content is text, or parts when Parts is not nil.
type Content struct {
	Text  string
	Parts []Part
}

// Part is one piece of a message: text, or an image by URL.
type Part struct {
	Type     string    `json:"type"` // "text" or "image_url"
	Text     string    `json:"text,omitempty"`
	ImageURL *ImageURL `json:"image_url,omitempty"`
}

// ImageURL names an image: by an https or data: URL, base64, or a path below an
// allowed folder. It goes out as a data: URL.
type ImageURL struct {
	URL    string `json:"url"`
	Detail string `json:"detail,omitempty"` // auto, low or high
	Label  string `json:"-"`                // what errors call it; "" is its place in the messages

	Data []byte `json:"-"` // the content of the file URL, if it is read already
}

// ToolCall is a function call that a model asks for. Arguments is JSON text as
// the model wrote it, which may be invalid.
type ToolCall struct {
	ID       string       `json:"id"`
	Type     string       `json:"type"`
	Function FunctionCall `json:"function"`
}

// FunctionCall names the function and carries its arguments as JSON text.
type FunctionCall struct {
	Name      string `json:"name"`
	Arguments string `json:"arguments"`
}

// MarshalJSON writes a string or a list of parts.
func (c Content) MarshalJSON() ([]byte, error) {
	if c.Parts != nil {
		return json.Marshal(c.Parts)
	}
	return json.Marshal(c.Text)
}

// IsBlank reports whether there is nothing but white space.
func (c Content) IsBlank() bool {
	for _, part := range c.Parts {
		if part.Type != "text" || strings.TrimSpace(part.Text) != "" {
			return false
		}
	}
	return strings.TrimSpace(c.Text) == ""
}

// parts returns the content as parts, so that text and parts can be joined.
func (c Content) parts() []Part {
	if c.Parts != nil || c.Text == "" {
		return c.Parts
	}
	return []Part{{Type: "text", Text: c.Text}}
}

// plain returns all the text, parts joined by a blank line.
func (c Content) plain() string {
	if c.Parts == nil {
		return c.Text
	}
	var texts []string
	for _, part := range c.Parts {
		texts = append(texts, part.Text)
	}
	return strings.Join(texts, paragraph)
}

// hasImage reports whether any message has an image.
func hasImage(messages []Message) bool {
	return slices.ContainsFunc(messages, func(m Message) bool { return m.Content.images() > 0 })
}

// The figures of an estimate, which errs on the high side.
const (
	bytesPerToken   = 3    // it is 4 or more in English prose, 3 in code and in CJK text
	templateTokens  = 100  // what the model's chat template puts before the messages
	perMessage      = 8    // what it puts around each
	perImage        = 5400 // 2,048 by 2,048 pixels, the most that goes out, at a token for each 28 by 28, as Qwen's models count
	perEmbeddedText = 2    // its start and its end
)

// promptTokens estimates the tokens of a chat's prompt.
func (r *ChatRequest) promptTokens() int {
	bytes, tokens := len(r.Tools)+len(r.ResponseFormat), templateTokens
	for _, m := range r.Messages {
		tokens += perMessage
		bytes += len(m.Name) + len(m.Content.Text) + len(m.Reasoning) + len(m.ReasoningContent)
		for _, call := range m.ToolCalls {
			bytes += len(call.Function.Name) + len(call.Function.Arguments)
		}
		for _, part := range m.Content.Parts {
			if bytes += len(part.Text); part.ImageURL != nil {
				tokens += perImage
			}
		}
	}
	return tokens + tokensOf(bytes)
}

// inputTokens estimates the tokens of texts that are embedded.
func inputTokens(texts []string) int {
	tokens := 0
	for _, text := range texts {
		tokens += perEmbeddedText + tokensOf(len(text))
	}
	return tokens
}

func tokensOf(bytes int) int { return (bytes + bytesPerToken - 1) / bytesPerToken }
