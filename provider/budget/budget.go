// Package budget keeps account of money: what requests may cost and did cost, what is
// left of the day's budget, and the usage of each model.
//
// [Accounts.Reserve] sets the estimate of a request's [Charge] aside before the request
// goes out, and [Accounts.Record] replaces it by the cost when an attempt has ended, so
// that concurrent calls cannot exceed the budget together. Amounts are in EUR. A request
// that does not fit is refused with an [*Exceeded].
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
	MaxCost float64      // EUR a day, which begins at midnight UTC; 0 disables the budget
	Folder  string       // keeps the day's spending across processes; "" keeps it in memory
	Service string       // the service's address; each service has its own spending
	Logger  *slog.Logger // required with a Folder
}

// Report is the usage of the service since Since.
type Report struct {
	Since  time.Time
	Models map[string]ModelUsage // by id, or [OtherModels]
	Total  ModelUsage
	Budget *DayReport // nil without a budget
}

// DayReport is the state of today's budget.
type DayReport struct {
	Max       float64   // EUR a day
	Spent     float64   // EUR, including what is reserved for running calls
	Remaining float64   // EUR
	ResetsAt  time.Time // the next midnight, UTC
	Refused   int       // requests that did not fit, since the start
}

// Outcome is how an attempt ended.
type Outcome struct {
	Code   string        // of the failure; "" means success
	Wait   time.Duration // before it was sent
	Worked bool          // the model may have worked on it, even if no usage was reported
}

// Exceeded is the error of a request that the rest of the day's budget cannot pay for.
type Exceeded struct {
	Message  string
	ResetsAt time.Time
}

// Error implements error.
func (e *Exceeded) Error() string { return e.Message }

// Accounts keeps account of what requests cost. It is safe for concurrent use.
type Accounts struct {
	statistics *statistics
	limit      money // 0 means none

	mu      sync.Mutex
	spend   *dailySpend
	refused int
	settled map[string]bool // batches that were counted and are not in spend
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
		return a, a.spend.open(today())
	}
	return nil, fmt.Errorf("the budget is %v EUR a day; more than 0 and at most %d is allowed", o.MaxCost, Max)
}

// Check refuses c if the rest of the day's budget cannot pay for it.
func (a *Accounts) Check(c *Charge) error {
	if a.limit == 0 {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.checkFits(c, a.spend.sumOn(today()))
}

// Reserve sets the estimate of c aside, or refuses c. For a charge of [NewOpenCharge] it
// first chooses max_tokens, so that no more can be spent than is reserved.
func (a *Accounts) Reserve(c *Charge) error {
	if a.limit == 0 {
		return nil
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	c.day, c.reserved = today(), 0
	spent := a.spend.sumOn(c.day)
	c.chooseMaxTokens(a.limit - spent)
	if err := a.checkFits(c, spent); err != nil {
		return err
	}
	sum := a.spend.add(c.day, c.estimate)
	if err := a.checkFits(c, sum-c.estimate); err != nil { // another process was faster
		a.spend.add(c.day, -c.estimate)
		return err
	}
	c.reserved = c.estimate
	return nil
}

// IsStale reports whether c was reserved on another day than today. That is not always an
// earlier one, since the clock may have been wrong.
func (a *Accounts) IsStale(c *Charge) bool { return a.limit != 0 && today() != c.day }

// Release cancels the reservation of a request that did not go out.
func (a *Accounts) Release(c *Charge) { a.replaceReserved(c, 0) }

// Record counts an attempt that has ended in the statistics, and in the day's spending
// instead of what was reserved for it.
func (a *Accounts) Record(c *Charge, o Outcome) {
	a.replaceReserved(c, c.charged(o))
	a.statistics.record(c, o)
	c.answeringModel, c.usage, c.seconds = "", nil, nil
}

// Report returns the usage so far.
func (a *Accounts) Report() Report {
	report := a.statistics.report()
	if a.limit == 0 {
		return report
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	spent := a.spend.sumOn(today())
	report.Budget = &DayReport{
		Max: a.limit.eur(), Spent: spent.eur(), Remaining: max(0, a.limit-spent).eur(),
		ResetsAt: tomorrow(), Refused: a.refused,
	}
	return report
}

// replaceReserved replaces what was reserved for c by what it cost, on the day of the
// reservation.
func (a *Accounts) replaceReserved(c *Charge, cost money) {
	if a.limit == 0 {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.spend.add(c.day, cost-c.reserved)
	c.reserved = 0
}

// checkFits refuses c, and counts that, if its estimate exceeds the limit together with
// what is spent. What is free always fits.
func (a *Accounts) checkFits(c *Charge, spent money) error {
	if c.estimate == 0 || spent+c.estimate <= a.limit {
		return nil
	}
	a.refused++
	return &Exceeded{
		Message: fmt.Sprintf("%s of today's budget of %s are spent, and this call may cost %s (%s, with %s)",
			spent, a.limit, c.estimate, c.describe(), text.Excerpt(c.model, 1000)),
		ResetsAt: tomorrow(),
	}
}

func today() string { return time.Now().UTC().Format(time.DateOnly) }

func tomorrow() time.Time {
	return time.Now().UTC().Truncate(24 * time.Hour).Add(24 * time.Hour)
}
