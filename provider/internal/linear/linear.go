// Package linear tests that work takes linear time.
package linear

import (
	"math"
	"runtime"
	"runtime/debug"
	"testing"
	"time"
)

const (
	doublings = 3
	// maxRatio is how much longer work may take on twice the input: between 2 of linear
	// work, and 4 of quadratic work.
	maxRatio = 2.5
	// A busy machine delays some rounds, so the fastest counts: of leastRounds, or of
	// more until the ratio is right.
	leastRounds, mostRounds = 2, 12
)

// Check fails the test if work takes more than 2.5 times as long each time that its input
// doubles. It compares work on 8n with eight times work on n: they take about equally
// long, so that a busy machine delays them alike. prepare makes the input, whose time
// does not count; the work must take some milliseconds, and is done several times.
func Check(t testing.TB, n int, prepare func(n int) (work func())) {
	t.Helper()
	const factor = 1 << doublings
	small, large := prepare(n), prepare(factor*n)
	many, once := time.Hour, time.Hour
	for round := range mostRounds {
		many = min(many, timeOf(func() {
			for range factor {
				small()
			}
		}))
		once = min(once, timeOf(large))
		if round+1 >= leastRounds && ratio(once, many) < maxRatio {
			return
		}
	}
	t.Errorf("%d times %d take %s, and %d take %s: twice the input takes %.1f times as long",
		factor, n, many, factor*n, once, ratio(once, many))
}

// ratio returns how much longer twice the input takes.
func ratio(once, many time.Duration) float64 {
	return 2 * math.Pow(float64(once)/float64(many), 1.0/doublings)
}

// timeOf leaves out the collection of garbage, which takes the other processors too.
func timeOf(work func()) time.Duration {
	runtime.GC()
	defer debug.SetGCPercent(debug.SetGCPercent(-1))
	start := time.Now()
	work()
	return time.Since(start)
}
