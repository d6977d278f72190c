package emulator

import (
	"net/http"
	"strings"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

// chat answers /v1/chat/completions.
func (e *Emulator) chat(info *requestInfo) error {
	caller, err := e.authenticate(info.r)
	if err != nil {
		return err
	}
	r, err := decodeChat(info.body)
	if err != nil {
		return err
	}
	if e.options.RequestedFaults {
		r.dropMarkers()
	}
	m, err := e.models.resolve(r.Model)
	if err != nil {
		return err
	}
	if err := checkSize(info.body, m); err != nil {
		return err
	}
	if err := e.limitRate(info, caller, m); err != nil {
		return err
	}
	if err := r.checkShape(); err != nil {
		return err
	}
	if err := r.checkModel(m); err != nil {
		return err
	}
	c, err := r.complete(m, digest(info.body), e.options.NamedTools, info.fault)
	if err != nil {
		return err
	}
	if r.Stream {
		return info.stream(c, r.StreamOptions.IncludeUsage)
	}
	whole := c.response()
	if info.fault.NoUsage {
		whole.Usage = nil
	}
	return info.json(http.StatusOK, whole)
}

// What faults make of an answer.
const (
	truncatedTokens = 3
	refusalText     = "[emulator] I cannot help with that."
)

// complete makes up the answer of the model. id makes the ids in it unique to
// the request.
func (r *chatRequest) complete(m catalog.Model, id string, namedTools bool, f Fault) (*completion, error) {
	c := &completion{
		id: "chatcmpl-" + id, created: time.Now().Unix(), model: m.ID,
		isEmpty: f.Empty || r.getsEmptyAnswer(m), reasoningField: reasoningField, finish: "stop",
	}
	// The calls are made even for an empty answer, to refuse what is wrong with them.
	calls, err := r.toolCalls(m, namedTools)
	if err != nil {
		return nil, err
	}
	text := ""
	if calls == nil {
		if text, err = r.text(m); err != nil {
			return nil, err
		}
	}
	if c.isEmpty {
		c.count(r.promptTokens())
		return c, nil
	}
	if strings.HasPrefix(m.ID, "gpt-oss") {
		c.reasoningField = oldReasoningField
	}
	switch {
	case f.Refusal:
		c.refusal = tokenize(refusalText)
	case f.Truncated:
		c.fill("", text, calls, id, &tokenBudget{truncatedTokens})
	default:
		c.fill(r.reasoning(m), text, calls, id, newTokenBudget(r.maxTokens()))
	}
	c.count(r.promptTokens())
	return c, nil
}

// fill spends the max_tokens on the reasoning, then on the text or the calls.
func (c *completion) fill(reasoning, text string, calls []functionCall, id string, b *tokenBudget) {
	var complete, whole bool
	c.reasoning, complete = b.take(reasoning)
	c.content, whole = b.take(text)
	complete = complete && whole
	if calls != nil {
		c.finish = "tool_calls"
	}
	for i, made := range calls {
		if b.left == 0 {
			complete = false
			break
		}
		arguments, whole := b.take(made.Arguments)
		complete = complete && whole
		c.calls = append(c.calls, call{
			id:   "chatcmpl-tool-" + digest([]byte(id), []byte{byte(i)}),
			name: made.Name, arguments: arguments,
		})
	}
	if !complete {
		c.finish = "length"
	}
}
