package provider

import (
	"fmt"
	"math"
	"strconv"
	"sync"
	"time"
)

// MaxBudget is the highest budget that can be set, in EUR a day.
const MaxBudget = 1_000_000

// money is an amount in millionths of a millionth of a EUR: a token's price is a
// whole number of them, so that sums are exact.
type money int64

const (
	euro      money = 1e12
	mostMoney       = 2 * MaxBudget * euro
)

func euros(eur float64) money {
	return money(math.Round(min(max(eur, 0), 2*MaxBudget) * float64(euro)))
}

func (m money) eur() float64 { return float64(m) / float64(euro) }

func (m money) String() string {
	return strconv.FormatFloat(math.Round(m.eur()*1e9)/1e9, 'f', -1, 64) + " EUR"
}

// BudgetReport is how today's budget stands.
type BudgetReport struct {
	Max       float64   // EUR a day
	Spent     float64   // EUR, with what is set aside for calls that run
	Remaining float64   // EUR
	ResetsAt  time.Time // the next midnight, UTC
	Refused   int       // requests that did not go out, since the provider was made
}

// budget refuses what would pass the limit of a day, which begins at midnight UTC. A
// request's estimate is set aside before it goes out and replaced by its cost
// when it has ended, so that calls at the same time cannot pass it together. A nil
// budget has no limit.
type budget struct {
	limit money

	mu      sync.Mutex
	tally   *tally
	refused int
}

func newBudget(eur float64, t *tally) (*budget, error) {
	switch {
	case eur == 0:
		return nil, nil
	case eur > 0 && eur <= MaxBudget: // NaN is neither
		return &budget{limit: max(1, euros(eur)), tally: t}, t.open()
	}
	return nil, fmt.Errorf("the budget is %v EUR a day; more than 0 and at most %d is allowed", eur, MaxBudget)
}

// check refuses what the rest of the day's budget cannot pay.
func (g *budget) check(b *bill) error {
	if g == nil {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.refuse(b, g.tally.on(today()))
}

// reserve sets the estimate of b aside, or refuses. It chooses max_tokens where
// that is left to the budget, so that what is reserved is what can be spent.
func (g *budget) reserve(b *bill) error {
	if g == nil {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	spent := g.tally.on(today())
	b.day, b.held = g.tally.day, 0
	b.fit(g.limit - spent)
	if err := g.refuse(b, spent); err != nil {
		return err
	}
	sum := g.tally.add(b.day, b.estimate)
	if err := g.refuse(b, sum-b.estimate); err != nil { // another process was faster
		g.tally.add(b.day, -b.estimate)
		return err
	}
	b.held = b.estimate
	return nil
}

// settle puts what a request cost in the place of what was set aside. It counts on the
// day on which the request went out.
func (g *budget) settle(b *bill, cost money) {
	if g == nil {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.tally.add(b.day, cost-b.held)
	b.held = 0
}

// refuse says that b does not fit beside what is spent. What is free always does.
func (g *budget) refuse(b *bill, spent money) error {
	if b.estimate == 0 || spent+b.estimate <= g.limit {
		return nil
	}
	g.refused++
	return &Error{
		Code: CodeBudgetExceeded,
		Message: fmt.Sprintf("%s of today's budget of %s are spent, and this call may cost %s (%d prompt tokens and %d of the answer, with %s)",
			spent, g.limit, b.estimate, b.expected.PromptTokens, b.expected.CompletionTokens, bounded(b.model)),
		Hint: fmt.Sprintf("lower max_tokens, name a cheaper model, raise --max-cost, or wait until the budget starts anew at %s",
			tomorrow().Format("2006-01-02 15:04 UTC")),
	}
}

func (g *budget) report() *BudgetReport {
	if g == nil {
		return nil
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	spent := g.tally.on(today())
	return &BudgetReport{
		Max: g.limit.eur(), Spent: spent.eur(), Remaining: max(0, g.limit-spent).eur(), ResetsAt: tomorrow(), Refused: g.refused,
	}
}

func today() string { return time.Now().UTC().Format(time.DateOnly) }

func tomorrow() time.Time {
	return time.Now().UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
}
