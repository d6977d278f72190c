// Command soak runs the built binary for minutes against an upstream that fails
// at random, with many callers over stdio and over HTTP at once, and checks that
// every call gets exactly one answer and that nothing is left behind.
package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"sync"
	"time"
)

// options configure a run. The same seed draws the same calls and faults, though
// events may come in another order.
type options struct {
	binary   string
	duration time.Duration
	callers  int
	seed     uint64
}

func main() {
	var o options
	flag.DurationVar(&o.duration, "for", 10*time.Minute, "duration of the calls")
	flag.IntVar(&o.callers, "callers", 64, "concurrent callers, half over stdio and half over HTTP")
	flag.Uint64Var(&o.seed, "seed", 1, "seed of the calls and faults")
	flag.Parse()
	if flag.NArg() != 1 || o.callers < 2 || o.duration <= 0 {
		fmt.Fprintln(os.Stderr, "usage: soak [-for 10m] [-callers 64] [-seed 1] BINARY")
		os.Exit(2)
	}
	o.binary = flag.Arg(0)
	if err := soak(context.Background(), o); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// soak warms the servers up, measures them, calls for o.duration, and measures
// them again when they are idle.
func soak(ctx context.Context, o options) error {
	goroutines := runtime.NumGoroutine()
	fmt.Fprintf(os.Stdout, "%d callers for %s, seed %d\n", o.callers, o.duration, o.seed)
	r := newReport()
	if err := r.run(ctx, o); err != nil {
		return err
	}
	if left := settle(func() int { return runtime.NumGoroutine() }, goroutines+2); left > goroutines+2 {
		r.violated("the soak itself has %d goroutines left; it began with %d", left, goroutines)
	}
	return r.print(os.Stdout)
}

func (r *report) run(ctx context.Context, o options) error {
	folder, err := os.MkdirTemp("", "soak-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	up, err := startUpstream(o.seed) //nolint:contextcheck // it waits for nothing
	if err != nil {
		return err
	}
	defer up.close()
	r.upstream = up
	s, err := startServers(ctx, o.binary, folder, up)
	if err != nil {
		return err
	}
	defer s.close(r)

	r.call(ctx, o, s, o.duration/10, 1) // fills caches, pools and connections
	before := s.idle()
	r.reset()
	abandonCtx, stop := context.WithCancel(ctx)
	var abandoning sync.WaitGroup
	abandoning.Go(func() { r.abandonServers(abandonCtx, o.binary, folder, up) })
	r.call(ctx, o, s, o.duration, 2)
	stop()
	abandoning.Wait()
	r.compare(before, s.settled(before))
	return nil
}

// call runs all callers for a duration.
func (r *report) call(ctx context.Context, o options, s *servers, duration time.Duration, round uint64) {
	end := time.Now().Add(duration)
	var callers sync.WaitGroup
	for i := range o.callers {
		random := rand.New(rand.NewPCG(o.seed<<8|round, uint64(i)))
		send := s.stdio.call
		if i%2 == 1 {
			send = s.http.call
		}
		callers.Go(func() {
			for n := 0; time.Now().Before(end); n++ {
				r.one(ctx, send, draw(random, fmt.Sprintf("%d-%d-%d", round, i, n)))
			}
		})
	}
	callers.Wait()
}

const protocolVersion = "2025-11-25"

// maxWait is longer than any call may take.
const maxWait = time.Minute

// one makes a call and records its outcome.
func (r *report) one(ctx context.Context, send caller, c call) {
	ctx, cancel := context.WithTimeout(ctx, maxWait)
	defer cancel()
	start := time.Now()
	answer, err := send(ctx, c)
	r.add(c, answer, err, time.Since(start))
}

// settle waits, at most half a minute, until a value is no higher than a bound, and
// returns it.
func settle(value func() int, bound int) int {
	for range 300 {
		if value() <= bound {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	return value()
}
