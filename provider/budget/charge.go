package budget

import (
	"cmp"
	"fmt"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

// minAnswer is the fewest tokens of an answer that are worth a call.
const minAnswer = 16

// Charge is what a request to a model is expected to cost, and then what its answer
// says. Each attempt of the request is recorded on it in turn. It belongs to one
// goroutine.
type Charge struct {
	model    string // that is asked
	known    *catalog.Catalog
	expected Usage
	estimate money
	choosing int // the most that the budget may choose as max_tokens; 0 where the caller chose

	maxTokens int  // that the budget chose for the present attempt; 0 is none
	cutByRest bool // the rest of the day pays for no more than maxTokens

	attempts int
	day      string // on which the estimate was reserved
	held     money  // reserved for the present attempt

	answered string // the model that did; "" while none is known
	used     *Usage // nil while the service has not told
}

// NewCharge estimates a request of so many tokens. The figures should err on the
// high side.
func NewCharge(known *catalog.Catalog, model string, promptTokens, completionTokens int) *Charge {
	c := &Charge{model: model, known: known, expected: Usage{PromptTokens: promptTokens, CompletionTokens: completionTokens}}
	c.estimate = c.price(c.expected)
	return c
}

// NewOpenCharge estimates a request without max_tokens. Where there is a budget, it
// chooses them when the request is reserved: as many as the rest of the day pays
// for, and at most most.
func NewOpenCharge(known *catalog.Catalog, model string, promptTokens, most int) *Charge {
	c := NewCharge(known, model, promptTokens, 0)
	c.choosing = most
	return c
}

// MaxTokens returns the max_tokens that were reserved and have to be sent; 0 where
// the budget had no choice.
func (c *Charge) MaxTokens() int { return c.maxTokens }

// Truncation says what cut an answer at its most tokens, and what to do about it.
func (c *Charge) Truncation() string {
	switch {
	case c.maxTokens == 0:
		return "max_tokens; raise it for the rest"
	case c.cutByRest:
		return fmt.Sprintf("the %d tokens that the rest of the day's budget pays for; raise --max-cost for more", c.maxTokens)
	default:
		return fmt.Sprintf("the %d tokens that were reserved from the day's budget (--max-cost) for a call without max_tokens; give max_tokens for more", c.maxTokens)
	}
}

// Answered notes which model answered the present attempt, and its usage; nil is
// unknown.
func (c *Charge) Answered(model string, used *Usage) { c.answered, c.used = model, used }

// Cost returns what the answer cost in EUR: the catalogue's prices of the model that
// answered, or else of the one that was asked. It is nil when the usage or a price is
// unknown.
func (c *Charge) Cost() *float64 {
	model, _ := c.pricedModel()
	if c.used == nil {
		return nil
	}
	eur, ok := model.Cost(c.used.PromptTokens, c.used.CompletionTokens)
	if !ok {
		return nil
	}
	return &eur
}

// pricedModel returns the model whose prices apply; false when the catalogue has
// neither the one that answered nor the one that was asked.
func (c *Charge) pricedModel() (catalog.Model, bool) {
	for _, name := range []string{c.answered, c.model} {
		if m, _, ok := c.known.Lookup(name); ok {
			return m, true
		}
	}
	return catalog.Model{}, false
}

// price returns what tokens may cost at most. Where the catalogue has no price, as
// for a query that the service resolves, its highest stands in: the model could be
// that one.
func (c *Charge) price(u Usage) money {
	m, _ := c.pricedModel()
	if m.InputPrice == nil || m.OutputPrice == nil {
		var input, output *float64
		for _, other := range c.known.Models() {
			input, output = higher(input, other.InputPrice), higher(output, other.OutputPrice)
		}
		m.InputPrice, m.OutputPrice = cmp.Or(m.InputPrice, input), cmp.Or(m.OutputPrice, output)
	}
	eur, _ := m.Cost(u.PromptTokens, u.CompletionTokens)
	return euros(eur)
}

func higher(a, b *float64) *float64 {
	if a == nil || b != nil && *b > *a {
		return b
	}
	return a
}

// choose sets max_tokens where that is left to the budget: as many as rest pays for
// beside the prompt, and never fewer than are worth a call.
func (c *Charge) choose(rest money) {
	if c.choosing == 0 {
		return
	}
	prompt, answer := c.price(Usage{PromptTokens: c.expected.PromptTokens}), c.price(Usage{CompletionTokens: c.choosing})
	tokens := c.choosing
	if c.cutByRest = answer > 0 && prompt+answer > rest; c.cutByRest {
		tokens = int(float64(c.choosing) * float64(rest-prompt) / float64(answer))
		if c.price(Usage{PromptTokens: c.expected.PromptTokens, CompletionTokens: tokens}) > rest {
			tokens-- // the prices were rounded
		}
	}
	c.maxTokens = max(tokens, minAnswer)
	c.expected.CompletionTokens = c.maxTokens
	c.estimate = c.price(c.expected)
}

// spent is what an attempt cost: what its usage says, or without one the estimate
// if the model may have worked on it.
func (c *Charge) spent(o Outcome) money {
	switch {
	case c.used != nil:
		return c.price(*c.used)
	case o.Worked:
		return c.estimate
	default:
		return 0
	}
}
