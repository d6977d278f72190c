package provider

import (
	"cmp"
	"context"
	"errors"
	"math"
	"net/http"
	"slices"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/virtual"
)

// asRetired says of a listed model that is not found that it was retired. The
// service's own words settle it; a 404 without any may also be that of a wrong
// base URL, unless ids were read there.
func (p *Provider) asRetired(ctx context.Context, to target, err error) error {
	var failure *Error
	if !errors.As(err, &failure) || failure.Status != http.StatusNotFound || !to.entry.Listed {
		return err
	}
	known := p.Catalog(ctx)
	if failure.Code != CodeUnknownModel && !known.ServedLive {
		return err
	}
	retired := *failure
	retired.Code, retired.Retryable = CodeUnknownModel, false
	retired.Hint = to.id + " was retired, although the catalogue lists it; " + instead(to.entry, known, to.needs)
	return &retired
}

// nameReplacement adds to the notice of a retiring model what can take its place.
func (p *Provider) nameReplacement(ctx context.Context, meta *Meta, needs []need) {
	for i := range meta.Warnings {
		if w := &meta.Warnings[i]; w.Code == WarnModelDeprecated {
			known := p.Catalog(ctx)
			old, _, ok := known.Lookup(meta.Model)
			if !ok {
				old.ID = meta.Model
			}
			w.Message += "; " + instead(old, known, needs)
		}
	}
}

func instead(old catalog.Model, known *catalog.Catalog, needs []need) string {
	switch id := replacement(old, known.Models(), needs); {
	case id == "":
		return "no other model of the catalogue can do what this call needs"
	case old.Embedding != nil:
		return "the nearest replacement is " + id + ", whose vectors do not compare with the old ones"
	default:
		return "the nearest replacement is " + id
	}
}

// replacement gives the id of the available model that is nearest to old among
// those that can do what a call needs, "" if there is none. Nearest is the same
// series, then to lose the fewest abilities, then to share the most use cases,
// then the closest size. Of an unlisted model only the name is known.
func replacement(old catalog.Model, models []catalog.Model, needs []need) string {
	old.Available = true // what kind of model it is does not end with its availability
	chat := old.AnswersChats() || !old.Listed && slices.ContainsFunc(needs, func(n need) bool { return n.capability == catalog.Chat })
	var able []catalog.Model
	for _, m := range models {
		if m.ID != old.ID && m.Listed && m.Available && canDo(m, needs) && m.AnswersChats() == chat {
			able = append(able, m)
		}
	}
	if len(able) == 0 {
		return ""
	}
	if !old.Listed {
		ids := make([]string, len(able))
		for i, m := range able {
			ids[i] = m.ID
		}
		return virtual.Nearest(old.ID, ids, 1)[0]
	}
	return slices.MinFunc(able, func(a, b catalog.Model) int {
		return cmp.Or(
			cmp.Compare(sameSeries(old, b), sameSeries(old, a)),
			cmp.Compare(lost(old, a), lost(old, b)),
			cmp.Compare(shared(old.Tags, b.Tags), shared(old.Tags, a.Tags)),
			cmp.Compare(sizeRatio(old, a), sizeRatio(old, b)),
			cmp.Compare(a.ID, b.ID),
		)
	}).ID
}

func canDo(m catalog.Model, needs []need) bool {
	return !slices.ContainsFunc(needs, func(n need) bool { return !n.preferred && !m.Can(n.capability) })
}

func sameSeries(a, b catalog.Model) int {
	if a.Series != "" && a.Series == b.Series {
		return 1
	}
	return 0
}

// lost counts the abilities of old that m lacks.
func lost(old, m catalog.Model) int {
	count := len(old.ResponseFormats) - shared(old.ResponseFormats, m.ResponseFormats) +
		len(old.Input) - shared(old.Input, m.Input)
	for _, ability := range [][2]bool{{old.FunctionCalling, m.FunctionCalling}, {old.Reasoning, m.Reasoning}} {
		if ability[0] && !ability[1] {
			count++
		}
	}
	return count
}

func shared(a, b []string) int {
	count := 0
	for _, word := range a {
		if slices.Contains(b, word) {
			count++
		}
	}
	return count
}

// sizeRatio is 0 for models of the same size and the larger the more they
// differ, in either direction.
func sizeRatio(a, b catalog.Model) float64 {
	if a.ParamsB == nil || b.ParamsB == nil || *a.ParamsB <= 0 || *b.ParamsB <= 0 {
		return math.Inf(1)
	}
	return math.Abs(math.Log(*a.ParamsB / *b.ParamsB))
}
