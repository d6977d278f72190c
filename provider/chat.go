package provider

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

// ChatRequest is one chat completion. Nil settings are the model's own.
type ChatRequest struct {
	Model    string // id, alias, named model or query; "" is the default
	Messages []Message

	Temperature      *float64
	TopP             *float64
	MaxTokens        *int
	Stop             []string
	Seed             *int64
	PresencePenalty  *float64
	FrequencyPenalty *float64
	ReasoningEffort  string          // none, minimal, low, medium or high
	Tools            json.RawMessage // the OpenAI API's "tools"
	ToolChoice       json.RawMessage // "auto", "required", "none", or the object that names a function
	ResponseFormat   json.RawMessage // the OpenAI API's "response_format"
	User             string

	// OnText is called with each new piece of the answer's text, in order and
	// never at once; nil is nobody.
	OnText func(text string)
	// OnWait is told of each wait that a person would notice; nil is nobody.
	OnWait func(why string)
}

// ChatResult is an answer. Content may be empty only when ToolCalls is not, or
// when a warning says why.
type ChatResult struct {
	Content      string
	Reasoning    string
	ToolCalls    []ToolCall
	FinishReason string    // stop, length, tool_calls … of the service; "deadline" when the call's deadline cut it
	Pictures     []Picture // what was sent of each picture, in order
	Meta
}

// Meta is what every call reports beside its answer.
type Meta struct {
	Model          string // that answered
	RequestedModel string
	ResolvedBy     string        // [ResolvedByService], [ResolvedByCatalog], or "" when the name was no query
	Usage          *Usage        // nil when the service did not tell
	Cost           *float64      // EUR, from the catalogue's prices; nil when unknown
	Latency        time.Duration // of the whole call
	FirstToken     time.Duration // until the first piece of text or reasoning; 0 without one
	Attempts       []Attempt
	Warnings       []Warning
}

// Usage counts tokens. Reasoning tokens are part of the completion tokens.
type Usage struct {
	PromptTokens     int
	CompletionTokens int
	TotalTokens      int
	ReasoningTokens  int
}

// Attempt is one request that went to the service.
type Attempt struct {
	Model    string
	Code     Code          // "" when it succeeded
	Wait     time.Duration // before it was sent
	Duration time.Duration
}

// FinishDeadline is the finish reason of an answer that the call's deadline
// cut.
const FinishDeadline = "deadline"

// wireChat is the request's body. The service refuses fields that it does not
// know, so a field is absent unless it is set.
type wireChat struct {
	Model            string          `json:"model"`
	Messages         []Message       `json:"messages"`
	Temperature      *float64        `json:"temperature,omitempty"`
	TopP             *float64        `json:"top_p,omitempty"`
	MaxTokens        *int            `json:"max_tokens,omitempty"`
	Stop             []string        `json:"stop,omitempty"`
	Seed             *int64          `json:"seed,omitempty"`
	PresencePenalty  *float64        `json:"presence_penalty,omitempty"`
	FrequencyPenalty *float64        `json:"frequency_penalty,omitempty"`
	ReasoningEffort  string          `json:"reasoning_effort,omitempty"`
	Tools            json.RawMessage `json:"tools,omitempty"`
	ToolChoice       json.RawMessage `json:"tool_choice,omitempty"`
	ResponseFormat   json.RawMessage `json:"response_format,omitempty"`
	User             string          `json:"user,omitempty"`
	Stream           bool            `json:"stream"`
	StreamOptions    struct {
		IncludeUsage bool `json:"include_usage"`
	} `json:"stream_options"`
}

// Chat answers req. It is always streamed upstream, so that a long answer is
// seen to live and a cut one is not lost. The error is an [Error]; an answer that the
// call's deadline cut is none when it has text.
func (p *Provider) Chat(ctx context.Context, req ChatRequest) (*ChatResult, error) {
	start := time.Now()
	ctx, cancel := context.WithTimeoutCause(ctx, p.timeout, errDeadline)
	defer cancel()

	needs, fallback := chatNeeds(req), p.defaults().Chat
	if hasImage(req.Messages) {
		needs, fallback = append(needs, need{capability: catalog.Vision}), p.defaults().Vision
	}
	to, err := p.resolve(ctx, req.Model, fallback, needs)
	if err != nil {
		return nil, err
	}
	messages, pictures, warnings, err := p.takeIn(ctx, req.Messages)
	if err != nil {
		return nil, err
	}
	req.Messages = messages
	result, err := p.ask(ctx, req, to, needs, p.newPatience(req.OnWait))
	if err != nil {
		return nil, err
	}
	result.Latency = time.Since(start)
	result.Pictures, result.Warnings = pictures, append(result.Warnings, warnings...)
	return result, nil
}

