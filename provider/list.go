package provider

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/virtual"
)

// ModelList is the models that a filter chooses.
type ModelList struct {
	Models  []catalog.Model // sorted; those that cannot be called come last
	Catalog *catalog.Catalog
	// Service is the name of a service without a catalogue, of whose models only the ids
	// are known. It is "" otherwise.
	Service string
	Meta
}

// List returns the models that can be called and that a filter chooses, and with a tag
// those too that had it and cannot be called any more. The error is an [Error] with
// no_match, which says what each part of the filter leaves, or with upstream_unreachable
// where /v1/models is all that could be known.
func (p *Provider) List(ctx context.Context, filter catalog.Filter, by catalog.Order) (*ModelList, error) {
	p, ctx, c, cancel := p.begin(ctx, nil)
	defer cancel()
	filter.Tag = strings.TrimSpace(filter.Tag)
	filter.Unavailable = filter.Tag != ""
	list := &ModelList{}
	var err error
	if p.models.noCatalog {
		list.Service = p.models.service
		if list.Catalog, err = p.models.servedModels(ctx); err != nil {
			return nil, err
		}
		if parts := partsOf(filter); len(parts) > 0 {
			c.warnings.add(WarnArgumentIgnored, "%s has no catalogue to filter: %s had no effect", list.Service, wordsOf(parts))
		}
		filter = catalog.Filter{}
	} else {
		list.Catalog = p.Catalog(ctx)
		c.warnings.addStaleness(list.Catalog)
	}
	list.Models = list.Catalog.Select(filter, by)
	if len(list.Models) == 0 && !p.models.noCatalog {
		return nil, noModels(filter, list.Catalog)
	}
	slices.SortStableFunc(list.Models, func(a, b catalog.Model) int { return callableFirst(a) - callableFirst(b) })
	list.Meta = c.meta(Meta{})
	return list, nil
}

func callableFirst(m catalog.Model) int {
	if m.Available {
		return 0
	}
	return 1
}

// Replacement returns the id of the model that replaces one that is retired or being
// retired; "" for any other, and where nothing is like it.
func (l *ModelList) Replacement(m catalog.Model) string {
	if m.Available && m.RetiresAt.IsZero() || m.Kind() == "" {
		return ""
	}
	return replacement(m, l.Catalog.Models(), requirements{})
}

// filterPart is a part of a filter that a caller can leave out.
type filterPart struct {
	words string // "kind embedding"
	add   func(*catalog.Filter)
}

func partsOf(f catalog.Filter) []filterPart {
	var parts []filterPart
	if f.Group != "" {
		parts = append(parts, filterPart{"kind " + string(f.Group), func(to *catalog.Filter) { to.Group = f.Group }})
	}
	if f.Tag != "" {
		parts = append(parts, filterPart{"tag " + excerpt(f.Tag), func(to *catalog.Filter) { to.Tag = f.Tag }})
	}
	for _, c := range f.Supports {
		parts = append(parts, filterPart{"supports " + string(c), func(to *catalog.Filter) { to.Supports = append(to.Supports, c) }})
	}
	return parts
}

func wordsOf(parts []filterPart) string {
	var words []string
	for _, part := range parts {
		words = append(words, part.words)
	}
	return strings.Join(words, ", ")
}

// noModels returns the error of a filter that chooses nothing. It says how many models
// each part leaves, and which part to leave out.
func noModels(f catalog.Filter, known *catalog.Catalog) *Error {
	if f.Tag != "" && count(known, catalog.Filter{Tag: f.Tag, Unavailable: true}) == 0 {
		return &Error{Code: CodeNoMatch, Message: fmt.Sprintf("no model has the tag %q", excerpt(f.Tag)), Hint: nearTags(f.Tag, known)}
	}
	parts, sum := partsOf(f), catalog.Filter{Unavailable: f.Unavailable}
	counts := []string{"no model matches: of " + text.Count(count(known, sum), "model")}
	var hints []string
	for i, part := range parts {
		part.add(&sum)
		counts = append(counts, fmt.Sprintf("%s leaves %d", part.words, count(known, sum)))
		others := catalog.Filter{Unavailable: f.Unavailable}
		for _, other := range slices.Delete(slices.Clone(parts), i, i+1) {
			other.add(&others)
		}
		if found := count(known, others); found > 0 {
			hints = append(hints, fmt.Sprintf("%s (then %d match)", part.words, found))
		}
	}
	e := &Error{Code: CodeNoMatch, Message: strings.Join(counts, ", "), Hint: "ask with fewer filters"}
	switch {
	case len(hints) > 0:
		e.Hint = "leave out " + strings.Join(hints, ", or ")
	case len(parts) == 0:
		e.Message, e.Hint = "the catalogue has no model that can be called", "ask again later"
	}
	return e
}

func count(known *catalog.Catalog, f catalog.Filter) int {
	matches := 0
	for _, m := range known.Models() {
		if f.Matches(m) {
			matches++
		}
	}
	return matches
}

const maxHinted = 3 // tags, or ids

// nearTags returns what to give in place of an unknown tag.
func nearTags(tag string, known *catalog.Catalog) string {
	if m, _, ok := known.Lookup(tag); ok && m.Series != "" {
		return excerpt(m.ID) + " is a model's id; its series is the tag " + excerpt(m.Series)
	}
	var named []string
	for _, m := range known.Models() {
		if m.Available && len(named) < maxHinted && strings.Contains(strings.ToLower(m.ID), strings.ToLower(tag)) {
			named = append(named, excerpt(m.ID))
		}
	}
	hint := "leave out the tag: the catalogue has none"
	if near := virtual.Nearest(tag, virtual.AllTags(known.Models()), maxHinted); len(near) > 0 {
		hint = "the nearest tags are " + strings.Join(near, ", ")
	}
	if named != nil {
		hint = "models with it in their id are " + strings.Join(named, ", ") + "; " + hint
	}
	return hint
}
