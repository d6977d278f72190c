package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"
)

// report is the outcome of the calls.
type report struct {
	mu         sync.Mutex
	calls      map[string]int // by kind
	codes      map[string]int // of the answers
	cancelled  int
	abandoned  int // servers whose client left in the middle of calls
	latencies  []time.Duration
	violations []string
	before     map[string]usage
	after      map[string]usage
	upstream   *upstream
}

func newReport() *report { return &report{calls: map[string]int{}, codes: map[string]int{}} }

// reset drops the outcome of the warm-up, but keeps its violations.
func (r *report) reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls, r.codes, r.latencies, r.cancelled = map[string]int{}, map[string]int{}, nil, 0
}

func (r *report) add(c call, answer incoming, err error, took time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls[c.kind]++
	if errors.Is(err, errCancelled) {
		r.cancelled++
		return
	}
	if err != nil {
		r.codes["no answer"]++
		r.violations = append(r.violations, fmt.Sprintf("%s got no answer after %s: %v", c.kind, took.Round(time.Millisecond), err))
		return
	}
	code, problem := answer.code(c)
	r.codes[code]++
	r.latencies = append(r.latencies, took)
	if problem != "" {
		r.violations = append(r.violations, c.kind+": "+problem)
	}
}

// violated records something that must not happen.
func (r *report) violated(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.violations = append(r.violations, fmt.Sprintf(format, args...))
}

func (r *report) compare(before, after map[string]usage) {
	for name, now := range after {
		if problem := now.problem(before[name]); problem != "" {
			r.violated("the server over %s: %s: %s, before %s", name, problem, now, before[name])
		}
	}
	r.before, r.after = before, after
}

// print prints the report, and returns an error if there are violations.
func (r *report) print(w io.Writer) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	total := 0
	for _, n := range r.calls {
		total += n
	}
	fmt.Fprintf(w, "calls     %d: %s\n", total, counts(r.calls))
	fmt.Fprintf(w, "answers   %d, %d cancelled: %s\n", len(r.latencies), r.cancelled, counts(r.codes))
	if slices.Sort(r.latencies); len(r.latencies) > 0 {
		percentile := func(share float64) time.Duration {
			return r.latencies[int(share*float64(len(r.latencies)-1))].Round(time.Millisecond)
		}
		fmt.Fprintf(w, "latency   p50 %s, p95 %s, longest %s\n", percentile(0.5), percentile(0.95), percentile(1))
	}
	fmt.Fprintf(w, "upstream  %d requests, of which faulty: %s\n", r.upstream.requests, counts(r.upstream.faults))
	fmt.Fprintf(w, "abandoned %d servers by their client in the middle of calls\n", r.abandoned)
	for _, name := range slices.Sorted(maps.Keys(r.before)) {
		fmt.Fprintf(w, "%-9s before %s\n%-9s after  %s\n", name, r.before[name], "", r.after[name])
	}
	if n := len(r.violations); n > 0 {
		for _, violation := range r.violations[:min(n, 20)] {
			fmt.Fprintln(w, "VIOLATED ", violation)
		}
		return fmt.Errorf("%d violations", n)
	}
	return nil
}

// counts returns names with their counts, highest first.
func counts(of map[string]int) string {
	names := slices.Sorted(maps.Keys(of))
	slices.SortStableFunc(names, func(a, b string) int { return of[b] - of[a] })
	text := ""
	for _, name := range names {
		text += fmt.Sprintf(", %d %s", of[name], name)
	}
	return text[min(2, len(text)):]
}
