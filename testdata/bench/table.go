package main

import (
	"fmt"
	"io"
	"math"
	"slices"
)

// The columns of figures.
const (
	oursColumn = iota
	bareColumn
	directColumn
	columns
)

// row is one measure, with a value for each round and column.
type row struct {
	measure string
	values  [columns][]float64
}

type table []*row

// add appends a round's value to a measure.
func (t *table) add(measure string, column int, value float64) {
	i := slices.IndexFunc(*t, func(r *row) bool { return r.measure == measure })
	if i < 0 {
		i = len(*t)
		*t = append(*t, &row{measure: measure})
	}
	values := &(*t)[i].values[column]
	*values = append(*values, value)
}

func (t *table) print(w io.Writer) {
	fmt.Fprintln(w, "| measure | ours | bare mcp-go tool | direct call | ours/bare | ours/direct |\n|---|--:|--:|--:|--:|--:|")
	for _, r := range *t {
		own, bare, direct := r.values[oursColumn], r.values[bareColumn], r.values[directColumn]
		fmt.Fprintf(w, "| %s | %s | %s | %s | %s | %s |\n", r.measure,
			figure(median(own)), figure(median(bare)), figure(median(direct)), figure(ratio(own, bare)), figure(ratio(own, direct)))
	}
}

// ratio returns the median of the rounds' ratios: within a round the machine's
// speed is the same, over all of them it is not.
func ratio(a, b []float64) float64 {
	if len(a) != len(b) {
		return math.NaN()
	}
	ratios := make([]float64, len(a))
	for i := range a {
		ratios[i] = a[i] / b[i]
	}
	return median(ratios)
}

func median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

func figure(value float64) string {
	switch {
	case math.IsNaN(value) || math.IsInf(value, 0):
		return "n/a"
	case value >= 100:
		return fmt.Sprintf("%.0f", value)
	case value >= 10:
		return fmt.Sprintf("%.1f", value)
	}
	return fmt.Sprintf("%.2f", value)
}
