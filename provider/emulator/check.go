package emulator

import (
	"slices"
	"strconv"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

// defaultMaxImages is the limit of a model whose catalogue entry has none.
const defaultMaxImages = 5

// checkShape refuses what no model accepts.
func (r *chatRequest) checkShape() error {
	if len(r.Messages) == 0 {
		return unprocessable("messages: expected at least one message")
	}
	for i, m := range r.Messages {
		if err := m.check("messages[" + strconv.Itoa(i) + "]"); err != nil {
			return err
		}
	}
	if limit := r.maxTokens(); limit != nil && *limit < 1 {
		return unprocessable("max_tokens: invalid value: integer `%d`, expected a nonzero u32", *limit)
	}
	efforts := []string{"none", "high", "medium", "low", "minimal"}
	if r.ReasoningEffort != nil && !slices.Contains(efforts, *r.ReasoningEffort) {
		return unknownVariant("reasoning_effort", *r.ReasoningEffort, efforts...)
	}
	if r.ParallelToolCalls != nil && !*r.ParallelToolCalls {
		return badRequest("parallel_tool_calls: false is not supported")
	}
	if r.N != nil && *r.N != 1 {
		return badRequest("n: only 1 is supported")
	}
	for i, t := range r.Tools {
		if t.Function.Name == "" {
			return missingField("tools[" + strconv.Itoa(i) + "].function.name")
		}
	}
	return r.ResponseFormat.check()
}

func (m message) check(at string) error {
	roles := []string{"system", "developer", "user", "assistant", "tool"}
	switch {
	case !slices.Contains(roles, m.Role):
		return unknownVariant(at+".role", m.Role, roles...)
	case m.Role == "tool" && m.ToolCallID == "":
		return missingField(at + ".tool_call_id")
	case !m.Content.given && (m.Role != "assistant" || len(m.ToolCalls) == 0):
		return missingField(at + ".content")
	}
	for _, p := range m.Content.parts {
		if p.Type != "text" && p.Type != "image_url" {
			return unknownVariant(at+".content.type", p.Type, "text", "image_url")
		}
	}
	return nil
}

func (f *responseFormat) check() error {
	if f == nil {
		return nil
	}
	switch f.Type {
	case "text", "json_object":
		return nil
	case "json_schema":
		if f.JSONSchema.Schema == nil {
			return missingField("response_format.json_schema.schema")
		}
		return nil
	}
	return unknownVariant("response_format.type", f.Type, "text", "json_object", "json_schema")
}

// checkModel refuses what the model cannot do.
func (r *chatRequest) checkModel(m catalog.Model) error {
	if m.Listed && !m.Can(catalog.Chat) {
		return badRequest("The model `%s` does not support chat completions", m.ID)
	}
	if len(r.Tools) > 0 && r.ToolChoice.mode != "none" && m.Listed && !m.FunctionCalling {
		return badRequest("The model `%s` does not support function calling", m.ID)
	}
	if f := r.ResponseFormat; f != nil && f.Type != "text" && !supports(m, f.Type) {
		return badRequest("response_format %s is not supported", f.Type)
	}
	if err := r.checkSystem(m); err != nil {
		return err
	}
	if err := r.checkImages(m); err != nil {
		return err
	}
	if m.ContextTokens > 0 && r.promptTokens() >= m.ContextTokens {
		// The gateway sets max_tokens to what the prompt leaves of the context.
		return badRequest("max_tokens must be at least 1")
	}
	return nil
}

// checkSystem refuses a system message after any other message to Qwen3.5 and
// Qwen3.6, whose chat templates raise this error.
func (r *chatRequest) checkSystem(m catalog.Model) error {
	if !strings.HasPrefix(m.ID, "Qwen3.5") && !strings.HasPrefix(m.ID, "Qwen3.6") {
		return nil
	}
	dialogue := false
	for _, msg := range r.Messages {
		if dialogue && msg.isSystem() {
			return badRequest("System message must be at the beginning.")
		}
		dialogue = dialogue || !msg.isSystem()
	}
	return nil
}

// getsEmptyAnswer reports the requests that get a 200 without any text: several
// system messages to a Qwen model, and a max_tokens that fills the context.
func (r *chatRequest) getsEmptyAnswer(m catalog.Model) bool {
	if limit := r.maxTokens(); limit != nil && m.ContextTokens > 0 && *limit >= m.ContextTokens {
		return true
	}
	systems := 0
	for _, msg := range r.Messages {
		if msg.isSystem() {
			systems++
		}
	}
	return systems > 1 && strings.HasPrefix(m.ID, "Qwen")
}

func (r *chatRequest) checkImages(m catalog.Model) error {
	count, limit := 0, m.MaxImages
	if limit == 0 {
		limit = defaultMaxImages
	}
	for _, msg := range r.Messages {
		for _, url := range msg.Content.images() {
			if count++; !m.HasInput("image") {
				return badRequest("The model `%s` does not support image input", m.ID)
			}
			if count > limit {
				return badRequest("At most %d image(s) may be provided in one prompt", limit)
			}
			if _, err := decodeImage(url); err != nil {
				return badRequest("image_url: %v", err)
			}
		}
	}
	return nil
}
