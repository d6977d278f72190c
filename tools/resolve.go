package tools

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/virtual"
)

type resolveInput struct {
	Query  string `json:"query" jsonschema_description:"tag@ranker?condition, as in llama@biggest?input_cost<1"`
	Limit  int    `json:"limit,omitempty" jsonschema:"minimum=1,maximum=50,default=5" jsonschema_description:"Most candidates to show"`
	Verify bool   `json:"verify,omitempty" jsonschema:"default=false" jsonschema_description:"Also ask the service, by a call of one token"`
}

type resolveOutput struct {
	Query      resolvedQuery       `json:"query,omitzero"`
	Candidates []candidate         `json:"candidates" jsonschema:"required"`
	Excluded   []virtual.Exclusion `json:"excluded,omitempty"`
	Catalog    catalogInfo         `json:"catalog,omitzero"`
	Service    *serviceDecision    `json:"service,omitempty"`
	resultMeta
}

type resolvedQuery struct {
	Tag        string   `json:"tag"`
	Ranker     string   `json:"ranker"`
	Conditions []string `json:"conditions"`
}

// candidate is a model that satisfies the query. Value is the figure that ranks
// it: a number in Unit, or a date.
type candidate struct {
	Model         string   `json:"model"`
	Value         any      `json:"value"`
	Unit          string   `json:"unit,omitempty"`
	InputPrice    *float64 `json:"input_price,omitempty"` // EUR per million tokens
	OutputPrice   *float64 `json:"output_price,omitempty"`
	ContextTokens int      `json:"context_tokens,omitempty"`
}

type catalogInfo struct {
	Source    string    `json:"source"` // live, cache or snapshot
	FetchedAt time.Time `json:"fetched_at"`
	Models    int       `json:"models"`
}

func newCatalogInfo(known *catalog.Catalog) catalogInfo {
	return catalogInfo{string(known.Source), known.FetchedAt, len(known.Models())}
}

type serviceDecision struct {
	Model  string `json:"model,omitempty"`
	Agrees bool   `json:"agrees"`
	Error  string `json:"error,omitempty"` // why the service did not resolve the query
	Note   string `json:"note,omitempty"`  // that the service is the emulator
}

const emulatorNote = "it uses this program's own resolver, so this confirms nothing"

const defaultCandidates = 5

func resolveVirtualModel(p *provider.Provider) Tool {
	spec := toolSpec{
		name: "resolve-virtual-model", title: "Explain which model a query picks",
		use:    "what a query picks.",
		search: "choose a model by price, size, context, date: tag@ranker query, candidates, cheapest, fastest, biggest",
		description: "Show which model a query such as llama@latest picks, the runners-up with context and prices, and why others " +
			"are excluded. Use it before you name a model by a query. No model is called without verify. Not for a question to a model (chat).",
		inView: true,
	}
	empty := resolveOutput{Candidates: []candidate{}}
	return newTool[resolveInput](spec, empty, func(ctx context.Context, in resolveInput, _ Events) (output, error) {
		if strings.TrimSpace(in.Query) == "" {
			return output{}, provider.InvalidArgument("query is blank", "give tag@ranker, as in llama@latest")
		}
		r, err := p.Resolve(ctx, in.Query, in.Verify)
		if err != nil {
			return output{}, err
		}
		out := newResolveOutput(r, cmp.Or(in.Limit, defaultCandidates))
		return output{structured: out, text: []string{resolveText(r, out)}, meta: r.Meta}, nil
	})
}

