package provider

import (
	"context"
	"errors"
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

// ServiceChoice is what the service itself made of a query.
type ServiceChoice struct {
	Model  string // "" when it made nothing of it
	Agrees bool   // with the catalogue's winner
	Err    *Error // why it made nothing of it
}

// Resolve answers a query from the catalogue. With verify it also asks the
// service, by a chat call of one token: there is no other way to ask. The error
// is an [Error] with query_syntax or no_match.
func (p *Provider) Resolve(ctx context.Context, query string, verify bool) (*Resolution, error) {
	start := time.Now()
	ctx, cancel := context.WithTimeoutCause(ctx, p.timeout, errDeadline)
	defer cancel()
	wanted := strings.TrimPrefix(strings.TrimSpace(query), "ovhcloud/")
	parsed, err := virtual.Parse(wanted)
	if err != nil {
		return nil, querySyntax("query", err)
	}
	r := &Resolution{Catalog: p.Catalog(ctx), Meta: Meta{RequestedModel: query, ResolvedBy: ResolvedByCatalog}}
	if parsed.Extended {
		r.warn(WarnQueryExtension, "%q uses an extension of the documented grammar, which the service may not know", wanted)
	}
	r.Warnings = append(r.Warnings, staleness(r.Catalog)...)
	r.Resolution, err = virtual.Resolve(r.Catalog.Models(), parsed, nil)
	if err == nil {
		r.Model = r.Candidates[0].Model.ID
	} else if !errors.As(err, &r.NoMatch) || !verify {
		return nil, noMatch(err)
	}
	if verify {
		p.askService(ctx, wanted, r)
		if r.NoMatch != nil && r.Service.Model == "" {
			return nil, noMatch(err)
		}
	}
	r.Latency = time.Since(start)
	return r, nil
}

// askService sends the query verbatim and reports the model that answers.
func (p *Provider) askService(ctx context.Context, query string, r *Resolution) {
	one := 1
	req := ChatRequest{Messages: []Message{{Role: RoleUser, Content: Content{Text: "Hi"}}}, MaxTokens: &one}
	to := target{id: query}
	b := p.newChatBill(ctx, req, to)
	queued, err := p.enter(ctx, to, p.newPatience(nil), b)
	if err != nil {
		r.Service = &ServiceChoice{Err: AsError(p.refuseOrCancel(ctx, err))}
		return
	}
	var answer *ChatResult
	attempt := Attempt{Model: query, Wait: queued}
	err = p.attempt(ctx, OperationChat, &attempt, b, func() (err error) {
		answer, err = p.chatWith(ctx, req, to, b)
		return err
	})
	if err != nil {
		r.Service = &ServiceChoice{Err: AsError(err)}
	} else {
		r.Service = &ServiceChoice{Model: answer.Model, Agrees: answer.Model == r.Model}
		if r.Usage = answer.Usage; r.Usage != nil {
			r.Cost = cost(r.Catalog, answer.Model, *r.Usage)
		}
	}
	r.Attempts = append(r.Attempts, attempt)
}

func querySyntax(parameter string, err error) *Error {
	return &Error{
		Code: CodeQuerySyntax, Message: parameter + ": " + err.Error(), cause: err,
		Hint: "a query is tag@ranker?spec<value, as in llama@latest or text_generation@biggest?input_cost<0.5",
	}
}

func noMatch(err error) *Error {
	return &Error{Code: CodeNoMatch, Message: err.Error(), Hint: "loosen a condition, or name a model by its id", cause: err}
}
