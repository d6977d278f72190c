package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/budget"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/limit"
)

// Operation is what a request asks of a model.
type Operation string

// The operations.
const (
	OperationChat           Operation = "chat"
	OperationEmbeddings     Operation = "embeddings"
	OperationTranscriptions Operation = "transcriptions"
	OperationBatch          Operation = "batch" // of files and batches, which no model answers
)

// CodeEmptyAttempt marks an [Attempt] that was answered with nothing. No [Error] has
// it.
const CodeEmptyAttempt Code = "empty_response"

// errEmpty asks for another try after an answer without anything in it.
var errEmpty = errors.New("empty answer")

// sender sends requests to models: it reserves what a request may cost, waits for the
// limits, and records how each attempt ended.
type sender struct {
	client      *client
	accounts    *budget.Accounts
	limiter     limit.Limiter
	replicas    *replicas     // nil is this process alone
	inFlight    *limit.Shares // of callers; nil is no cap
	maxInFlight int
	rateLimit   RateLimit
	log         *slog.Logger
	onAttempt   func(context.Context, Operation, string) func(Attempt)
}

// The service's figures where the catalogue has none.
const (
	defaultAnonymousPerMinute = 2
	defaultKeyPerMinute       = 400
)

// PerMinute returns how many requests a minute may go out to a model; 0 is no limit.
func (p *Provider) PerMinute(m catalog.Model) int { return p.sender.perMinute(m) }

// perMinute returns the rate limit of a model; 0 is no limit.
func (s *sender) perMinute(m catalog.Model) int {
	anonymous := s.client.key == ""
	switch {
	case s.rateLimit != AutoRateLimit:
		return int(s.rateLimit)
	case !m.Listed && !isAIEndpoints(s.client.baseURL):
		return 0 // a model of another server, of which nothing is known
	case anonymous && m.AnonymousPerMinute > 0:
		return m.AnonymousPerMinute
	case anonymous:
		return defaultAnonymousPerMinute
	case m.KeyPerMinute > 0:
		return m.KeyPerMinute
	default:
		return defaultKeyPerMinute
	}
}

// attempt sends an acquired request, and releases and records it.
func (s *sender) attempt(ctx context.Context, operation Operation, a *Attempt, charge *budget.Charge, send func() error) (err error) {
	defer func() {
		s.accounts.Record(ctx, charge, budget.Outcome{Code: string(a.Code), Wait: a.Wait, Worked: mayHaveWorked(a.Code, err)})
	}()
	defer s.inFlight.Release(limit.CallerOf(ctx), 1)
	return s.observe(ctx, operation, a, send)
}

// observe sends a request and says in a how it ended.
func (s *sender) observe(ctx context.Context, operation Operation, a *Attempt, send func() error) (err error) {
	if s.onAttempt != nil {
		ended := func(Attempt) {}
		s.guard(ctx, func() { ended = s.onAttempt(ctx, operation, a.Model) })
		defer func() { s.guard(ctx, func() { ended(*a) }) }()
	}
	a.Code = CodeInternal // stays when send panics
	sent := time.Now()
	err = send()
	a.Duration = time.Since(sent)
	switch {
	case err == nil:
		a.Code = ""
	case errors.Is(err, errEmpty):
		a.Code = CodeEmptyAttempt
	default:
		a.Code = AsError(err).Code
	}
	return err
}

// mayHaveWorked reports whether an attempt without usage may have cost something, as
// when a call was cancelled half way: not when the service refused it or answered
// nothing.
func mayHaveWorked(code Code, err error) bool {
	switch code {
	case "", CodeInternal:
		return true
	case CodeCancelled, CodeStreamInterrupted, CodeUpstreamTimeout:
		return err != nil && AsError(err).Status == 0
	default:
		return false
	}
}

// guard runs a call of OnAttempt. A panic in it is logged and goes no further: it must
// not lose an answer that was paid for. Its value could hold a prompt, so only its type
// is logged.
func (s *sender) guard(ctx context.Context, observe func()) {
	defer func() {
		if cause := recover(); cause != nil {
			s.log.ErrorContext(ctx, "OnAttempt panicked", "panic", fmt.Sprintf("%T", cause), "stack", string(debug.Stack()))
		}
	}()
	observe()
}

// The bounds of max_tokens where a call leaves it to the budget.
const (
	// With the most that a model could write, 262,144 tokens, one call would reserve
	// up to 0.94 EUR.
	maxAnswerTokens = 16_384
	// minBesidePrompt is what an answer gets at least beside a long prompt, whose
	// estimate errs on the high side.
	minBesidePrompt = 1_024
)

// chatCharge estimates a chat. What the answer may cost at most is known only with
// max_tokens, which the budget chooses where neither the call nor the named model has
// it.
func (p *Provider) chatCharge(ctx context.Context, req *ChatRequest, model resolvedModel) *budget.Charge {
	prompt := req.promptTokens()
	charge := p.chatsCharge(ctx, req.MaxTokens, prompt, prompt, model)
	if req.uncut {
		charge.Uncut()
	}
	return charge
}

// chatsCharge is chatCharge for chats with the same max_tokens, whose prompts have so many
// tokens together, and of which the longest prompt has so many.
func (p *Provider) chatsCharge(ctx context.Context, maxTokens *int, prompts, longest int, model resolvedModel) *budget.Charge {
	known, limit := p.pricedModels(ctx), model.entry.MaxOutputTokens
	if given := cmp.Or(maxTokens, model.settings.MaxTokens); given != nil {
		if limit == 0 || *given < limit {
			limit = *given
		}
		return budget.NewCharge(known, model.id, prompts, limit)
	}
	most := maxAnswerTokens
	if limit > 0 {
		most = min(most, limit)
	}
	if window := contextOf(*model.entry, known); window > 0 {
		most = min(most, max(window-longest, minBesidePrompt)) // a prompt and max_tokens that pass it together are refused
	}
	return budget.NewOpenCharge(known, model.id, prompts, most)
}

// contextOf returns the context of a model. Where the catalogue has none, as for a
// query that the service resolves, the smallest of its chat models stands in.
func contextOf(m catalog.Model, known *catalog.Catalog) int {
	if m.ContextTokens > 0 {
		return m.ContextTokens
	}
	least := 0
	for _, other := range known.Models() {
		if other.Can(catalog.Chat) && other.ContextTokens > 0 && (least == 0 || other.ContextTokens < least) {
			least = other.ContextTokens
		}
	}
	return least
}
