package budget

import (
	"context"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/caller"
)

// Report is the usage of the service since Since: of the caller of the context, or of all if
// it has none.
type Report struct {
	Since   time.Time
	Models  map[string]ModelUsage // by id, or [OtherModels]
	Total   ModelUsage
	Callers map[string]ModelUsage // totals by name, or [OtherCallers]; nil in the report of a caller
	// Budget is the day's: the server's, or of a caller the one with less left of its own and,
	// if it uses the server's key, the server's. It is nil without one.
	Budget *BudgetReport
	// BudgetMonth is what a caller may spend a month, nil without such a limit.
	BudgetMonth *BudgetReport
}

// BudgetReport is the state of a limit in the current period.
type BudgetReport struct {
	Rule      string    // --max-cost, which is the server's, or the caller's own max_cost or max_cost_month
	Max       float64   // EUR
	Spent     float64   // EUR, including what is reserved for running calls
	Remaining float64   // EUR
	ResetsAt  time.Time // when the period ends
	Refused   int       // requests that did not fit, since the start
}

// Report returns the usage so far. The budgets of a caller are missing while what it spent
// cannot be read.
func (a *Accounts) Report(ctx context.Context) Report {
	who := caller.From(ctx)
	report := a.statistics.report(who)
	limits, err := a.limitsOf(who)
	if err != nil {
		return report
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, l := range limits {
		switch one := l.report(); {
		case l.period == month:
			report.BudgetMonth = one
		case report.Budget == nil || one.Remaining < report.Budget.Remaining:
			report.Budget = one
		}
	}
	return report
}

// CallerBudget is the state of a limit of a caller.
type CallerBudget struct {
	Caller string
	Period string // day or month
	Max    float64
	Spent  float64
}

// CallerBudgets returns the limits of the callers that called in the current period. The
// limits are those of the last call.
func (a *Accounts) CallerBudgets() []CallerBudget {
	var budgets []CallerBudget
	for key, known := range a.openAccounts() {
		a.mu.Lock() // for one at a time, since files are read
		if current := known.period.current(); known.checked == current {
			budgets = append(budgets, CallerBudget{
				key.caller, key.period.String(), known.max.eur(), known.spend.sumOn(current).eur(),
			})
		}
		a.mu.Unlock()
	}
	return budgets
}
