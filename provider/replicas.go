package provider

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/budget"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/limit"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/shared"
)

// A step takes as long as a limiter expects of it: the one package knows no network, and the
// other no limits.
const (
	_ = uint(limit.AskTimeout - shared.Timeout)
	_ = uint(shared.Timeout - limit.AskTimeout)
)

// errSpentMeanwhile is the error of a request whose estimate fitted into what this replica
// knew of a limit, and no longer fits into what all replicas spent.
var errSpentMeanwhile = errors.New("other replicas spent the rest of a budget")

// replicas shares limits by a store; a nil one shares nothing.
type replicas struct {
	store    *shared.Store
	accounts *budget.Accounts
}

// newReplicas returns nil without a store.
func newReplicas(store *shared.Store, accounts *budget.Accounts) *replicas {
	if store == nil {
		return nil
	}
	r := &replicas{store, accounts}
	store.AddSource(r.spent)
	return r
}

// replicas returns what budgets need to know of the replicas; nil without a store.
func (o *Options) replicas() budget.Replicas {
	if o.Shared == nil {
		return nil
	}
	return o.Shared
}

// share makes the limits of a key those of all replicas.
func (a *access) share(r *replicas) {
	if r == nil {
		return
	}
	a.sender.replicas, a.sender.limiter.Replicas = r, r.store.Replicas
	a.cooldown.Replicas = cooldowns{r.store, a.client}
	r.store.AddSource(slotsOf(&a.sender.limiter, a.client.windowKey))
}

// cooldowns are those of a key that all replicas know.
type cooldowns struct {
	store  *shared.Store
	client *client
}

func (c cooldowns) Fail(model string)    { c.store.Fail(c.client.windowKey(model)) }
func (c cooldowns) Succeed(model string) { c.store.Succeed(c.client.windowKey(model)) }
func (c cooldowns) Since(model string) (time.Duration, bool) {
	return c.store.Since(c.client.windowKey(model))
}

// ask returns how a request takes its slot, and is counted in the budgets, in one round trip.
// It contacts nothing where nothing is limited.
func (r *replicas) ask(ctx context.Context, key string, perMinute int, charge *budget.Charge) limit.Ask {
	if r == nil {
		return nil
	}
	return func(slot *limit.Sent) (limit.Answer, error) {
		step := r.budgets(r.accounts.Reserved(charge))
		if slot != nil {
			step.Window = window(key, perMinute)
			step.Window.Slot = slotName(*slot)
		}
		if step.Window == nil && len(step.Ledgers) == 0 {
			return limit.Answer{}, nil
		}
		return take(ctx, r.store, step)
	}
}

func take(ctx context.Context, store *shared.Store, step shared.Step) (limit.Answer, error) {
	answer, err := store.Take(ctx, step)
	switch {
	case err != nil:
		return limit.Answer{}, fmt.Errorf("%w: %w", limit.ErrAway, err)
	case answer.Refused:
		return limit.Answer{}, errSpentMeanwhile
	}
	return limit.Answer{Wait: answer.Wait, Used: answer.Used}, nil
}

// refresh reads what all replicas spent of the limits of the caller. Without an answer, what
// was last seen must do.
func (r *replicas) refresh(ctx context.Context) {
	if parts := r.accounts.Limits(ctx); len(parts) > 0 {
		_, _ = r.store.Take(ctx, r.budgets(parts))
	}
}

// budgets returns the step that says parts.
func (r *replicas) budgets(parts []budget.Part) shared.Step {
	step := shared.Step{Saw: func(sums []shared.Sum) {
		for i, sum := range sums {
			r.accounts.Saw(parts[i], sum.Total, sum.Own)
		}
	}}
	for _, p := range parts {
		step.Ledgers = append(step.Ledgers, shared.Ledger{
			Key: p.Ledger, Writer: p.Writer, Version: p.Version, Own: p.Own, Max: p.Max, Kept: p.Kept,
		})
	}
	return step
}

// maxSaid bounds the parts of one step.
const maxSaid = 100

// spent is the source of what this replica spent.
func (r *replicas) spent(all bool) (steps []shared.Step) {
	parts := r.accounts.Parts(all)
	for len(parts) > 0 {
		n := min(maxSaid, len(parts))
		steps = append(steps, r.budgets(parts[:n]))
		parts = parts[n:]
	}
	return steps
}

// slotsOf is the source of the slots that a limiter took.
func slotsOf(limiter *limit.Limiter, key func(string) string) shared.Source {
	return func(all bool) (steps []shared.Step) {
		if !all {
			return nil
		}
		for name, sent := range limiter.Recent() {
			w := window(key(name), 0)
			for _, slot := range sent {
				w.Sent = append(w.Sent, shared.Slot{Name: slotName(slot), Age: time.Since(slot.At)})
			}
			steps = append(steps, shared.Step{Window: w})
		}
		return steps
	}
}

func window(key string, perMinute int) *shared.Window {
	return &shared.Window{Key: key, Most: perMinute, Length: limit.CommonWindow}
}

func slotName(slot limit.Sent) string { return strconv.FormatUint(slot.Number, 36) }

// windowKey returns the key of the window of a model with this client's key.
func (c *client) windowKey(model string) string {
	return "model:" + shared.Hash(c.key) + ":" + shared.Hash(model)
}

// CallLimiter limits the calls of each caller a minute, over all replicas that share a store.
type CallLimiter struct {
	limiter limit.Limiter
	store   *shared.Store // nil is this process alone
}

// NewCallLimiter returns a limiter; a nil store is this process alone.
func NewCallLimiter(store *shared.Store) *CallLimiter {
	l := &CallLimiter{store: store}
	if store != nil {
		l.limiter.Replicas = store.Replicas
		store.AddSource(slotsOf(&l.limiter, callerKey))
	}
	return l
}

func callerKey(name string) string { return "caller:" + shared.Hash(name) }

// TryAcquire counts a call of a caller, if it may have one more in this minute. With a store
// that takes a round trip.
func (l *CallLimiter) TryAcquire(ctx context.Context, name string, perMinute int) bool {
	var ask limit.Ask
	if l.store != nil && perMinute > 0 {
		ask = func(slot *limit.Sent) (limit.Answer, error) {
			w := window(callerKey(name), perMinute)
			w.Slot = slotName(*slot)
			return take(ctx, l.store, shared.Step{Window: w})
		}
	}
	ok, _ := l.limiter.TryAcquire(name, perMinute, ask)
	return ok
}

// UntilRoom returns how long a caller should wait for its next call.
func (l *CallLimiter) UntilRoom(name string, perMinute int) time.Duration {
	return l.limiter.UntilRoom(name, perMinute)
}
