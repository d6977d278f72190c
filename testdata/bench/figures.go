package main

import (
	"fmt"
	"io"
	"regexp"
	"runtime"
	"strings"
)

// writeFigures writes a line for each measure and round, in the format of Go's benchmarks
// that benchstat reads: what ours takes, and as ratios to the others, which depend less on
// the machine.
func (t table) writeFigures(w io.Writer) {
	fmt.Fprintf(w, "goos: %s\ngoarch: %s\ncpu: %s\nUnit calls/s better=higher\n", runtime.GOOS, runtime.GOARCH, processor())
	for _, r := range t {
		own := r.values[oursColumn]
		toBare, toDirect := ratios(own, r.values[bareColumn]), ratios(own, r.values[directColumn])
		for i, value := range own {
			fmt.Fprintf(w, "%s 1 %.6g %s", r.benchmark(), value, strings.ReplaceAll(r.unit, " ", "-"))
			if toBare != nil {
				fmt.Fprintf(w, " %.4g x-bare", toBare[i])
			}
			if toDirect != nil {
				fmt.Fprintf(w, " %.4g x-direct", toDirect[i])
			}
			fmt.Fprintln(w)
		}
	}
}

// benchmark returns the measure as the name of a benchmark.
func (r *row) benchmark() string {
	name := regexp.MustCompile(`[:,] `).ReplaceAllString(strings.ReplaceAll(r.measure, "`", ""), "/")
	name = regexp.MustCompile(`([0-9]),([0-9])`).ReplaceAllString(name, "$1$2")
	name = regexp.MustCompile(`[^A-Za-z0-9/.]+`).ReplaceAllString(name, "_")
	return "Benchmark" + strings.ToUpper(name[:1]) + name[1:]
}
