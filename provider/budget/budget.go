// Package budget is the one place that knows money: what a request may cost and
// did cost, what is left of the day's budget, and what was used by model.
//
// A request's [Charge] is reserved before the request goes out ([Accounts.Reserve]),
// and each attempt that ended is recorded ([Accounts.Record]), which puts its cost in
// the place of the estimate. So calls at the same time cannot pass the budget
// together. Amounts in and out are EUR. What does not fit is refused with an
// [*Exceeded].
package budget

import (
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
)

// Max is the highest budget that can be set, in EUR a day.
const Max = 1_000_000

// Options configures [Accounts].
type Options struct {
	MaxCost float64 // EUR a day, which begins at midnight UTC; 0 is no limit
	Folder  string  // where the day's spending outlives the process; "" keeps it in memory
	Service string  // the address of the service, whose spending is kept apart from others'
	Logger  *slog.Logger
}

// Report is what was asked of the service since Since.
type Report struct {
	Since  time.Time
	Models map[string]ModelUsage // by id, or [OtherModels]
	Total  ModelUsage
	Budget *DayReport // nil without a budget
}

// DayReport is how today's budget stands.
type DayReport struct {
	Max       float64   // EUR a day
	Spent     float64   // EUR, with what is reserved for calls that run
	Remaining float64   // EUR
	ResetsAt  time.Time // the next midnight, UTC
	Refused   int       // requests that did not go out, since the start
}

// Outcome is how an attempt ended.
type Outcome struct {
	Code   string        // of the failure; "" is success
	Wait   time.Duration // before it was sent
	Worked bool          // the model may have worked on it, also where no usage came
}

// Exceeded refuses a request that the rest of the day's budget cannot pay.
type Exceeded struct {
	Message  string
	ResetsAt time.Time
}

// Error implements error.
func (e *Exceeded) Error() string { return e.Message }

// Accounts keeps what requests cost. It is safe for concurrent use.
type Accounts struct {
	statistics *statistics
	limit      money // 0 is none

	mu      sync.Mutex
	spend   *dailySpend
	refused int
}

// New opens the accounts. The error says which limit is out of range, or is an
// [ErrSpending].
func New(o Options) (*Accounts, error) {
	a := &Accounts{statistics: newStatistics()}
	switch {
	case o.MaxCost == 0:
		return a, nil
	case o.MaxCost > 0 && o.MaxCost <= Max: // NaN is neither
		a.limit = max(1, euros(o.MaxCost))
		a.spend = newDailySpend(o.Folder, o.Service, o.Logger)
		return a, a.spend.open()
	}
	return nil, fmt.Errorf("the budget is %v EUR a day; more than 0 and at most %d is allowed", o.MaxCost, Max)
}

// Check refuses what the rest of the day's budget cannot pay.
func (a *Accounts) Check(c *Charge) error {
	if a.limit == 0 {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.refuse(c, a.spend.on(today()))
}

// Reserve sets the estimate of c aside, or refuses it. It chooses max_tokens where
// that is left to the budget, so that what is reserved is what can be spent.
func (a *Accounts) Reserve(c *Charge) error {
	if a.limit == 0 {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	spent := a.spend.on(today())
	c.day, c.held = a.spend.day, 0
	c.choose(a.limit - spent)
	if err := a.refuse(c, spent); err != nil {
		return err
	}
	sum := a.spend.add(c.day, c.estimate)
	if err := a.refuse(c, sum-c.estimate); err != nil { // another process was faster
		a.spend.add(c.day, -c.estimate)
		return err
	}
	c.held = c.estimate
	return nil
}

// IsStale reports whether c was reserved on a day that is over.
func (a *Accounts) IsStale(c *Charge) bool { return a.limit != 0 && today() > c.day }

// Release takes back the reservation of a request that did not go out.
func (a *Accounts) Release(c *Charge) { a.settle(c, 0) }

// Record notes an attempt that has ended: in the statistics, and in the day's
// spending in the place of what was reserved.
func (a *Accounts) Record(c *Charge, o Outcome) {
	a.settle(c, c.spent(o))
	a.statistics.record(c, o)
	c.answered, c.used = "", nil
}

// Report returns what was asked of the service so far.
func (a *Accounts) Report() Report {
	report := a.statistics.report()
	if a.limit == 0 {
		return report
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	spent := a.spend.on(today())
	report.Budget = &DayReport{
		Max: a.limit.eur(), Spent: spent.eur(), Remaining: max(0, a.limit-spent).eur(), ResetsAt: tomorrow(), Refused: a.refused,
	}
	return report
}

// settle puts what a request cost in the place of what was reserved. It counts on the
// day on which the request went out.
func (a *Accounts) settle(c *Charge, cost money) {
	if a.limit == 0 {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.spend.add(c.day, cost-c.held)
	c.held = 0
}

// refuse says that c does not fit beside what is spent. What is free always does.
func (a *Accounts) refuse(c *Charge, spent money) error {
	if c.estimate == 0 || spent+c.estimate <= a.limit {
		return nil
	}
	a.refused++
	return &Exceeded{
		Message: fmt.Sprintf("%s of today's budget of %s are spent, and this call may cost %s (%d prompt tokens and %d of the answer, with %s)",
			spent, a.limit, c.estimate, c.expected.PromptTokens, c.expected.CompletionTokens, text.Excerpt(c.model, 1000)),
		ResetsAt: tomorrow(),
	}
}

func today() string { return time.Now().UTC().Format(time.DateOnly) }

func tomorrow() time.Time {
	return time.Now().UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
}
