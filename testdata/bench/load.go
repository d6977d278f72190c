package main

import (
	"context"
	"runtime"
	"slices"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// load is what a number of calls took.
type load struct {
	p50, p99  float64 // ms
	perSecond float64
	cpu       float64 // ms a call, of the server's process
}

// measure makes the calls from several callers at once. Pid is the server's; 0
// means none.
func measure(ctx context.Context, calls, callers, pid int, call func(context.Context) error) (load, error) {
	runtime.GC() // what came before is not this one's garbage
	latencies := make([]time.Duration, calls)
	var next atomic.Int64
	cpu, start := cpuMilliseconds(pid), time.Now()
	group, ctx := errgroup.WithContext(ctx)
	for range callers {
		group.Go(func() error {
			for {
				i := int(next.Add(1)) - 1
				if i >= calls {
					return nil
				}
				begun := time.Now()
				if err := call(ctx); err != nil {
					return err
				}
				latencies[i] = time.Since(begun)
			}
		})
	}
	err := group.Wait()
	took := time.Since(start)
	cpu = cpuMilliseconds(pid) - cpu
	slices.Sort(latencies)
	return load{
		p50:       milliseconds(latencies[calls/2]),
		p99:       milliseconds(latencies[calls*99/100]),
		perSecond: float64(calls) / took.Seconds(),
		cpu:       cpu / float64(calls),
	}, err
}

func milliseconds(d time.Duration) float64 { return d.Seconds() * 1e3 }
