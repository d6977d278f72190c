package budget

import (
	"cmp"
	"fmt"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

// minAnswer is the fewest tokens of an answer that are worth a call.
const minAnswer = 16

// Charge is what a request to a model may cost, and what each of its attempts did
// cost. It is not safe for concurrent use.
type Charge struct {
	model     string // as requested
	known     *catalog.Catalog
	expected  Usage    // of the prompts of all requests, and of the answer to each
	sound     *float64 // expected seconds of audio, which then are what costs; nil for tokens
	estimate  money
	uncut     bool
	maxChoice int     // the most that the budget may choose as max_tokens; 0 if the caller chose it
	requests  int     // that are charged together, of a batch
	share     float64 // of the catalogue's prices

	// Of the current attempt.
	maxTokens      int    // chosen by the budget; 0 if it did not choose
	chosenBy       *limit // the one with the least rest; nil if none chose
	cutByRest      bool   // the rest pays for no more than maxTokens
	reserved       []reservation
	answeringModel string   // "" if it is not known
	usage          *Usage   // nil if it is not known
	seconds        *float64 // of audio; nil if it is not known

	attempts int // that have ended
}

// reservation is what is set aside of an account for a charge.
type reservation struct {
	account *account
	period  string // the day or month of the reservation, in which the cost counts too
	amount  money
}

// NewCharge returns the charge of a request with estimated tokens. The estimates
// should err on the high side.
func NewCharge(known *catalog.Catalog, model string, promptTokens, completionTokens int) *Charge {
	c := &Charge{
		model: model, known: known, requests: 1, share: 1,
		expected: Usage{PromptTokens: promptTokens, CompletionTokens: completionTokens},
	}
	c.estimate = c.price(c.expected)
	return c
}

// NewOpenCharge returns the charge of a request without max_tokens. A budget chooses
// max_tokens when the request is reserved: as many as the least rest of all limits pays
// for, and at most maxTokens.
func NewOpenCharge(known *catalog.Catalog, model string, promptTokens, maxTokens int) *Charge {
	c := NewCharge(known, model, promptTokens, 0)
	c.maxChoice = maxTokens
	return c
}

// Uncut makes the budget refuse a charge of [NewOpenCharge] rather than choose less than the
// most.
func (c *Charge) Uncut() { c.uncut = true }

// MaxTokens returns the max_tokens that the budget chose, which must be sent; 0 if it
// did not choose.
func (c *Charge) MaxTokens() int { return c.maxTokens }

// Truncation says what limited an answer that was cut, and how to get more.
func (c *Charge) Truncation() string {
	switch {
	case c.maxTokens == 0:
		return "max_tokens; raise it for the rest"
	case c.cutByRest:
		return fmt.Sprintf("the %d tokens that the rest of %s pays for; %s for more", c.maxTokens, c.chosenBy.name(), c.chosenBy.remedy())
	default:
		return fmt.Sprintf("the %d tokens that were reserved from %s (%s) for a call without max_tokens; give max_tokens for more",
			c.maxTokens, c.chosenBy.name(), c.chosenBy.rule)
	}
}

// Answered sets which model answered the current attempt, "" if that is unknown, and
// its usage, nil if that is unknown.
func (c *Charge) Answered(model string, usage *Usage) { c.answeringModel, c.usage = model, usage }

// Cost returns what the answer cost in EUR, at the catalogue's prices of the model that
// answered or, if it is not listed, of the requested one. It is nil if the usage or a
// price is unknown.
func (c *Charge) Cost() *float64 {
	model, _ := c.pricedModel()
	if c.sound != nil {
		return times(model.Price(catalog.AudioSeconds), c.seconds)
	}
	if c.usage == nil {
		return nil
	}
	eur, ok := model.Cost(c.usage.PromptTokens, c.usage.CompletionTokens)
	if !ok {
		return nil
	}
	eur *= c.share
	return &eur
}

// describe says what the estimate is of.
func (c *Charge) describe() string {
	switch {
	case c.sound != nil:
		return fmt.Sprintf("%.0f seconds of audio", *c.sound)
	case c.requests > 1:
		return fmt.Sprintf("%d prompt tokens and %d of each of %d answers, at half the price",
			c.expected.PromptTokens, c.expected.CompletionTokens, c.requests)
	default:
		return fmt.Sprintf("%d prompt tokens and %d of the answer", c.expected.PromptTokens, c.expected.CompletionTokens)
	}
}

// pricedModel returns the model whose prices apply; false if the catalogue has neither
// the one that answered nor the requested one.
func (c *Charge) pricedModel() (catalog.Model, bool) {
	for _, name := range []string{c.answeringModel, c.model} {
		if m, _, ok := c.known.Lookup(name); ok {
			return m, true
		}
	}
	return catalog.Model{}, false
}

// price returns the most that the tokens can cost, of the prompts of all requests and of
// the answer to each. Where the model has no price, as
// for a query that the service resolves, the highest in the catalogue is used: it
// could be the price of the model that answers.
func (c *Charge) price(u Usage) money {
	m, _ := c.pricedModel()
	if m.InputPrice == nil || m.OutputPrice == nil {
		var input, output *float64
		for _, other := range c.known.Models() {
			input, output = higher(input, other.InputPrice), higher(output, other.OutputPrice)
		}
		m.InputPrice, m.OutputPrice = cmp.Or(m.InputPrice, input), cmp.Or(m.OutputPrice, output)
	}
	prompts, _ := m.Cost(u.PromptTokens, 0)
	answer, _ := m.Cost(0, u.CompletionTokens)
	return euros((prompts + answer*float64(c.requests)) * c.share)
}

func higher(a, b *float64) *float64 {
	if a == nil || b != nil && *b > *a {
		return b
	}
	return a
}

// chooseMaxTokens sets max_tokens if the budget chooses them: as many as the limit
// with the least rest pays for in addition to the prompt, but not fewer than minAnswer if
// more are possible.
func (c *Charge) chooseMaxTokens(least *limit) {
	if c.maxChoice == 0 {
		return
	}
	c.chosenBy = least
	rest := least.rest()
	prompt, answer := c.price(Usage{PromptTokens: c.expected.PromptTokens}), c.price(Usage{CompletionTokens: c.maxChoice})
	tokens := c.maxChoice
	if c.cutByRest = !c.uncut && answer > 0 && prompt+answer > rest; c.cutByRest {
		tokens = int(float64(c.maxChoice) * float64(rest-prompt) / float64(answer))
		if c.price(Usage{PromptTokens: c.expected.PromptTokens, CompletionTokens: tokens}) > rest {
			tokens-- // the prices were rounded
		}
	}
	c.maxTokens = max(tokens, min(minAnswer, c.maxChoice))
	c.expected.CompletionTokens = c.maxTokens
	c.estimate = c.price(c.expected)
}

// charged returns what an attempt adds to the spending: the price of its usage, or
// if that is unknown, the estimate if the model may have worked.
func (c *Charge) charged(o Outcome) money {
	switch {
	case c.seconds != nil:
		return c.audioPrice(*c.seconds)
	case c.usage != nil:
		return c.price(*c.usage)
	case o.Worked:
		return c.estimate
	default:
		return 0
	}
}

// replaceReserved replaces what was reserved by what it cost, in the periods of the
// reservation.
func (c *Charge) replaceReserved(cost money) {
	for _, r := range c.reserved {
		r.account.spend.add(r.period, cost-r.amount)
	}
	c.reserved = c.reserved[:0]
}
