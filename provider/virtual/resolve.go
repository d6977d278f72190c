package virtual

import (
	"slices"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

// Resolution is the answer to a query.
type Resolution struct {
	Query      Query
	Candidates []Candidate // best first, never empty
	Excluded   []Exclusion // the other models of the tag, in catalogue order
}

// Exclusion says why a model with the tag is no candidate.
type Exclusion struct {
	Model  string // id
	Reason string // completes a sentence that the id begins: "has no known params"
}

// Resolve ranks the models that q, as [Parse] returned it, asks for.
//
// exclude returns why the caller has no use for a model, such as "has no vision",
// or "" for one that will do. A nil exclude is [catalog.Model.ChatObstacle].
// If no model is left, the error is a [*NoMatchError].
func Resolve(models []catalog.Model, q Query, exclude func(catalog.Model) string) (Resolution, error) {
	if exclude == nil {
		exclude = catalog.Model.ChatObstacle
	}
	res := Resolution{Query: q}
	var misfits []misfit
	for i := range models {
		m := &models[i]
		if !m.HasTag(q.Tag) {
			continue
		}
		if f := judge(m, q, exclude); len(f.reasons) > 0 {
			misfits = append(misfits, f)
			res.Excluded = append(res.Excluded, f.exclusion())
		} else {
			res.Candidates = append(res.Candidates, newCandidate(m, q.Ranker))
		}
	}
	switch {
	case len(res.Candidates) > 0:
		slices.SortStableFunc(res.Candidates, q.Ranker.compare)
		return res, nil
	case len(misfits) == 0:
		return Resolution{}, &NoMatchError{
			Query: q, Unknown: true, Nearest: Nearest(q.Tag, KnownTags(models), nearestTags),
		}
	default:
		return Resolution{}, &NoMatchError{
			Query: q, Excluded: res.Excluded, Removed: countRemovals(misfits), Closest: closest(misfits),
		}
	}
}

const nearestTags = 3
