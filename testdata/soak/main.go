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

// options are what a run depends on; the same seed draws the same calls and
// faults, though not in the same order of events.
type options struct {
	binary  string
	length  time.Duration
	callers int
	seed    uint64
}

func main() {
	var o options
	flag.DurationVar(&o.length, "for", 10*time.Minute, "how long to call")
	flag.IntVar(&o.callers, "callers", 64, "callers at once, half over stdio and half over HTTP")
	flag.Uint64Var(&o.seed, "seed", 1, "of the calls and faults")
	flag.Parse()
	if flag.NArg() != 1 || o.callers < 2 || o.length <= 0 {
		fmt.Fprintln(os.Stderr, "usage: soak [-for 10m] [-callers 64] [-seed 1] BINARY")
		os.Exit(2)
	}
	o.binary = flag.Arg(0)
	if err := soak(context.Background(), o); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// soak warms the servers up, measures them, calls for o.length, and measures
// them again once they are idle.
func soak(ctx context.Context, o options) error {
	goroutines := runtime.NumGoroutine()
	fmt.Fprintf(os.Stdout, "%d callers for %s, seed %d\n", o.callers, o.length, o.seed)
	r := newReport()
	if err := r.run(ctx, o); err != nil {
		return err
	}
	if left := settle(func() int { return runtime.NumGoroutine() }, goroutines+2); left > goroutines+2 {
		r.violated("the soak itself has %d goroutines left, it began with %d", left, goroutines)
	}
	return r.print(os.Stdout)
}

func (r *report) run(ctx context.Context, o options) error {
	folder, err := os.MkdirTemp("", "soak-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	up, err := startUpstream(o.seed)
	if err != nil {
		return err
	}
	defer up.close()
	r.upstream = up
	over, err := startServers(ctx, o.binary, folder, up)
	if err != nil {
		return err
	}
	defer over.close(r)

	r.call(ctx, o, over, o.length/10, 1) // brings caches, pools and connections up
	before := over.idle()
	r.forget()
	leaving, stop := context.WithCancel(ctx)
	var leavers sync.WaitGroup
	leavers.Go(func() { r.leave(leaving, o.binary, folder, up) })
	r.call(ctx, o, over, o.length, 2)
	stop()
	leavers.Wait()
	r.compare(before, over.settled(before))
	return nil
}

// call lets all callers call until the time is over.
func (r *report) call(ctx context.Context, o options, over *servers, length time.Duration, round uint64) {
	end := time.Now().Add(length)
	var callers sync.WaitGroup
	for i := range o.callers {
		dice := rand.New(rand.NewPCG(o.seed<<8|round, uint64(i)))
		to := over.stdio.ask
		if i%2 == 1 {
			to = over.http.ask
		}
		callers.Go(func() {
			for n := 0; time.Now().Before(end); n++ {
				r.one(ctx, to, draw(dice, fmt.Sprintf("%d-%d-%d", round, i, n)))
			}
		})
	}
	callers.Wait()
}

const protocolVersion = "2025-11-25"

// patience is longer than any call may take.
const patience = time.Minute

// one makes a call and notes what came of it.
func (r *report) one(ctx context.Context, ask asker, c call) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	start := time.Now()
	answer, err := ask(ctx, c)
	r.add(c, answer, err, time.Since(start))
}

// settle waits until a figure is no higher than a bound, at most half a minute,
// and gives it.
func settle(figure func() int, bound int) int {
	for range 300 {
		if figure() <= bound {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	return figure()
}
