package schema

import (
	"slices"
	"strconv"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// reason is one thing that is wrong with a value, and where.
type reason struct {
	location []string
	kind     jsonschema.ErrorKind
}

// reasons are what is wrong with a value by one schema.
type reasons struct {
	reasons []reason // at most maxReasons for each of maxViolations places
	count   int      // of all
	deepest int      // the length of the longest location
}

func (all *reasons) add(others reasons) {
	if free := maxReasons*maxViolations - len(all.reasons); free > 0 {
		all.reasons = append(all.reasons, others.reasons[:min(free, len(others.reasons))]...)
	}
	all.count += others.count
	all.deepest = max(all.deepest, others.deepest)
}

// explain returns the reasons of a validation error. Of the alternatives of anyOf and
// oneOf it takes the one that was most likely meant: the reasons of all are mostly
// about what nobody meant.
func explain(e *jsonschema.ValidationError) reasons {
	if len(e.Causes) == 0 {
		return reasons{[]reason{{e.InstanceLocation, e.ErrorKind}}, 1, len(e.InstanceLocation)}
	}
	switch e.ErrorKind.(type) {
	case *kind.AnyOf, *kind.OneOf:
		return likeliest(e)
	case *kind.PropertyNames, *kind.Contains, *kind.MinContains:
		// Its causes are about the name, which has no place of its own, or about every item.
		return reasons{[]reason{{e.InstanceLocation, e.ErrorKind}}, 1, len(e.InstanceLocation)}
	}
	var all reasons
	for _, cause := range e.Causes {
		all.add(explain(cause))
	}
	return all
}

// likeliest chooses among alternatives: those of the value's own type, of these the
// ones whose constants fit, of these the one with the fewest reasons, or with the
// deepest ones.
func likeliest(e *jsonschema.ValidationError) reasons {
	all := make([]reasons, len(e.Causes))
	for i, cause := range e.Causes {
		all[i] = explain(cause)
	}
	here := len(e.InstanceLocation)
	if merged, ok := merge(all, here, mergeTypes); ok {
		return merged
	}
	all = without(all, func(r reason) bool { return len(r.location) == here && isKind[*kind.Type](r) })
	if merged, ok := merge(all, -1, mergeConstants); ok {
		return merged
	}
	all = without(all, func(r reason) bool {
		return len(r.location) <= here+1 && (isKind[*kind.Const](r) || isKind[*kind.Enum](r))
	})
	return slices.MinFunc(all, func(a, b reasons) int {
		if a.count != b.count {
			return a.count - b.count
		}
		return b.deepest - a.deepest
	})
}

// without removes the alternatives that have a reason of a kind, unless all have.
func without(all []reasons, has func(reason) bool) []reasons {
	var rest []reasons
	for _, one := range all {
		if !slices.ContainsFunc(one.reasons, has) {
			rest = append(rest, one)
		}
	}
	if rest == nil {
		return all
	}
	return rest
}

// merge makes one reason of alternatives that have a single reason each, of the same
// kind and at the same place, which has the given depth if that is not -1.
func merge(all []reasons, depth int, join func([]reason) (jsonschema.ErrorKind, bool)) (reasons, bool) {
	var single []reason
	for _, one := range all {
		if one.count != 1 || len(single) > 0 && !slices.Equal(one.reasons[0].location, single[0].location) {
			return reasons{}, false
		}
		single = append(single, one.reasons[0])
	}
	if depth >= 0 && len(single[0].location) != depth {
		return reasons{}, false
	}
	joined, ok := join(single)
	return reasons{[]reason{{single[0].location, joined}}, 1, len(single[0].location)}, ok
}

// mergeTypes makes "got number, want string or null".
func mergeTypes(all []reason) (jsonschema.ErrorKind, bool) {
	joined := &kind.Type{}
	for _, r := range all {
		one, ok := r.kind.(*kind.Type)
		if !ok {
			return nil, false
		}
		joined.Got = one.Got
		for _, want := range one.Want {
			if !slices.Contains(joined.Want, want) {
				joined.Want = append(joined.Want, want)
			}
		}
	}
	return joined, true
}

// mergeConstants makes "value must be one of 'a', 'b'".
func mergeConstants(all []reason) (jsonschema.ErrorKind, bool) {
	joined := &kind.Enum{}
	for _, r := range all {
		switch one := r.kind.(type) {
		case *kind.Const:
			joined.Got, joined.Want = one.Got, append(joined.Want, one.Want)
		case *kind.Enum:
			joined.Got, joined.Want = one.Got, append(joined.Want, one.Want[:min(len(one.Want), maxText)]...)
		default:
			return nil, false
		}
	}
	return joined, true
}

func isKind[K jsonschema.ErrorKind](r reason) bool {
	_, ok := r.kind.(K)
	return ok
}

// itemAt returns the item that a step of a location leads to, or nil.
func itemAt(items []any, step string) any {
	i, err := strconv.Atoi(step)
	if err != nil || i < 0 || i >= len(items) {
		return nil
	}
	return items[i]
}
