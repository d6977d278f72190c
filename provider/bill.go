package provider

import (
	"cmp"
	"context"
	"fmt"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

// The figures of an estimate, which errs on the high side.
const (
	// bytesPerToken is 4 or more in English prose, 3 in code and in CJK text.
	bytesPerToken   = 3
	templateTokens  = 100  // what the model's chat template puts before the messages
	perMessage      = 8    // what it puts around each
	perPicture      = 5400 // 2,048 by 2,048 pixels, the most that goes out, at a token for each 28 by 28, as Qwen's models count
	perEmbeddedText = 2    // its start and its end
)

// The bounds of max_tokens where a call leaves it to the budget.
const (
	// With the most that a model could write, 262,144 tokens, one call would reserve
	// up to 0.94 EUR.
	mostAnswer    = 16_384
	leastAnswer   = 16    // fewer are not worth a call
	besideAPrompt = 1_024 // what an answer gets at least beside a long prompt, whose estimate errs on the high side
)

// bill is what a request is thought to cost, and then what its answer says. Each
// attempt is booked on it in turn; it belongs to one goroutine.
type bill struct {
	model    string // that is asked
	known    *catalog.Catalog
	expected Usage
	estimate money
	open     int // the most that the budget may choose as max_tokens; 0 where the call or the named model says it

	maxTokens int  // that the budget chose for the present attempt; 0 is none
	cutByRest bool // the rest of the day pays for no more than maxTokens

	attempts int
	day      string // on which the estimate was set aside
	held     money  // set aside for the present attempt

	answered string // the model that did, "" while none is known
	used     *Usage // nil while the service has not told
}

func (p *Provider) newBill(ctx context.Context, to target, prompt, completion int) *bill {
	b := &bill{model: to.id, known: p.Catalog(ctx), expected: Usage{PromptTokens: prompt, CompletionTokens: completion}}
	b.estimate = b.price(b.expected)
	return b
}

// newChatBill estimates a chat. What the answer may cost at most is known only
// with max_tokens, which the budget chooses where neither the call nor the named
// model has it.
func (p *Provider) newChatBill(ctx context.Context, req ChatRequest, to target) *bill {
	prompt, limit := req.expectedPrompt(), to.entry.MaxOutputTokens
	if given := cmp.Or(req.MaxTokens, to.settings.MaxTokens); given != nil {
		if limit == 0 || *given < limit {
			limit = *given
		}
		return p.newBill(ctx, to, prompt, limit)
	}
	b := p.newBill(ctx, to, prompt, 0)
	b.open = mostAnswer
	if limit > 0 {
		b.open = min(b.open, limit)
	}
	if window := b.contextOf(to.entry); window > 0 {
		b.open = min(b.open, max(window-prompt, besideAPrompt)) // a prompt and max_tokens that pass it together are refused
	}
	return b
}

// contextOf returns the context of a model. Where the catalogue has none, as for a
// query that the service resolves, the smallest of its chat models stands in.
func (b *bill) contextOf(m catalog.Model) int {
	if m.ContextTokens > 0 {
		return m.ContextTokens
	}
	least := 0
	for _, other := range b.known.Models() {
		if other.Can(catalog.Chat) && other.ContextTokens > 0 && (least == 0 || other.ContextTokens < least) {
			least = other.ContextTokens
		}
	}
	return least
}

// fit chooses max_tokens where that is left to the budget: as many as rest pays for
// beside the prompt, and never fewer than are worth a call.
func (b *bill) fit(rest money) {
	if b.open == 0 {
		return
	}
	prompt, answer := b.price(Usage{PromptTokens: b.expected.PromptTokens}), b.price(Usage{CompletionTokens: b.open})
	tokens := b.open
	if b.cutByRest = answer > 0 && prompt+answer > rest; b.cutByRest {
		tokens = int(float64(b.open) * float64(rest-prompt) / float64(answer))
		if b.price(Usage{PromptTokens: b.expected.PromptTokens, CompletionTokens: tokens}) > rest {
			tokens-- // the prices were rounded
		}
	}
	b.maxTokens = max(tokens, leastAnswer)
	b.expected.CompletionTokens = b.maxTokens
	b.estimate = b.price(b.expected)
}

// truncation says what cut an answer at its most tokens, and what to do about it.
func (b *bill) truncation() string {
	switch {
	case b.maxTokens == 0:
		return "max_tokens; raise it for the rest"
	case b.cutByRest:
		return fmt.Sprintf("the %d tokens that the rest of the day's budget pays for; raise --max-cost for more", b.maxTokens)
	default:
		return fmt.Sprintf("the %d tokens that were reserved from the day's budget (--max-cost) for a call without max_tokens; give max_tokens for more", b.maxTokens)
	}
}

// read takes in what an answer says; used is nil when it does not say.
func (b *bill) read(model string, used *Usage) { b.answered, b.used = model, used }

// payee gives the model that the answer is paid for: the one that answered, or
// else the one that was asked; false when the catalogue has neither.
func (b *bill) payee() (catalog.Model, bool) {
	for _, name := range []string{b.answered, b.model} {
		if m, _, ok := b.known.Lookup(name); ok {
			return m, true
		}
	}
	return catalog.Model{}, false
}

// price gives what tokens cost. Where the catalogue has no price, as for a query that
// the service resolves, the dearest of the catalogue stands in: the model could be
// that one.
func (b *bill) price(u Usage) money {
	m, _ := b.payee()
	if m.InputPrice == nil || m.OutputPrice == nil {
		var input, output *float64
		for _, other := range b.known.Models() {
			input, output = dearer(input, other.InputPrice), dearer(output, other.OutputPrice)
		}
		m.InputPrice, m.OutputPrice = cmp.Or(m.InputPrice, input), cmp.Or(m.OutputPrice, output)
	}
	eur, _ := m.Cost(u.PromptTokens, u.CompletionTokens)
	return euros(eur)
}

func dearer(a, b *float64) *float64 {
	if a == nil || b != nil && *b > *a {
		return b
	}
	return a
}

// spent is what an attempt cost: what its usage says; without one the estimate if
// the model may have worked on it, as when a call was cancelled half way; and
// nothing when the service refused it or answered nothing.
func (b *bill) spent(code Code, err error) money {
	if b.used != nil {
		return b.price(*b.used)
	}
	switch code {
	case "", CodeInternal:
		return b.estimate
	case CodeCancelled, CodeStreamInterrupted, CodeUpstreamTimeout:
		if err != nil && AsError(err).Status == 0 {
			return b.estimate
		}
	}
	return 0
}

// expectedPrompt guesses the tokens of a chat's prompt.
func (r ChatRequest) expectedPrompt() int {
	bytes, tokens := len(r.Tools)+len(r.ResponseFormat), templateTokens
	for _, m := range r.Messages {
		tokens += perMessage
		bytes += len(m.Name) + len(m.Content.Text)
		for _, call := range m.ToolCalls {
			bytes += len(call.Function.Name) + len(call.Function.Arguments)
		}
		for _, part := range m.Content.Parts {
			if bytes += len(part.Text); part.ImageURL != nil {
				tokens += perPicture
			}
		}
	}
	return tokens + tokensOf(bytes)
}

// expectedInput guesses the tokens of texts that are embedded.
func expectedInput(texts []string) int {
	tokens := 0
	for _, text := range texts {
		tokens += perEmbeddedText + tokensOf(len(text))
	}
	return tokens
}

func tokensOf(bytes int) int { return (bytes + bytesPerToken - 1) / bytesPerToken }
