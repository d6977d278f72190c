package main

import (
	"fmt"
	"math"
	"strings"
)

// target is a bound that a measure is held to.
type target struct {
	measure, unit string
	of            func(*row) float64
	than          string // of what the bound is a multiple, "" for a plain figure
	atLeast       bool   // the bound is the least that is allowed, not the most
	bound         float64
}

func ownMedian(r *row) float64 { return median(r.values[oursColumn]) }

// targets returns all bounds.
func targets() []target {
	const bare, direct = "bare", "direct"
	all := []target{
		{start, "ms", (*row).toBare, bare, false, 1.2},
		{openStreams, "MB", ownMedian, "", false, 60},
		{embedFiles, "ms", (*row).toDirect, direct, false, 1.1},
	}
	for _, t := range transports() {
		cpu := map[string]float64{"stdio": 0.8, "HTTP": 1}[t.name]
		all = append(all,
			target{t.idle(), "MB", ownMedian, "", false, 28},
			target{t.cpu(1), "ms", (*row).toBare, bare, false, cpu},
			target{t.cpu(16), "ms", (*row).toBare, bare, false, cpu},
			target{t.perSecond(16), "calls/s", (*row).toBare, bare, true, 1.3},
			target{t.tail(256), "x", ownMedian, "", false, 2.5},
			target{t.firstProgress(), "ms", ownMedian, "", false, 1},
			target{t.promptPeak(10), "x", ownMedian, "", false, 3},
		)
	}
	return all
}

// value returns what is compared with the bound, NaN if it was not measured.
func (t target) value(all table) float64 {
	if r := all.row(t.measure, t.unit); r != nil {
		return t.of(r)
	}
	return math.NaN()
}

func (t target) met(value float64) bool {
	if t.atLeast {
		return value >= t.bound
	}
	return value <= t.bound
}

func (t target) String() string {
	words := []string{"at most", fmt.Sprint(t.bound)}
	if t.atLeast {
		words[0] = "at least"
	}
	if t.than != "" {
		words = append(words, "of", t.than)
	}
	return strings.Join(words, " ")
}

// verdicts says which targets a row has, and whether it meets them.
func (r *row) verdicts() string {
	var verdicts []string
	for _, t := range targets() {
		if t.measure != r.measure || t.unit != r.unit || math.IsNaN(t.of(r)) {
			continue
		}
		verdict := "**missed**"
		if t.met(t.of(r)) {
			verdict = "met"
		}
		verdicts = append(verdicts, fmt.Sprintf("%s: %s", t, verdict))
	}
	return strings.Join(verdicts, ", ")
}
