package provider

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/budget"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/limit"
)

// Meta is what every call reports beside its answer.
type Meta struct {
	Model          string // that answered
	RequestedModel string
	ResolvedBy     string        // [ResolvedByService], [ResolvedByCatalog], or "" when the name was not a query
	Usage          *Usage        // of all requests; nil when one came without
	Cost           *float64      // EUR, of all requests, from the catalogue's prices; nil when unknown
	Latency        time.Duration // of the whole call
	FirstToken     time.Duration // until the first piece of text or reasoning; 0 without one
	Attempts       []Attempt
	Warnings       []Warning
	CountedBefore  bool // an earlier call had the same usage and cost, which were paid for once
}

// Usage counts tokens. Reasoning tokens are part of the completion tokens.
type Usage = budget.Usage

// Attempt is one request that went to the service.
type Attempt struct {
	Model    string
	Code     Code          // "" when it succeeded
	Wait     time.Duration // before it was sent
	Duration time.Duration
}

// errDeadline is the cause of a context that the call's own deadline ended.
var errDeadline = errors.New("the call's deadline passed")

// call is the state that the requests of one call share: how long it may still
// wait, what was tried, what it cost, and what the caller should know.
type call struct {
	start    time.Time
	wait     *limit.WaitBudget
	attempts []Attempt
	warnings warnings

	answered   int // requests that were answered
	usage      *Usage
	cost       *float64
	firstToken time.Duration
}

// begin starts a call and its deadline. It returns the provider as the caller may use it,
// with which the call must go on.
func (p *Provider) begin(ctx context.Context, onWait func(string)) (*Provider, context.Context, *call, context.CancelFunc) {
	ctx, cancel := context.WithTimeoutCause(ctx, p.timeout, errDeadline)
	return p.of(ctx), ctx, &call{start: time.Now(), wait: limit.NewWaitBudget(p.maxWait, onWait)}, cancel
}

// add adds the usage and the cost of an answered request. Where one request lacks
// them the sum does too: a part would pass for the whole.
func (c *call) add(usage *Usage, cost *float64) {
	if c.answered++; c.answered == 1 {
		c.usage, c.cost = usage, cost
		return
	}
	if c.usage != nil && usage != nil {
		sum := c.usage.Plus(*usage)
		c.usage = &sum
	} else {
		c.usage = nil
	}
	if c.cost != nil && cost != nil {
		sum := *c.cost + *cost
		c.cost = &sum
	} else {
		c.cost = nil
	}
}

// meta returns m, which names the model that answered, with the figures and the
// warnings of the call.
func (c *call) meta(m Meta) Meta {
	if waited := c.wait.RateLimited(); waited >= limit.Noticeable {
		c.warnings.add(WarnRateLimitWait, "the call waited %s for the model's rate limit", waited.Round(time.Second))
	}
	if c.answered > 0 && c.usage == nil {
		c.warnings.add(WarnUsageMissing, "the service sent no token counts, or counts that cannot be right, so the cost is unknown")
	}
	m.Usage, m.Cost, m.FirstToken = c.usage, c.cost, c.firstToken
	m.Latency, m.Attempts, m.Warnings = time.Since(c.start), c.attempts, c.warnings
	return m
}

// fail returns err as an [Error] with the attempts of the call, and what they cost.
func (c *call) fail(err error) *Error {
	failure := AsError(err)
	failure.Attempts, failure.Usage, failure.Cost = c.attempts, c.usage, c.cost
	return failure
}

// group runs functions at the same time, as errgroup does. A panic in one would
// end the process, so [group.Wait] raises it as a [Panic], where a caller can recover.
type group struct {
	*errgroup.Group
	panicked atomic.Pointer[Panic]
}

// Panic is a panic of another goroutine, which has the stack of that.
type Panic struct {
	Cause   any
	Callers []uintptr
}

// newPanic returns a panic with the stack of the function that recovered it.
func newPanic(cause any) *Panic {
	callers := make([]uintptr, 32)
	return &Panic{cause, callers[:runtime.Callers(3, callers)]}
}

var errPanicked = errors.New("a part of the call panicked")

func newGroup(ctx context.Context, limit int) (*group, context.Context) {
	g, ctx := errgroup.WithContext(ctx)
	g.SetLimit(limit)
	return &group{Group: g}, ctx
}

func (g *group) Go(f func() error) {
	g.Group.Go(func() (err error) {
		defer func() {
			if cause := recover(); cause != nil {
				g.panicked.CompareAndSwap(nil, newPanic(cause))
				err = errPanicked
			}
		}()
		return f()
	})
}

func (g *group) Wait() error {
	err := g.Group.Wait()
	if cause := g.panicked.Load(); cause != nil {
		panic(*cause)
	}
	return err
}
