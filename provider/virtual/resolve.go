package virtual

import (
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
	for i := range models {
		m := &models[i]
		if !m.HasTag(q.Tag) {
			continue
		}
		if r := evaluate(m, q, exclude); len(r.reasons) > 0 {
			rejections = append(rejections, r)
			res.Excluded = append(res.Excluded, r.exclusion())
		} else {
			res.Candidates = append(res.Candidates, newCandidate(m, q.Ranker))
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
		}
	}
}

const nearestTags = 3
