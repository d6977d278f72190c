package main

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// run is one comparison.
type run struct {
	options
	table
	upstream *upstream
	programs [2]program // by column
}

// warmup is the number of calls before the rounds, after which memory is read.
const warmup = 1000

// order returns the columns, in turn forwards and backwards, so that a drift of
// the machine's speed favours none.
func order(round, n int) []int {
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	if round%2 == 1 {
		slices.Reverse(order)
	}
	return order
}

func (r *run) measureStarts(ctx context.Context) error {
	for i := range r.starts {
		for _, column := range order(i, len(r.programs)) {
			p, err := r.programs[column].startStdio(ctx)
			if err != nil {
				return err
			}
			p.stop()
			r.add("start until `initialize` is answered, ms", column, milliseconds(p.started))
		}
	}
	return nil
}

// measureChats starts both servers with one transport, then compares them and
// the direct call.
func (r *run) measureChats(ctx context.Context, transport string, start func(program, context.Context) (*process, error)) error {
	candidates := [columns]candidate{directColumn: {call: r.upstream.direct}}
	for column, program := range r.programs {
		server, err := start(program, ctx)
		if err != nil {
			return err
		}
		defer server.stop()
		candidates[column] = candidate{server.pid, func(ctx context.Context) error { return chat(ctx, server, r.upstream.text) }}
		if err := r.warmUp(ctx, transport, column, candidates[column]); err != nil {
			return err
		}
	}
	for round := range r.rounds {
		for _, callers := range []int{1, r.callers} {
			for _, column := range order(round, columns) {
				if err := r.measureLoad(ctx, transport, callers, column, candidates[column]); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

// candidate is a way to chat. Pid is that of its server; 0 means no server.
type candidate struct {
	pid  int
	call func(context.Context) error
}

// warmUp brings a server's pools and connections up, and reads its memory
// before and after.
func (r *run) warmUp(ctx context.Context, transport string, column int, c candidate) error {
	time.Sleep(500 * time.Millisecond) // for what the start left running
	r.add(transport+": resident memory idle, MB", column, residentMegabytes(c.pid))
	if _, err := measure(ctx, warmup, 1, c.pid, c.call); err != nil {
		return fmt.Errorf("over %s: %w", transport, err)
	}
	r.add(fmt.Sprintf("%s: resident memory after %d calls, MB", transport, warmup), column, residentMegabytes(c.pid))
	return nil
}

func (r *run) measureLoad(ctx context.Context, transport string, callers, column int, c candidate) error {
	took, err := measure(ctx, r.calls, callers, c.pid, c.call)
	if err != nil {
		return fmt.Errorf("over %s with %d callers: %w", transport, callers, err)
	}
	measure := fmt.Sprintf("%s, %d at once: ", transport, callers)
	r.add(measure+"p50 latency, ms", column, took.p50)
	r.add(measure+"calls/s", column, took.perSecond)
	r.add(measure+"CPU per call, ms", column, took.cpu)
	return nil
}
