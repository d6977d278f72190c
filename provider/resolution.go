package provider

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/virtual"
)

// Resolution explains which model a query stands for.
type Resolution struct {
	virtual.Resolution
	// NoMatch says why no listed model satisfies the query; it is nil otherwise,
	// and set only where the service was asked and knew one.
	NoMatch *virtual.NoMatchError
	Catalog *catalog.Catalog
	Service *ServiceChoice // nil unless the service was asked
	Meta                   // its Model is the catalogue's winner
}

// ServiceChoice is the model that the service itself picked for a query.
type ServiceChoice struct {
	Model  string // "" when it picked none
	Agrees bool   // with the catalogue's winner
	Err    *Error // why it picked none
	// Emulated says that the service is the emulator, which resolves queries
	// with this program's own code: that it agrees confirms nothing.
	Emulated bool
}

// Resolve answers a query from the catalogue. With verify it also asks the service, by
// a chat call of one token: there is no other way to ask. The error is an [Error] with
// query_syntax or no_match.
func (p *Provider) Resolve(ctx context.Context, query string, verify bool) (*Resolution, error) {
	p, ctx, c, cancel := p.begin(ctx, nil)
	defer cancel()
	if p.models.noCatalog {
		return nil, p.models.noQuery("query", query, p.Catalog(ctx))
	}
	wanted := withoutPrefix(unquote(query))
	if p.models.mayNotUse(ctx, wanted) {
		return nil, p.models.notPermitted(ctx, wanted, requirements{})
	}
	if verify && p.who.ChoosesModels() {
		verify = false
		c.warnings.add(WarnArgumentIgnored, "verify had no effect: the service could pick a model that %s may not use", p.who.Name)
	}
	parsed, err := virtual.Parse(wanted)
	if err != nil {
		if isBareWord(wanted) {
			return nil, proposeQueries(err, wanted, p.Catalog(ctx))
		}
		return nil, querySyntax("query", err)
	}
	r := &Resolution{Catalog: p.Catalog(ctx), Meta: Meta{RequestedModel: query, ResolvedBy: ResolvedByCatalog}}
	if parsed.Extended {
		c.warnings.add(WarnQueryExtension, "%q uses an extension of the documented grammar, which the service may not know", wanted)
	}
	c.warnings.addStaleness(r.Catalog)
	r.Resolution, err = virtual.Resolve(r.Catalog.Models(), parsed, nil)
	if err == nil {
		r.Model = r.Candidates[0].Model.ID
	} else if !errors.As(err, &r.NoMatch) || !verify {
		return nil, noMatch(err, require(catalog.Chat))
	}
	if verify {
		r.Service = p.askService(ctx, c, wanted)
		r.Service.Agrees = r.Service.Err == nil && r.Service.Model == r.Model
		if r.NoMatch != nil && r.Service.Model == "" {
			return nil, noMatch(err, require(catalog.Chat))
		}
	}
	r.Meta = c.meta(r.Meta)
	return r, nil
}

// addStaleness warns of a catalogue that could not be refreshed.
func (w *warnings) addStaleness(known *catalog.Catalog) {
	if known.Problem != "" {
		w.add(WarnCatalogStale, "the catalogue is the %s one of %s, because it could not be refreshed: %s",
			known.Source, known.FetchedAt.UTC().Format(time.DateTime+" UTC"), known.Problem)
	}
}

// askService sends the query verbatim, once, and returns the model that answers.
func (p *Provider) askService(ctx context.Context, c *call, query string) *ServiceChoice {
	one := 1
	req := &ChatRequest{Messages: []Message{{Role: RoleUser, Content: Content{Text: "Hi"}}}, MaxTokens: &one}
	model := resolvedModel{id: query, entry: new(catalog.Model)}
	charge := p.chatCharge(ctx, req, model)
	queued, err := p.sender.acquire(ctx, model, c.wait, charge)
	if err != nil {
		return &ServiceChoice{Err: AsError(p.sender.refuseOrCancel(ctx, err))}
	}
	choice, attempt := &ServiceChoice{}, Attempt{Model: query, Wait: queued}
	err = p.sender.attempt(ctx, OperationChat, &attempt, charge, func() error {
		answer, err := p.send(ctx, newWireChat(req, model, charge.MaxTokens()), req, model, charge)
		if err == nil {
			c.add(answer.usage, charge.Cost())
			choice.read(p.client, answer)
		}
		return err
	})
	c.attempts = append(c.attempts, attempt)
	if err != nil {
		choice.Err = AsError(err)
	}
	return choice
}

// read takes the model from an answer; an empty answer names none.
func (s *ServiceChoice) read(c *client, a *answer) {
	s.Emulated = a.emulated
	if !a.named {
		s.Err = c.newError(CodeUpstreamUnavailable, nil, "%s answered without naming a model", c.service())
		return
	}
	s.Model = upstreamName(a.model)
}

// isBareWord reports whether a text may be the name of a model or a tag instead of a query.
func isBareWord(text string) bool {
	return !strings.Contains(text, "@") && !slices.Contains(virtual.Rankers(), virtual.Ranker(strings.ToLower(text)))
}

// proposeQueries returns the error of a bare word, which proposes queries that match
// something.
func proposeQueries(err error, word string, known *catalog.Catalog) *Error {
	syntax, ok := errors.AsType[*virtual.SyntaxError](err)
	if !ok {
		return querySyntax("query", err)
	}
	m, _, isModel := known.Lookup(word)
	if isModel {
		word = m.ID
	}
	proposals := virtual.Proposals(known.Models(), word)
	proposed := *syntax
	if proposed.Suggestion, proposed.Expected = "", ""; len(proposals) > 0 {
		proposed.Suggestion = proposals[0]
	}
	failure := querySyntax("query", &proposed)
	if len(proposals) > 1 {
		failure.Hint += "; these match too: " + strings.Join(proposals[1:], ", ")
	}
	switch {
	case isModel:
		failure.Hint = m.ID + " is a model's id, which needs no query; " + failure.Hint
	case len(proposals) == 0:
		_, err := virtual.Resolve(known.Models(), virtual.Query{Tag: word, Ranker: virtual.Latest}, nil)
		failure.Message += "; " + noMatch(err, require(catalog.Chat)).Message
	}
	return failure
}
