package virtual

import (
	"slices"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

// misfit says why a model with the tag is no candidate. One without reasons fits.
type misfit struct {
	model   string
	reasons []string
	by      []string // for each reason: the condition or ranker behind it, else the reason
	near    bool     // only conditions or a missing figure stand in the way
	miss    float64  // sum over the failed conditions, see [Condition.miss]
}

// add keeps one of a repeated condition, so that counts stay counts of models.
func (f *misfit) add(reason, by string) {
	if slices.Contains(f.by, by) {
		return
	}
	f.reasons = append(f.reasons, reason)
	f.by = append(f.by, by)
}

func (f *misfit) exclusion() Exclusion {
	return Exclusion{f.model, strings.Join(f.reasons, " and ")}
}

// judge gives every condition that m fails, unless it is out of the question anyway.
func judge(m *catalog.Model, q Query, exclude func(catalog.Model) string) misfit {
	f := misfit{model: m.ID}
	if reason := exclude(*m); reason != "" {
		f.add(reason, reason)
		return f
	}
	f.near = true
	for _, c := range q.Conditions {
		if reason := c.failure(m); reason != "" {
			f.add(reason, c.String())
			f.miss += c.miss(m)
		}
	}
	if figure := q.Ranker.missing(m); figure != "" && !slices.Contains(f.reasons, lacks(figure)) {
		f.add(lacks(figure), string(q.Ranker))
		f.miss++
	}
	return f
}

func countRemovals(misfits []misfit) []Removal {
	var removals []Removal
	for _, f := range misfits {
		for _, by := range f.by {
			i := slices.IndexFunc(removals, func(r Removal) bool { return r.By == by })
			if i < 0 {
				i = len(removals)
				removals = append(removals, Removal{By: by})
			}
			removals[i].Models++
		}
	}
	return removals
}

// closest describes the misfit with the fewest reasons, among these the least
// miss, or is "" if every model was out of the question.
func closest(misfits []misfit) string {
	var best *misfit
	for i := range misfits {
		f := &misfits[i]
		if !f.near {
			continue
		}
		if best == nil || len(f.reasons) < len(best.reasons) ||
			len(f.reasons) == len(best.reasons) && f.miss < best.miss {
			best = f
		}
	}
	if best == nil {
		return ""
	}
	return best.model + " " + strings.Join(best.reasons, " and ")
}
