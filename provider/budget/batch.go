package budget

import (
	"context"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/caller"
)

// BatchPrice is what a batch costs of the price of the same requests one by one.
const BatchPrice = 0.5

// ForBatch makes c the charge of a batch of so many requests, whose prompts together have
// the tokens of c. max_tokens, whoever chooses them, are those of each request.
func (c *Charge) ForBatch(requests int) *Charge {
	c.requests, c.share = requests, BatchPrice
	c.estimate = c.price(c.expected)
	return c
}

// Estimate returns the most that the request can cost in EUR, nil if there is no price.
func (c *Charge) Estimate() *float64 {
	model, _ := c.pricedModel()
	if _, ok := model.Cost(1, 1); !ok {
		return nil
	}
	eur := c.estimate.eur()
	return &eur
}

// BatchUsage is what the answers of a batch cost. Its zero value has none.
type BatchUsage struct {
	cost    money
	unknown int // requests of which it is not known what they cost
	models  modelUsages
}

// Add adds the outcome of one request, as [Accounts.Record] does for others.
func (b *BatchUsage) Add(c *Charge, o Outcome) {
	if b.models == nil {
		b.models = modelUsages{}
	}
	if c.usage == nil && o.Worked {
		b.unknown++
	}
	if c.usage != nil {
		b.cost = min(b.cost+c.price(*c.usage), maxMoney)
	}
	b.models.of(c.countedAs()).add(c.ended(o))
}

// AddUnanswered adds a request of which there is no answer although the model may have
// worked on it.
func (b *BatchUsage) AddUnanswered() { b.unknown++ }

// unknownPart returns which part of what was reserved for so many requests stays.
func (b *BatchUsage) unknownPart(requests int) float64 {
	return float64(b.unknown) / float64(max(1, requests, b.unknown))
}

// KeepBatch remembers that c was reserved for the batch with this id, so that
// [Accounts.SettleBatch] can replace it, also that of another process with the same folder.
// Until then the estimate counts, whatever becomes of this process.
func (a *Accounts) KeepBatch(id string, c *Charge) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, r := range c.reserved {
		r.account.spend.keepBatch(r.period, id, r.amount)
	}
	a.keepForReplicas(id, c)
	c.reserved = c.reserved[:0]
}

// SettleBatch replaces what was reserved for a batch of so many requests by what they
// cost, in the day and month in which it was submitted: in the server's budget, and in the
// limits of the caller of the context, who must be the one that submitted it. A request of
// unknown cost keeps its part of the estimate. Only the first call for an id changes what is
// spent and the statistics; one for a batch that was never reserved changes only the
// statistics. It reports whether it was the first.
func (a *Accounts) SettleBatch(ctx context.Context, id string, requests int, b *BatchUsage) (first bool) {
	who := caller.From(ctx)
	_, _ = a.ownLimits(who) // opens the accounts; what cannot be opened keeps the estimate, and is logged
	a.mu.Lock()
	first, known := settleIn(a.accountsOf(who), id, func(reserved money) money {
		return min(b.cost+money(b.unknownPart(requests)*float64(reserved)), maxMoney)
	})
	if !known {
		first = !a.settled[id]
		if len(a.settled) >= maxSettled {
			clear(a.settled)
		}
		a.settled[id] = true
	}
	a.mu.Unlock()
	if isFirst, isKnown := a.settleForReplicas(ctx, id, requests, b); isKnown {
		first = isFirst
	}
	if first {
		a.statistics.addAll(caller.NameOf(ctx), b.models)
	}
	return first
}

// settleIn settles a batch in each of the accounts that know it. The first of them decides
// who was first.
func settleIn(accounts []*account, id string, cost func(reserved money) money) (first, known bool) {
	for _, one := range accounts {
		if isFirst, isKnown := one.spend.settleBatch(id, cost); isKnown && !known {
			first, known = isFirst, true
		}
	}
	return first, known
}

// accountsOf returns the accounts in which a batch of a caller may be.
func (a *Accounts) accountsOf(who *caller.Caller) (accounts []*account) {
	if a.server != nil {
		accounts = append(accounts, a.server)
	}
	if who == nil {
		return accounts
	}
	for _, p := range []period{month, day} {
		if own := a.callers[accountKey{who.Name, p}]; own != nil {
			accounts = append(accounts, own)
		}
	}
	return accounts
}

// maxSettled bounds the batches that are remembered so that the statistics count them once.
const maxSettled = 10_000
