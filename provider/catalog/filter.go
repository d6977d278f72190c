package catalog

import (
	"cmp"
	"slices"
	"strings"
)

// Filter chooses models. Its zero value chooses all that can be called.
type Filter struct {
	Group       Group        // "" is any
	Supports    []Capability // the model has all of them
	Tag         string       // series, publisher or use case; "" is any
	Unavailable bool         // also models that cannot be called
}

// Matches reports whether the filter chooses a model.
func (f Filter) Matches(m Model) bool {
	return (f.Unavailable || m.Available) && (f.Group == "" || m.In(f.Group)) && (f.Tag == "" || m.HasTag(f.Tag)) &&
		!slices.ContainsFunc(f.Supports, func(c Capability) bool { return !m.Can(c) })
}

// Order is what a list of models is sorted by.
type Order string

// The orders.
const (
	ByName    Order = "name"
	ByPrice   Order = "price"   // the lowest first, unit by unit: prices of different units do not compare
	ByContext Order = "context" // the largest first
	BySize    Order = "size"    // the most parameters first
	ByDate    Order = "date"    // the newest first
)

// Compare compares two models. Those without the figure come last, and after them those
// that are not listed, of which nothing is known; ties go by the name.
func (o Order) Compare(a, b Model) int {
	order := 0
	switch o {
	case ByName:
		return compareNames(a, b)
	case ByPrice:
		order = comparePrices(a, b)
	case ByContext:
		order = cmp.Compare(b.ContextTokens, a.ContextTokens)
	case BySize:
		order = CompareFigures(a.ParamsB, b.ParamsB, -1)
	case ByDate:
		order = b.PublishedAt.Compare(a.PublishedAt)
	}
	if order == 0 && a.Listed != b.Listed {
		if a.Listed {
			return -1
		}
		return 1
	}
	return cmp.Or(order, compareNames(a, b))
}

func compareNames(a, b Model) int {
	return cmp.Or(cmp.Compare(strings.ToLower(a.ID), strings.ToLower(b.ID)), cmp.Compare(a.ID, b.ID))
}

func comparePrices(a, b Model) int {
	unitA, unitB := a.PriceUnit(), b.PriceUnit()
	if unitA != unitB {
		return cmp.Or(cmp.Compare(unitRank(unitA), unitRank(unitB)), cmp.Compare(unitA, unitB))
	}
	return cmp.Or(CompareFigures(a.Price(unitA), b.Price(unitB), 1), CompareFigures(a.OutputPrice, b.OutputPrice, 1))
}

// unitRank returns the place of a price unit: known ones, then others, then none.
func unitRank(unit string) int {
	units := knownUnits()
	if unit == "" {
		return len(units) + 1
	}
	if i := slices.Index(units, unit); i >= 0 {
		return i
	}
	return len(units)
}

// CompareFigures compares two figures; nil comes last, and sign -1 puts the larger first.
func CompareFigures(a, b *float64, sign int) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return 1
	case b == nil:
		return -1
	default:
		return sign * cmp.Compare(*a, *b)
	}
}

// Select returns the models that f chooses, sorted.
func (c *Catalog) Select(f Filter, by Order) []Model {
	chosen := []Model{}
	for i := range c.models {
		if f.Matches(c.models[i]) {
			chosen = append(chosen, c.models[i])
		}
	}
	slices.SortFunc(chosen, by.Compare)
	return chosen
}
