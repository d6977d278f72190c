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
	peerColumn
	columns
)

// row is one measure, with a value for each round and column.
type row struct {
	measure string
	unit    string
	values  [columns][]float64
}

type table []*row

// row returns the row of a measure, nil before its first value.
func (t table) row(measure, unit string) *row {
	i := slices.IndexFunc(t, func(r *row) bool { return r.measure == measure && r.unit == unit })
	if i < 0 {
		return nil
	}
	return t[i]
}

// add appends a round's value to a measure. NaN, which is what could not be read, is left
// out: benchstat would not end.
func (t *table) add(measure, unit string, column int, value float64) {
	if math.IsNaN(value) {
		return
	}
	r := t.row(measure, unit)
	if r == nil {
		r = &row{measure: measure, unit: unit}
		*t = append(*t, r)
	}
	r.values[column] = append(r.values[column], value)
}

// print writes the table in Markdown, with the column of the peer if it has figures.
func (t table) print(w io.Writer) {
	peers := slices.ContainsFunc(t, func(r *row) bool { return r.values[peerColumn] != nil })
	header, rule := "| measure | unit | ours | bare mcp-go tool | direct call |", "|---|---|--:|--:|--:|"
	if peers {
		header, rule = header+" LiteLLM's proxy |", rule+"--:|"
	}
	fmt.Fprintf(w, "%s ours/bare | ours/direct | target |\n%s--:|--:|---|\n", header, rule)
	for _, r := range t {
		fmt.Fprintf(w, "| %s | %s |", r.measure, r.unit)
		for column, values := range r.values {
			if column != peerColumn || peers {
				fmt.Fprintf(w, " %s |", figure(median(values)))
			}
		}
		fmt.Fprintf(w, " %s | %s | %s |\n", figure(r.toBare()), figure(r.toDirect()), r.verdicts())
	}
}

func (r *row) toBare() float64   { return ratio(r.values[oursColumn], r.values[bareColumn]) }
func (r *row) toDirect() float64 { return ratio(r.values[oursColumn], r.values[directColumn]) }

// ratio returns the median of the rounds' ratios: within a round the machine's
// speed is the same, over all of them it is not.
func ratio(a, b []float64) float64 { return median(ratios(a, b)) }

func ratios(a, b []float64) []float64 {
	if len(a) != len(b) {
		return nil
	}
	ratios := make([]float64, len(a))
	for i := range a {
		ratios[i] = a[i] / b[i]
	}
	return ratios
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
		return ""
	case value >= 100:
		return fmt.Sprintf("%.0f", value)
	case value >= 10:
		return fmt.Sprintf("%.1f", value)
	}
	return fmt.Sprintf("%.2f", value)
}
