package provider

import (
	"cmp"
	"context"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

// The figures of an estimate, which errs on the high side.
const (
	// assumedAnswer stands for a call without max_tokens. With what a model could
	// write at most, 262,144 tokens, one call would need 0.94 EUR of budget.
	assumedAnswer = 4096
	// bytesPerToken is 4 or more in English prose, 3 in code and in CJK text.
	bytesPerToken   = 3
	templateTokens  = 100  // what the model's chat template puts before the messages
	perMessage      = 8    // what it puts around each
	perPicture      = 5400 // 2,048 by 2,048 pixels, the most that goes out, at a token for each 28 by 28, as Qwen's models count
	perEmbeddedText = 2    // its start and its end
)

// bill is what a request is thought to cost, and then what its answer says. Each
// attempt is booked on it in turn; it belongs to one goroutine.
type bill struct {
	model    string // that is asked
	known    *catalog.Catalog
	expected Usage
	estimate money

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

// expectedAnswer is how many tokens a model will write at most, as far as that can be
// told.
func (r ChatRequest) expectedAnswer(to target) int {
	most := assumedAnswer
	if limit := cmp.Or(r.MaxTokens, to.settings.MaxTokens); limit != nil {
		most = *limit
	}
	if to.entry.MaxOutputTokens > 0 {
		most = min(most, to.entry.MaxOutputTokens)
	}
	return most
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
