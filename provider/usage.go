package provider

import (
	"maps"
	"sync"
	"time"
)

// OtherModels is the one entry of all models that the catalogue does not have,
// so that no caller can make a report grow.
const OtherModels = "other"

// UsageReport is what was asked of the service since Since.
type UsageReport struct {
	Since  time.Time
	Models map[string]ModelUsage // by id, or [OtherModels]
	Total  ModelUsage
	Budget *BudgetReport // nil without one
}

// ModelUsage sums up the calls of a model, also of those that failed later.
type ModelUsage struct {
	Calls    int // each batch of an embedding and each request of an extraction is one
	Attempts int // requests that went to the service
	Usage
	Cost     float64       // EUR, from the catalogue's prices
	Unpriced int           // answered attempts whose tokens or price are unknown, so that Cost lacks them
	Waited   time.Duration // for rate limits, and before new tries
	Errors   map[Code]int  // failed attempts
}

// UsageReport gives what was asked of the service since the provider was made.
func (p *Provider) UsageReport() UsageReport {
	report := p.ledger.report()
	report.Budget = p.budget.report()
	return report
}

// book notes an attempt that has ended: in the ledger, and in the budget in the
// place of what was set aside for it.
func (p *Provider) book(b *bill, a Attempt, err error) {
	p.budget.settle(b, b.spent(a.Code, err))
	p.ledger.add(b, a)
	b.answered, b.used = "", nil
}

// ledger counts attempts by model.
type ledger struct {
	since  time.Time
	mu     sync.Mutex
	models map[string]*ModelUsage
}

func newLedger() *ledger { return &ledger{since: time.Now(), models: map[string]*ModelUsage{}} }

func (l *ledger) add(b *bill, a Attempt) {
	model, listed := b.payee()
	name := OtherModels
	if listed {
		name = model.ID
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	u, ok := l.models[name]
	if !ok {
		u = &ModelUsage{Errors: map[Code]int{}}
		l.models[name] = u
	}
	if b.attempts++; b.attempts == 1 {
		u.Calls++
	}
	u.Attempts++
	u.Waited += a.Wait
	if a.Code != "" {
		u.Errors[a.Code]++
	}
	priced := false
	if b.used != nil {
		u.Usage = u.plus(*b.used)
		var eur float64
		if eur, priced = model.Cost(b.used.PromptTokens, b.used.CompletionTokens); priced {
			u.Cost += eur
		}
	}
	if (a.Code == "" || b.used != nil) && !priced {
		u.Unpriced++
	}
}

func (l *ledger) report() UsageReport {
	l.mu.Lock()
	defer l.mu.Unlock()
	report := UsageReport{Since: l.since, Models: map[string]ModelUsage{}, Total: ModelUsage{Errors: map[Code]int{}}}
	for name, u := range l.models {
		one := *u
		one.Errors = maps.Clone(u.Errors)
		report.Models[name] = one
		report.Total.add(one)
	}
	return report
}

func (u *ModelUsage) add(other ModelUsage) {
	u.Calls += other.Calls
	u.Attempts += other.Attempts
	u.Usage = u.plus(other.Usage)
	u.Cost += other.Cost
	u.Unpriced += other.Unpriced
	u.Waited += other.Waited
	for code, n := range other.Errors {
		u.Errors[code] += n
	}
}

func (u Usage) plus(other Usage) Usage {
	return Usage{
		u.PromptTokens + other.PromptTokens, u.CompletionTokens + other.CompletionTokens,
		u.TotalTokens + other.TotalTokens, u.ReasoningTokens + other.ReasoningTokens,
	}
}
