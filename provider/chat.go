package provider

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/budget"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
)

// ChatRequest asks for one chat completion. A nil setting is left to the model.
type ChatRequest struct {
	Model    string // id, alias, named model or query; "" is the default
	Messages []Message
	Files    []string // paths and patterns below the allowed folders; they go before what the user said last

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

	// OnText is called with each new piece of the answer's text, in order and never
	// concurrently; nil disables it.
	OnText func(text string)
	// OnWait is called with each wait that a person would notice; nil disables it.
	OnWait func(reason string)

	needsFormat bool // the call cannot do without its response format
	whole       bool // an answer that broke off is a failure, which is tried again
	uncut       bool // the budget refuses the call rather than cut its answer
}

// ChatResult is an answer. Content may be empty only when ToolCalls is not, or
// when a warning says why.
type ChatResult struct {
	Content      string
	Reasoning    string
	ToolCalls    []ToolCall
	FinishReason string  // stop, length, tool_calls … of the service; [FinishDeadline] when the call's deadline cut it
	Images       []Image // what was sent of each image, in order
	Meta

	end        ending
	refused    bool     // the model would not answer
	ending     warnings // how the answer ended, if not well; they do not apply to a later answer
	truncation string   // what cut the answer; "" when it is whole
}

// IsEmpty reports whether there is neither text nor a tool call.
func (r *ChatResult) IsEmpty() bool {
	return strings.TrimSpace(r.Content) == "" && len(r.ToolCalls) == 0
}

// FinishDeadline is the finish reason of an answer that the call's deadline
// cut.
const FinishDeadline = "deadline"

// Chat answers req. It is always streamed upstream, so that a long answer is seen to
// live and a cut one is not lost. The error is an [Error]; an answer that the call's
// deadline cut is not one if some text arrived.
func (p *Provider) Chat(ctx context.Context, req ChatRequest) (*ChatResult, error) {
	p, ctx, c, cancel := p.begin(ctx, req.OnWait)
	defer cancel()
	read, release, err := p.readFiles(ctx, req.Files, &c.warnings)
	if err != nil {
		return nil, err
	}
	defer release()
	req.Messages = read.intoMessages(req.Messages)
	defaultModel := p.models.defaults().Chat
	if hasImage(req.Messages) {
		defaultModel = p.models.defaults().Vision
	}
	model, err := p.models.resolve(ctx, req.Model, defaultModel, req.requirements())
	if err != nil {
		return nil, err
	}
	if err := read.checkSize(p.client, p.Catalog(ctx), *model.entry, 0); err != nil {
		return nil, err
	}
	messages, images, err := p.prepareImages(ctx, req.Messages, model, &c.warnings)
	if err != nil {
		return nil, err
	}
	req.Messages = coalesce(messages, &c.warnings)
	result, err := p.complete(ctx, c, &req, model)
	if err != nil {
		return nil, err
	}
	c.warnings.addAll(result.ending)
	result.Images, result.Meta = images, c.meta(result.Meta)
	return result, nil
}

// complete asks a model, and then its fallbacks in turn.
func (p *Provider) complete(ctx context.Context, c *call, req *ChatRequest, model resolvedModel) (*ChatResult, error) {
	var (
		failed error      // of the last model that a request went to
		empty  completion // its answer, when that is how it failed
	)
	for next, ok := p.models.avoidCooling(ctx, model), true; ok; {
		answer, tried, err := p.askModel(ctx, c, req, next)
		if err == nil {
			p.cooldown.Succeed(next.id)
			return p.account(ctx, c, answer), nil
		}
		failure := AsError(err)
		if errors.Is(err, errEmpty) {
			failure, empty = &Error{Code: CodeEmptyAttempt, Retryable: true}, answer
		}
		if !tried {
			failed = notSent(failed, err)
		} else if failed = err; leadsToFallback(ctx, failure) {
			p.cooldown.Fail(next.id)
		}
		next, ok = p.models.next(ctx, next, failure)
	}
	if errors.Is(failed, errEmpty) {
		return p.account(ctx, c, empty), nil
	}
	return nil, c.fail(failed)
}

// completion is an answer with what is needed to account for it.
type completion struct {
	*answer
	model      resolvedModel
	cost       *float64
	truncation string // what limits the length of the answer
	empty      int    // attempts whose answer was empty
}

