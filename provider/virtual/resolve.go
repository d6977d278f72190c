package virtual

import (
	"cmp"
	"slices"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

// Resolution is the result of a query.
type Resolution struct {
	Query      Query
	Candidates []Candidate // best first, never empty
	Excluded   []Exclusion // the other models with the tag, in catalogue order
}

// Exclusion says why a model with the tag is not a candidate.
type Exclusion struct {
	Model  string `json:"model"`  // id
	Reason string `json:"reason"` // completes a sentence that the id begins: "has no known params"
}

// Resolve ranks the models that match q, which [Parse] returned.
//
// exclude returns why the caller cannot use a model, such as "has no vision", or
// "" if it can. A nil exclude is [catalog.Model.ChatObstacle].
// If no model is left, the error is a [*NoMatchError].
func Resolve(models []catalog.Model, q Query, exclude func(catalog.Model) string) (Resolution, error) {
	if exclude == nil {
		exclude = catalog.Model.ChatObstacle
	}
	res := Resolution{Query: q}
	var rejections []rejection
	tagged := withTag(models, q.Tag)
	unit := priceUnit(tagged, exclude)
	for _, m := range tagged {
		if r := evaluate(m, q, unit, exclude); len(r.reasons) > 0 {
			rejections = append(rejections, r)
			res.Excluded = append(res.Excluded, r.exclusion())
		} else {
			res.Candidates = append(res.Candidates, newCandidate(m, q.Ranker, unit))
		}
	}
	switch {
	case len(res.Candidates) > 0:
		slices.SortStableFunc(res.Candidates, q.Ranker.compare)
		return res, nil
	case len(rejections) == 0:
		return Resolution{}, &NoMatchError{
			Query: q, Unknown: true, Nearest: Nearest(q.Tag, KnownTags(models), nearestTags),
		}
	default:
		return Resolution{}, &NoMatchError{
			Query: q, Excluded: res.Excluded, Removed: countRemovals(rejections), Closest: closest(rejections),
			Kind: commonKind(tagged, rejections),
		}
	}
}

const nearestTags = 3

func withTag(models []catalog.Model, tag string) []*catalog.Model {
	var tagged []*catalog.Model
	for i := range models {
		if models[i].HasTag(tag) {
			tagged = append(tagged, &models[i])
		}
	}
	return tagged
}

// priceUnit returns the unit by which the cheapest of the eligible models is found:
// input tokens if one has a price for them, else the unit of the first one with a
// price. Prices of other units do not compare.
func priceUnit(tagged []*catalog.Model, exclude func(catalog.Model) string) string {
	first := ""
	for _, m := range tagged {
		if unit := m.PriceUnit(); unit != "" && exclude(*m) == "" {
			if unit == catalog.MillionInputTokens {
				return unit
			}
			first = cmp.Or(first, unit)
		}
	}
	return cmp.Or(first, catalog.MillionInputTokens)
}

// commonKind returns the kind of the models if all have the same and none was
// eligible.
func commonKind(tagged []*catalog.Model, rejections []rejection) catalog.Kind {
	kind := tagged[0].Kind()
	for i, m := range tagged {
		if rejections[i].eligible || m.Kind() != kind {
			return ""
		}
	}
	return kind
}
