package virtual

import (
	"slices"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

// rejection is why a model with the tag is not a candidate. A candidate has no reasons.
type rejection struct {
	model    string
	reasons  []string
	by       []string // for each reason: the condition or ranker behind it, else the reason itself
	eligible bool     // the caller did not exclude it: it fails conditions or lacks a figure
	distance float64  // sum over the failed conditions, see [Condition.distance]
}

// add ignores a repeated condition, so that each model is counted once.
func (r *rejection) add(reason, by string) {
	if slices.Contains(r.by, by) {
		return
	}
	r.reasons = append(r.reasons, reason)
	r.by = append(r.by, by)
}

func (r *rejection) exclusion() Exclusion {
	return Exclusion{r.model, strings.Join(r.reasons, " and ")}
}

// evaluate returns every condition that m fails, or why the caller excludes it.
// priceUnit is the unit by which the cheapest is found.
func evaluate(m *catalog.Model, q Query, priceUnit string, exclude func(catalog.Model) string) rejection {
	r := rejection{model: m.ID}
	if reason := exclude(*m); reason != "" {
		r.add(reason, reason)
		return r
	}
	r.eligible = true
	for _, c := range q.Conditions {
		if reason := c.failure(m); reason != "" {
			r.add(reason, c.String())
			r.distance += c.distance(m)
		}
	}
	if figure := q.Ranker.missing(m, priceUnit); figure != "" && !slices.Contains(r.reasons, missingReason(figure)) {
		r.add(missingReason(figure), string(q.Ranker))
		r.distance++
	}
	return r
}

func countRemovals(rejections []rejection) []Removal {
	var removals []Removal
	for _, r := range rejections {
		for _, by := range r.by {
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

// closest describes the eligible model with the fewest reasons, and among these the
// one with the least distance. It returns "" if no model was eligible.
func closest(rejections []rejection) string {
	var best *rejection
	for i := range rejections {
		r := &rejections[i]
		if !r.eligible {
			continue
		}
		if best == nil || len(r.reasons) < len(best.reasons) ||
			len(r.reasons) == len(best.reasons) && r.distance < best.distance {
			best = r
		}
	}
	if best == nil {
		return ""
	}
	return best.model + " " + strings.Join(best.reasons, " and ")
}
