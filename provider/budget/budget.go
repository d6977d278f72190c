// Package budget keeps account of money: what requests may cost and did cost, what is
// left of the server's budget and of what each caller may spend, and the usage of each
// model and caller.
//
// The server's budget is for the requests with its key. A caller's own limits are for all its
// requests, whatever key they go out with, and without one: at the catalogue's prices.
//
// [Accounts.Reserve] sets the estimate of a request's [Charge] aside before the request
// goes out, and [Accounts.Record] replaces it by the cost when an attempt has ended, so
// that concurrent calls cannot exceed the budget together. Amounts are in EUR. A request
// that does not fit is refused with an [*Exceeded].
package budget

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/caller"
)

// Max is the highest budget that can be set, in EUR a day.
const Max = 1_000_000

// Options configures [Accounts].
type Options struct {
	MaxCost  float64      // EUR a day, which begins at midnight UTC; 0 disables the server's budget
	NoPrices bool         // the service has none, so callers with limits are refused
	Folder   string       // keeps what is spent across processes; "" keeps it in memory
	Service  string       // the service's address; each service has its own spending
	Logger   *slog.Logger // required with a Folder
}

// Outcome is how an attempt ended.
type Outcome struct {
	Code   string        // of the failure; "" means success
	Wait   time.Duration // before it was sent
	Worked bool          // the model may have worked on it, even if no usage was reported
}

// Accounts keeps account of what requests cost. It is safe for concurrent use.
type Accounts struct {
	statistics *statistics
	service    string
	folder     string
	log        *slog.Logger
	noPrices   bool
	server     *account // nil without a budget of the server
	serverMax  money

	mu      sync.Mutex              // for all that is spent
	callers map[accountKey]*account // of callers with limits
	settled map[string]bool         // batches that were counted and are in no account
}

// New opens the accounts. The error says which limit is out of range, or is an
// [ErrSpending].
func New(o Options) (*Accounts, error) {
	a := &Accounts{
		statistics: newStatistics(), service: o.Service, folder: o.Folder, log: o.Logger, noPrices: o.NoPrices,
		callers: map[accountKey]*account{}, settled: map[string]bool{},
	}
	switch {
	case o.MaxCost == 0:
		return a, nil
	case o.MaxCost > 0 && o.MaxCost <= Max: // NaN is neither
		a.serverMax = max(1, euros(o.MaxCost))
		a.server = &account{period: day, spend: newSpending(o.Folder, day, o.Logger, o.Service)}
		if err := a.server.spend.open(); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrSpending, err)
		}
		return a, nil
	}
	return nil, fmt.Errorf("the budget is %v EUR a day; more than 0 and at most %d is allowed", o.MaxCost, Max)
}

// Check refuses c if the rest of a limit that applies cannot pay for it.
func (a *Accounts) Check(ctx context.Context, c *Charge) error {
	limits, err := a.limitsOf(caller.From(ctx))
	if err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	_ = readSpent(limits)
	return checkAll(limits, c)
}

// readSpent reads what is spent of each limit, and returns the one of which the least is left.
func readSpent(limits []limit) (least *limit) {
	for i := range limits {
		l := &limits[i]
		l.readSpent()
		if least == nil || l.rest() < least.rest() {
			least = l
		}
	}
	return least
}

func checkAll(limits []limit, c *Charge) error {
	for i := range limits {
		if err := limits[i].checkFits(c); err != nil {
			return err
		}
	}
	return nil
}

// Reserve sets the estimate of c aside in each limit that applies to the caller of the
// context, or in none and refuses c. What was reserved for c before is cancelled. For a
// charge of [NewOpenCharge] it first chooses max_tokens, so that no more can be spent than
// is reserved.
func (a *Accounts) Reserve(ctx context.Context, c *Charge) error {
	a.Release(c)
	c.maxTokens = 0
	limits, err := a.limitsOf(caller.From(ctx))
	if err != nil || len(limits) == 0 {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	c.chooseMaxTokens(readSpent(limits))
	if err := checkAll(limits, c); err != nil {
		return err
	}
	for i := range limits {
		l := &limits[i]
		l.spent = l.spend.add(l.checked, c.estimate) - c.estimate
		c.reserved = append(c.reserved, reservation{l.account, l.checked, c.estimate})
		if err := l.checkFits(c); err != nil { // another process was faster
			c.replaceReserved(0)
			return err
		}
	}
	return nil
}

// IsStale reports whether c was reserved in another day or month than the current one. That
// is not always an earlier one, since the clock may have been wrong.
func (a *Accounts) IsStale(c *Charge) bool {
	return slices.ContainsFunc(c.reserved, func(r reservation) bool { return r.period != r.account.period.current() })
}

// Release cancels the reservation of a request that did not go out.
func (a *Accounts) Release(c *Charge) { a.replaceReserved(c, 0) }

// Record counts an attempt that has ended in the statistics, also of its caller, and in
// what is spent instead of what was reserved for it.
func (a *Accounts) Record(ctx context.Context, c *Charge, o Outcome) {
	a.replaceReserved(c, c.charged(o))
	a.statistics.record(caller.NameOf(ctx), c, o)
	c.answeringModel, c.usage, c.seconds = "", nil, nil
}

func (a *Accounts) replaceReserved(c *Charge, cost money) {
	if len(c.reserved) == 0 {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	c.replaceReserved(cost)
}

// openAccounts returns the accounts of callers that are open.
func (a *Accounts) openAccounts() map[accountKey]*account {
	a.mu.Lock()
	defer a.mu.Unlock()
	return maps.Clone(a.callers)
}