func newResolveOutput(r *provider.Resolution, limit int) *resolveOutput {
	q, excluded := r.Query, r.Excluded
	if r.NoMatch != nil {
		q, excluded = r.NoMatch.Query, r.NoMatch.Excluded
	}
	out := &resolveOutput{
		Candidates: []candidate{},
		Excluded:   excluded,
		Query:      resolvedQuery{q.Tag, string(q.Ranker), []string{}},
		Catalog:    newCatalogInfo(r.Catalog),
	}
	for _, c := range q.Conditions {
		out.Query.Conditions = append(out.Query.Conditions, c.String())
	}
	for _, c := range r.Candidates[:min(limit, len(r.Candidates))] {
		out.Candidates = append(out.Candidates, newCandidate(c))
	}
	if s := r.Service; s != nil {
		out.Service = &serviceDecision{Model: s.Model, Agrees: s.Agrees}
		if s.Err != nil {
			out.Service.Error = s.Err.Error()
		}
		if s.Emulated {
			out.Service.Note = "This is the emulator: " + emulatorNote
		}
	}
	return out
}

func newCandidate(c virtual.Candidate) candidate {
	shown := candidate{
		Model: c.Model.ID, Value: c.Date.String(), Unit: c.Unit,
		InputPrice: c.Model.InputPrice, OutputPrice: c.Model.OutputPrice, ContextTokens: c.Model.ContextTokens,
	}
	if c.Value != nil {
		shown.Value = *c.Value
	}
	return shown
}

// facts returns the context and the prices of a model, as far as they are known.
func facts(m catalog.Model) string {
	var b strings.Builder
	if m.ContextTokens > 0 {
		fmt.Fprintf(&b, "; context %d tokens", m.ContextTokens)
	}
	if m.InputPrice != nil {
		fmt.Fprintf(&b, "; EUR per million tokens: %s in", text.Number(*m.InputPrice))
		if m.OutputPrice != nil {
			fmt.Fprintf(&b, ", %s out", text.Number(*m.OutputPrice))
		}
	}
	return b.String()
}

// resolveText is the explanation for a person: winner, runners-up, exclusions,
// and how old the catalogue is.
func resolveText(r *provider.Resolution, out *resolveOutput) string {
	var b strings.Builder
	asked := fmt.Sprintf("tag %s, ranked by %s", out.Query.Tag, out.Query.Ranker)
	if len(out.Query.Conditions) > 0 {
		asked += ", where " + strings.Join(out.Query.Conditions, " and ")
	}
	if r.NoMatch != nil {
		fmt.Fprintf(&b, "No listed model matches (%s): %s\n", asked, r.NoMatch)
	} else {
		fmt.Fprintf(&b, "%s (%s)\n\n", r.Model, asked)
	}
	for i, c := range r.Candidates[:len(out.Candidates)] {
		fmt.Fprintf(&b, "%d. %s: %s%s\n", i+1, c.Model.ID, c.Figure(), facts(c.Model))
	}
	if more := len(r.Candidates) - len(out.Candidates); more > 0 {
		fmt.Fprintf(&b, "   and %d more\n", more)
	}
	if len(out.Excluded) > 0 {
		b.WriteString("\nExcluded:\n")
	}
	for _, e := range out.Excluded {
		fmt.Fprintf(&b, "- %s %s\n", e.Model, e.Reason)
	}
	if s := out.Service; s != nil {
		switch {
		case s.Error != "":
			fmt.Fprintf(&b, "\nThe service did not resolve the query: %s\n", s.Error)
		case s.Note != "" && s.Agrees:
			fmt.Fprintf(&b, "\nThe emulator picks the same: %s (%s)\n", s.Model, emulatorNote)
		case s.Note != "":
			fmt.Fprintf(&b, "\nThe emulator picks another: %s (%s)\n", s.Model, emulatorNote)
		case s.Agrees:
			fmt.Fprintf(&b, "\nThe service picks the same: %s\n", s.Model)
		default:
			fmt.Fprintf(&b, "\nThe service picks another: %s. Its answer is the authority for chat.\n", s.Model)
		}
	}
	fmt.Fprintf(&b, "\nCatalogue: %s of %s, %d models.", out.Catalog.Source,
		out.Catalog.FetchedAt.UTC().Format("2006-01-02 15:04 UTC"), out.Catalog.Models)
	return b.String()
}
