package provider

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/caller"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/limit"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/virtual"
)

// access is how requests go out with one key, with what is kept for each key: the service
// has a rate limit for each.
type access struct {
	client        *client
	sender        *sender
	cooldown      *limit.Cooldown
	keyForBatches bool // the service takes batches only with a key, which is missing
}

// callers is what is kept between the calls of those that share a provider. Names and keys
// come from the operator's files, so there are few.
type callers struct {
	connect func(key string) access

	mu       sync.Mutex
	keys     map[string]access           // "" is the one without a key
	all      *catalog.Catalog            // of which parts are
	parts    map[string]*catalog.Catalog // by the patterns that choose their models
	reported map[string]bool             // patterns that matched nothing
}

func newCallers(connect func(key string) access) *callers {
	return &callers{connect: connect, keys: map[string]access{}, reported: map[string]bool{}}
}

// connector returns what makes the access with a key. The cap on requests in flight is for
// all keys together.
func (p *Provider) connector(o Options, base *url.URL, noCatalog bool, httpClient *http.Client, userAgent string) func(key string) access {
	inFlight := o.Memory.Divide(int64(o.MaxInFlight))
	common := newReplicas(o.Shared, p.accounts)
	return func(key string) access {
		c := &client{
			key: key, ofCaller: key != o.APIKey, baseURL: base, noCatalog: noCatalog, timeout: p.timeout, idleTimeout: o.IdleTimeout,
		}
		c.connect(httpClient, userAgent, o.Headers)
		a := access{
			client: c, cooldown: &limit.Cooldown{}, keyForBatches: key == "" && !o.AnonymousBatches && !noCatalog,
			sender: &sender{
				client: c, accounts: p.accounts, inFlight: inFlight, maxInFlight: o.MaxInFlight,
				rateLimit: o.RateLimit, log: p.log, onAttempt: o.OnAttempt,
			},
		}
		a.share(common)
		return a
	}
}

func (c *callers) withKey(key string) access {
	c.mu.Lock()
	defer c.mu.Unlock()
	a, ok := c.keys[key]
	if !ok {
		a = c.connect(key)
		c.keys[key] = a
	}
	return a
}

// of returns the provider as the caller of ctx may use it: with the caller's key, and as if
// there were no other models than the caller's. It is the one place where that is decided.
func (p *Provider) of(ctx context.Context) *Provider {
	who := caller.From(ctx)
	if who == p.who || who.UsesServerKey() && !who.ChoosesModels() {
		return p
	}
	theirs := *p
	theirs.who = who
	if !who.UsesServerKey() {
		theirs.access = p.callers.withKey(who.Key)
	}
	models := *p.models
	models.cooldown = theirs.cooldown
	models.catalog = view{Live: p.catalog, who: who, patterns: fmt.Sprint(who.Models), callers: p.callers, log: p.log}
	theirs.models = &models
	return &theirs
}

// pricedModels returns the models whose prices apply, whoever calls: a model without a price
// of its own, or that the rules hide by now, costs no less for a caller with few models.
func (p *Provider) pricedModels(ctx context.Context) *catalog.Catalog { return p.catalog.Get(ctx) }

// view is the catalogue as a caller may see it.
type view struct {
	*catalog.Live
	who      *caller.Caller // nil sees all
	patterns string         // of the caller
	callers  *callers
	log      *slog.Logger
}

// Get returns the models that the caller may use, as they are known now.
func (v view) Get(ctx context.Context) *catalog.Catalog { return v.only(v.Live.Get(ctx)) }

// Verified returns the models that the caller may use, as the service has them now.
func (v view) Verified(ctx context.Context) *catalog.Catalog { return v.only(v.Live.Verified(ctx)) }

func (v view) only(all *catalog.Catalog) *catalog.Catalog {
	if !v.who.ChoosesModels() {
		return all
	}
	shared := v.callers
	shared.mu.Lock()
	defer shared.mu.Unlock()
	if shared.all != all {
		shared.all, shared.parts = all, map[string]*catalog.Catalog{}
	}
	part, ok := shared.parts[v.patterns]
	if !ok {
		v.reportUnmatched(all)
		part = all.Only(v.who.MayUse)
		shared.parts[v.patterns] = part
	}
	return part
}

// reportUnmatched logs a pattern that allows nothing, which may be misspelt, once.
func (v view) reportUnmatched(all *catalog.Catalog) {
	ids, reported := all.Names(), v.callers.reported
	for _, pattern := range v.who.Models {
		if !reported[pattern.String()] && !slices.ContainsFunc(ids, pattern.Matches) {
			reported[pattern.String()] = true
			v.log.Warn("a caller's pattern of models matches no model", "caller", v.who.Name, "pattern", pattern.String())
		}
	}
}

// mayNotUse reports whether a name or a query stands for a model that is there, but not for
// the caller. A name that is not known may be sent only if the caller's patterns match it.
func (r *resolver) mayNotUse(ctx context.Context, wanted string) bool {
	who := r.catalog.who
	if !who.ChoosesModels() {
		return false
	}
	if _, _, ok := r.catalog.Get(ctx).Lookup(wanted); ok {
		return false
	}
	all := r.catalog.Live.Get(ctx)
	if _, _, ok := all.Lookup(wanted); ok {
		return true
	}
	query, err := virtual.Parse(wanted)
	if err != nil {
		return !virtual.IsQuery(wanted) && !all.Complete() && !who.MayUse(wanted)
	}
	none := func(known *catalog.Catalog) bool {
		_, err := virtual.Resolve(known.Models(), query, nil)
		return err != nil
	}
	return none(r.catalog.Get(ctx)) && !none(all)
}

// notPermitted is the error for a model that is not for the caller. It names some that are.
func (r *resolver) notPermitted(ctx context.Context, wanted string, required requirements) *Error {
	able := suitable(r.catalog.Get(ctx), required)
	able = able[:min(maxHinted, len(able))]
	e := &Error{
		Code:    CodeNotPermitted,
		Message: fmt.Sprintf("model: %s may not use %q (models: %s)", r.catalog.who.Name, excerpt(wanted), patternsOf(r.catalog.who)),
		Hint:    "none of its models can do what this call needs; " + askOperator,
	}
	if len(able) > 0 {
		e.Hint = "name one that it may use, as " + strings.Join(able, ", ") + ", or " + askOperator
	}
	return e
}

// askOperator is what a caller can do about its rules.
const askOperator = "ask whoever runs this server for more"

func patternsOf(who *caller.Caller) string {
	const most = 10
	var texts []string
	for _, pattern := range who.Models[:min(most, len(who.Models))] {
		texts = append(texts, pattern.String())
	}
	if len(who.Models) > most {
		texts = append(texts, "…")
	}
	return strings.Join(texts, ", ")
}
