package budget

import "maps"

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
	models  map[string]*ModelUsage
}

// Add adds the outcome of one request, as [Accounts.Record] does for others.
func (b *BatchUsage) Add(c *Charge, o Outcome) {
	if b.models == nil {
		b.models = map[string]*ModelUsage{}
	}
	if c.usage == nil && o.Worked {
		b.unknown++
	}
	if c.usage != nil {
		b.cost = min(b.cost+c.price(*c.usage), maxMoney)
	}
	usageOf(b.models, c).addAttempt(c, o)
}

// AddUnanswered adds a request of which there is no answer although the model may have
// worked on it.
func (b *BatchUsage) AddUnanswered() { b.unknown++ }

// KeepBatch remembers that c was reserved for the batch with this id, so that
// [Accounts.SettleBatch] can replace it, also that of another process with the same folder.
// Until then the estimate counts, whatever becomes of this process.
func (a *Accounts) KeepBatch(id string, c *Charge) {
	if a.limit == 0 {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.spend.keepBatch(c.day, id, c.reserved)
	c.reserved = 0
}

// SettleBatch replaces what was reserved for a batch of so many requests by what they
// cost, on the day on which it was submitted. A request of unknown cost keeps its part of
// the estimate. Only the first call for an id changes the day's spending and the
// statistics; one for a batch that was never reserved changes only the statistics.
func (a *Accounts) SettleBatch(id string, requests int, b *BatchUsage) {
	a.mu.Lock()
	first, known := false, false
	if a.limit > 0 {
		first, known = a.spend.settleBatch(id, func(reserved money) money {
			part := float64(b.unknown) / float64(max(1, requests, b.unknown))
			return min(b.cost+money(part*float64(reserved)), maxMoney)
		})
	}
	if !known {
		first = !a.settled[id]
		if a.settled == nil || len(a.settled) >= maxSettled {
			a.settled = map[string]bool{}
		}
		a.settled[id] = true
	}
	a.mu.Unlock()
	if first {
		a.statistics.addAll(b.models)
	}
}

// maxSettled bounds the batches that are remembered so that the statistics count them once.
const maxSettled = 10_000

func (s *statistics) addAll(models map[string]*ModelUsage) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for name, used := range models {
		if known, ok := s.models[name]; ok {
			known.add(*used)
			continue
		}
		copied := *used
		copied.Errors = maps.Clone(used.Errors)
		s.models[name] = &copied
	}
}
