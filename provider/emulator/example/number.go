package example

import (
	"errors"
	"math"
)

// numberRange is what the keywords of a schema allow a number to be.
type numberRange struct {
	low, high       float64 // infinite when open
	lowOut, highOut bool    // the bound itself is excluded
	multiple        float64 // 0 when any
	integer         bool
}

func rangeOf(s map[string]any) numberRange {
	r := numberRange{low: math.Inf(-1), high: math.Inf(1)}
	if v, ok := s["minimum"].(float64); ok {
		r.low = v
	}
	if v, ok := s["maximum"].(float64); ok {
		r.high = v
	}
	if v, ok := s["exclusiveMinimum"].(float64); ok && v >= r.low {
		r.low, r.lowOut = v, true
	}
	if v, ok := s["exclusiveMaximum"].(float64); ok && v <= r.high {
		r.high, r.highOut = v, true
	}
	// Draft 4 has true here, about minimum and maximum.
	r.lowOut = r.lowOut || s["exclusiveMinimum"] == true
	r.highOut = r.highOut || s["exclusiveMaximum"] == true
	if v, ok := s["multipleOf"].(float64); ok && v > 0 {
		r.multiple = v
	}
	return r
}

func (r numberRange) allows(v float64) bool {
	if v < r.low || v > r.high || r.lowOut && v == r.low || r.highOut && v == r.high {
		return false
	}
	if r.integer && v != math.Trunc(v) {
		return false
	}
	if r.multiple == 0 {
		return true
	}
	quotient := v / r.multiple
	return math.Abs(quotient-math.Round(quotient)) < 1e-9
}

func (g *generator) number(key string, integer bool, s map[string]any) (any, error) {
	r := rangeOf(s)
	r.integer = integer
	if v, ok := g.source.number(key, r.allows); ok {
		return v, nil
	}
	skip := g.turn
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

// candidates gives numbers to try when the text has none: those nearest to 0
// upwards, downwards, and the middle of a narrow range.
func (r numberRange) candidates(yield func(float64) bool) {
	const tries = 1000
	step := r.multiple
	if step == 0 {
		step = 1
	}
	start := min(max(0, r.low), r.high)
	if !yield(start) {
		return
	}
	for i := range tries {
		if !yield(times(math.Ceil(start/step)+float64(i), step)) {
			return
		}
	}
	for i := range tries {
		if !yield(times(math.Floor(start/step)-float64(i), step)) {
			return
		}
	}
	for i := 1; i < tries; i++ {
		if !yield(r.low + (r.high-r.low)*float64(i)/tries) {
			return
		}
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