// ask asks a model, again after failures that may pass, and then its fallbacks in
// turn.
func (p *Provider) ask(ctx context.Context, req ChatRequest, to target, needs []need, w *patience) (*ChatResult, error) {
	var (
		attempts []Attempt
		failed   error       // of the last model that a request went to
		empty    *ChatResult // its answer, when that is how it failed
	)
	to = p.avoidCooling(ctx, to, needs)
	for {
		var result *ChatResult
		b := p.newChatBill(ctx, req, to)
		made, err := p.try(ctx, OperationChat, to, w, b, func() (err error) {
			if result, err = p.chatWith(ctx, req, to, b); err == nil && result.isEmpty() {
				return errEmpty
			}
			return err
		})
		attempts = append(attempts, made...)
		if err == nil {
			p.cooling.succeed(to.id)
			return p.answered(ctx, result, attempts, w), nil
		}
		failure := AsError(err)
		if errors.Is(err, errEmpty) {
			failure, empty = &Error{Code: CodeEmptyAttempt, Retryable: true}, result
			empty.countSilence(made)
		}
		if len(made) == 0 {
			failed = notSent(failed, err)
		} else if failed = err; leadsToFallback(ctx, failure) {
			p.cooling.fail(to.id)
		}
		next, ok := p.nextTarget(ctx, to, failure, needs)
		if !ok {
			break
		}
		to = next
	}
	if errors.Is(failed, errEmpty) {
		return p.answered(ctx, empty, attempts, w), nil
	}
	last := AsError(failed)
	last.Attempts = attempts
	return nil, last
}

// answered completes a result by what its way to the model was.
func (p *Provider) answered(ctx context.Context, r *ChatResult, attempts []Attempt, w *patience) *ChatResult {
	r.Attempts = attempts
	r.Warnings = append(r.Warnings, w.warning()...)
	p.account(ctx, &r.Meta)
	return r
}

// chatWith asks one model once.
func (p *Provider) chatWith(ctx context.Context, req ChatRequest, to target, b *bill) (*ChatResult, error) {
	body := newWireChat(req, to)
	if b.maxTokens > 0 {
		body.MaxTokens = &b.maxTokens
	}
	messages, warnings := coalesce(req.Messages)
	body.Messages = messages
	result := &ChatResult{Meta: Meta{
		Model: to.id, RequestedModel: to.requested, ResolvedBy: to.resolvedBy,
		Warnings: slices.Concat(to.warnings, warnings),
	}}
	err := p.stream(ctx, body, b, req.OnText, result)
	b.read(result.Model, result.Usage)
	if err != nil {
		return nil, p.asRetired(ctx, to, err)
	}
	p.nameReplacement(ctx, &result.Meta, to.needs)
	return result, nil
}

// account adds the cost, which needs the model that answered.
func (p *Provider) account(ctx context.Context, meta *Meta) {
	if meta.Usage == nil {
		meta.warn(WarnUsageMissing, "the service sent no token counts, or counts that cannot be right, so the cost is unknown")
		return
	}
	meta.Cost = cost(p.Catalog(ctx), meta.Model, *meta.Usage)
}

// cost gives the price of a call in EUR, nil when the catalogue has none.
func cost(known *catalog.Catalog, model string, used Usage) *float64 {
	if m, _, ok := known.Lookup(model); ok {
		if eur, priced := m.Cost(used.PromptTokens, used.CompletionTokens); priced {
			return &eur
		}
	}
	return nil
}

// warnDeprecated passes on the notice that a retiring model answers with.
func (m *Meta) warnDeprecated(notice string) {
	m.warn(WarnModelDeprecated, "the service says: %s", bounded(notice))
}

func (m *Meta) warn(code WarningCode, format string, args ...any) {
	m.Warnings = append(m.Warnings, Warning{code, fmt.Sprintf(format, args...)})
}

// chatNeeds says what a request asks of its model.
func chatNeeds(req ChatRequest) []need {
	needs := []need{{capability: catalog.Chat}}
	if len(req.Tools) > 0 {
		needs = append(needs, need{capability: catalog.ToolCalls})
	}
	var format struct {
		Type string `json:"type"`
	}
	if json.Unmarshal(req.ResponseFormat, &format) == nil {
		switch format.Type {
		case "json_schema":
			needs = append(needs, need{capability: catalog.JSONSchema})
		case "json_object":
			needs = append(needs, need{capability: catalog.JSONObject})
		}
	}
	return needs
}

func newWireChat(req ChatRequest, to target) wireChat {
	body := wireChat{
		Model: to.id, Temperature: req.Temperature, TopP: req.TopP, MaxTokens: req.MaxTokens, Stop: req.Stop,
		Seed: req.Seed, PresencePenalty: req.PresencePenalty, FrequencyPenalty: req.FrequencyPenalty,
		ReasoningEffort: req.ReasoningEffort, Tools: req.Tools, ToolChoice: req.ToolChoice,
		ResponseFormat: req.ResponseFormat, User: req.User, Stream: true,
	}
	body.StreamOptions.IncludeUsage = true
	if body.Temperature == nil {
		body.Temperature = to.settings.Temperature
	}
	if body.MaxTokens == nil {
		body.MaxTokens = to.settings.MaxTokens
	}
	return body
}