// askModel asks one model, again after failures that may pass, and without the fields
// that the service refuses although the call can do without them. tried reports whether
// a request went out.
func (p *Provider) askModel(ctx context.Context, c *call, req *ChatRequest, model resolvedModel) (got completion, tried bool, err error) {
	charge := p.chatCharge(ctx, req, model)
	got.model = model
	var (
		refused, without, given []string
		cause                   error // of the request before, which was refused
	)
	for {
		made, err := p.sender.withRetry(ctx, OperationChat, model, c.wait, charge, func() (err error) {
			body := newWireChat(req, model, charge.MaxTokens())
			without = slices.Concat(p.niceties.of(model.id), refused)
			given = body.drop(without)
			if got.answer, err = p.send(ctx, body, req, model, charge); err != nil {
				return err
			}
			got.cost, got.truncation = charge.Cost(), charge.Truncation()
			if got.isEmpty() {
				got.empty++
				return errEmpty
			}
			return nil
		})
		c.attempts = append(c.attempts, made...)
		if tried = tried || len(made) > 0; len(made) == 0 {
			return got, tried, notSent(cause, err)
		}
		more, named := req.refusedFields(err, without)
		if named {
			p.niceties.remember(model.id, more)
		}
		if len(more) == 0 {
			if err == nil {
				p.niceties.remember(model.id, refused)
				c.warnings.addRefused(p.client.service(), given)
			}
			return got, tried, err
		}
		refused, cause = append(refused, more...), err
	}
}

// refusedFields returns which fields of the request, but for those that were left out, a
// failure is about, and whether its words name them.
func (r *ChatRequest) refusedFields(err error, without []string) (refused []string, named bool) {
	body := newWireChat(r, resolvedModel{}, 0)
	if body.drop(without); r.needsFormat {
		body.ResponseFormat = nil
	}
	if body.ResponseFormat != nil && err != nil && refusesFormat(AsError(err)) {
		return []string{fieldResponseFormat}, false
	}
	return refusedFields(err, body.niceties())
}

// addRefused warns of fields that a caller gave and the service refuses.
func (w *warnings) addRefused(service string, fields []string) {
	fields = slices.DeleteFunc(fields, func(field string) bool { return field == fieldStreamOptions })
	if len(fields) > 0 {
		w.add(WarnArgumentIgnored, "left out, because %s refuses it: %s", service, strings.Join(fields, ", "))
	}
}

// send sends one request to one model and reads the answer.
func (p *Provider) send(
	ctx context.Context, body *wireChat, req *ChatRequest, model resolvedModel, charge *budget.Charge,
) (*answer, error) {
	a := newAnswer(model.id, req)
	a.size.hold = p.holdAnswer
	if a.sent = *body; req.needsFormat {
		a.sent.ResponseFormat = nil
	}
	err := p.client.stream(ctx, body, a)
	a.model, a.finish = upstreamName(a.model), upstreamName(a.finish)
	charge.Answered(a.model, a.usage) // also of a call that fails: it was spent
	if err != nil {
		return nil, p.models.explainNotFound(ctx, model, err)
	}
	return a, nil
}

// account returns the result of an answer, and adds its usage, cost and warnings to
// the call.
func (p *Provider) account(ctx context.Context, c *call, got completion) *ChatResult {
	c.warnings.addAll(got.model.warnings)
	p.models.warnDeprecated(ctx, &c.warnings, got.notice, got.answer.model, got.model.requirements)
	result := got.result()
	explainIgnored(result, got)
	for i := range result.ToolCalls {
		call := &result.ToolCalls[i]
		call.ID, call.Function.Name = text.Printable(call.ID), upstreamName(call.Function.Name)
	}
	explainEnd(result, got)
	c.add(got.usage, got.cost)
	c.firstToken = cmp.Or(c.firstToken, got.firstToken)
	result.Meta = Meta{Model: got.answer.model, RequestedModel: got.model.requested, ResolvedBy: got.model.resolvedBy}
	return result
}

// requirements says what a request asks of its model.
func (r *ChatRequest) requirements() requirements {
	required := require(catalog.Chat)
	if len(r.Tools) > 0 {
		required.must = append(required.must, catalog.ToolCalls)
	}
	var format struct {
		Type string `json:"type"`
	}
	if json.Unmarshal(r.ResponseFormat, &format) == nil {
		switch format.Type {
		case "json_schema":
			required.must = append(required.must, catalog.JSONSchema)
		case "json_object":
			required.must = append(required.must, catalog.JSONObject)
		}
	}
	if hasImage(r.Messages) {
		required.must = append(required.must, catalog.Vision)
	}
	return required
}
