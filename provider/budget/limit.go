package budget

import (
	"errors"
	"fmt"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/caller"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
)

// The rules that limit what is spent, as they are written.
const (
	serverRule = "--max-cost"
	dayRule    = "max_cost"
	monthRule  = "max_cost_month"
)

// account is what is spent of the server's budget, or of what a caller may spend.
type account struct {
	period   period
	spend    *spending
	refused  int
	max      money  // at the last check
	checked  string // the period of the last check
	replicas Replicas
	seen     map[string]sight // by the name of the period
	changed  map[string]bool  // periods of which the replicas do not know yet what changed
}

// limit is the most that may be spent of an account in a period, by a rule of the moment.
type limit struct {
	*account
	max    money
	rule   string
	caller string // whose rule it is, unless it is serverRule
	spent  money  // in the current period, as it was last read
	share  bool   // spent is what is not left of this replica's share
}

// accountKey names the account of a caller.
type accountKey struct {
	caller string
	period period
}

// ErrUnknownSpending is the error of a call whose caller has a limit, if what the caller
// spent cannot be kept on disk. The reason is logged.
var ErrUnknownSpending = errors.New("what this caller spent cannot be read")

// ErrNoPrices is the error of a call whose caller has a limit, at a service without prices.
var ErrNoPrices = errors.New("this caller has a limit in EUR, and the service has no prices")

// limitsOf returns the limits that apply to a call, those that last longest first.
func (a *Accounts) limitsOf(who *caller.Caller) ([]limit, error) {
	limits, err := a.ownLimits(who)
	if a.server != nil && who.UsesServerKey() {
		limits = append(limits, limit{account: a.server, max: a.serverMax, rule: serverRule})
	}
	return limits, err
}

// ownLimits returns the limits of a caller's rules, whose accounts it opens.
func (a *Accounts) ownLimits(who *caller.Caller) (limits []limit, err error) {
	if who == nil {
		return nil, nil
	}
	for _, own := range []struct {
		max    float64
		period period
		rule   string
	}{{who.MaxCostMonth, month, monthRule}, {who.MaxCost, day, dayRule}} {
		if own.max == 0 {
			continue
		}
		if a.noPrices {
			return nil, ErrNoPrices
		}
		known, openErr := a.open(accountKey{who.Name, own.period})
		if openErr != nil {
			err = ErrUnknownSpending
			a.log.Error("what a caller spent cannot be kept, so its calls are refused", "caller", who.Name, "period", own.period, "error", openErr)
			continue
		}
		limits = append(limits, limit{account: known, max: max(1, euros(own.max)), rule: own.rule, caller: text.Excerpt(who.Name, maxName)})
	}
	return limits, err
}

// open returns the account of a caller.
func (a *Accounts) open(key accountKey) (*account, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if known := a.callers[key]; known != nil {
		return known, nil
	}
	spend := newSpending(a.folder, key.period, a.log, a.service, key.period.String(), key.caller).inOwnFolder()
	if err := spend.open(); err != nil {
		return nil, err
	}
	opened := a.newAccount(key.period, spend)
	a.callers[key] = opened
	return opened, nil
}

// readSpent reads what is spent in the current period.
func (l *limit) readSpent() {
	l.account.max, l.checked = l.max, l.period.current()
	l.spent, l.share = l.spentOf(l.checked, l.max)
}

// rest returns what is left; it is negative after calls that cost more than was expected.
func (l *limit) rest() money { return l.max - l.spent }

// checkFits refuses c, and counts that, if its estimate exceeds the limit together with
// what is spent. What is free always fits.
func (l *limit) checkFits(c *Charge) error {
	if c.estimate == 0 || l.spent+c.estimate <= l.max {
		return nil
	}
	if !c.refused {
		c.refused = true
		l.refused++
	}
	of := fmt.Sprintf("today's budget of %s", l.max)
	if l.rule != serverRule {
		of = fmt.Sprintf("the %s that %s may spend a %s (%s)", l.max, l.caller, l.period, l.rule)
	}
	spent := fmt.Sprintf("%s of %s are spent", l.spent, of)
	if l.share {
		spent = fmt.Sprintf("%s are left of this replica's share of %s, while the state that replicas share is away", max(0, l.rest()), of)
	}
	return &Exceeded{
		Message: fmt.Sprintf("%s, and this call may cost %s (%s, with %s)", spent, c.estimate, c.describe(), text.Excerpt(c.model, 1000)),
		Remedy:  l.remedy(), ResetsAt: l.period.end(),
	}
}

// maxName is how much of a caller's name is shown.
const maxName = 100

// name returns what the limit is of, without its rule.
func (l *limit) name() string {
	if l.rule == serverRule {
		return "the day's budget"
	}
	return fmt.Sprintf("what %s may spend a %s", l.caller, l.period)
}

// remedy returns who can do what to get more.
func (l *limit) remedy() string {
	if l.rule == serverRule {
		return "raise " + l.rule
	}
	return "ask whoever runs this server to raise " + l.rule
}

// report returns the state of the limit.
func (l *limit) report() *BudgetReport {
	l.readSpent()
	return &BudgetReport{
		Rule: l.rule, Max: l.max.eur(), Spent: l.known(l.checked).eur(), Remaining: max(0, l.rest()).eur(),
		ResetsAt: l.period.end(), Refused: l.refused,
	}
}

// Exceeded is the error of a request that the rest of a budget cannot pay for.
type Exceeded struct {
	Message  string
	Remedy   string // who can do what to get more
	ResetsAt time.Time
}

// Error implements error.
func (e *Exceeded) Error() string { return e.Message }
