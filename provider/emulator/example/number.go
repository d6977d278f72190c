package example

import (
	"errors"
	"math"
)

// numberRange is what a number may be; open bounds are infinite.
type numberRange struct {
	low, high    float64
	above, below float64 // are excluded themselves
	multiple     float64 // 0 allows any number
	integer      bool
}

func rangeOf(all schemas, integer bool) numberRange {
	return numberRange{
		low: all.greatest("minimum", math.Inf(-1)), high: all.smallest("maximum", math.Inf(1)),
		above: all.greatest("exclusiveMinimum", math.Inf(-1)), below: all.smallest("exclusiveMaximum", math.Inf(1)),
		multiple: all.greatest("multipleOf", 0), integer: integer,
	}
}

func (r numberRange) allows(v float64) bool {
	if v < r.low || v > r.high || v <= r.above || v >= r.below || r.integer && v != math.Trunc(v) {
		return false
	}
	quotient := v / r.multiple
	return r.multiple == 0 || math.Abs(quotient-math.Round(quotient)) < 1e-9
}

// number returns one of the text, else a plain one.
func (g *generator) number(key string, integer bool, all schemas) (any, error) {
	r := rangeOf(all, integer)
	if v, ok := g.source.number(key, r.allows); ok {
		return v, nil
	}
	skip := g.skipped
	for v := range r.candidates {
		if !r.allows(v) {
			continue
		}
		if skip == 0 {
			return v, nil
		}
		skip--
	}
	return nil, errors.New("no number is in the range")
}

// candidates yields numbers to try: those nearest to 0 upwards, downwards, and
// those between the bounds of a narrow range.
func (r numberRange) candidates(yield func(float64) bool) {
	const tries = 1000
	low, high := max(r.low, r.above), min(r.high, r.below)
	start, step := min(max(0, low), high), r.multiple
	if step == 0 {
		step = 1
	}
	more := yield(start)
	for i := 0.0; more && i < tries; i++ {
		more = yield(times(math.Ceil(start/step)+i, step))
	}
	for i := 0.0; more && i < tries; i++ {
		more = yield(times(math.Floor(start/step)-i, step))
	}
	for i := 1.0; more && i < tries; i++ {
		more = yield(low + (high-low)*i/tries)
	}
}

// times multiplies without the noise of binary fractions: 3 × 0.1 is 0.3.
func times(n, step float64) float64 {
	const digits = 1e9
	product := n * step
	if math.Abs(product) > 1e6 {
		return product
	}
	return math.Round(product*digits) / digits
}
