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
	folder   string // of its own files
	upstream *upstream
	programs [2]program // by column
}

// warmup is the number of calls before the rounds, after which memory is read.
const warmup = 1000

// candidate is a way to make a call. Pid is that of its server; 0 means no server. A
// nil call is left out.
type candidate struct {
	pid  int
	call func(context.Context) error
}

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

// measureStarts starts the servers and no upstream is asked.
func (r *run) measureStarts(ctx context.Context) error {
	for i := range r.starts {
		for _, column := range order(i, len(r.programs)) {
			p, err := r.programs[column].startStdio(ctx)
			if err != nil {
				return err
			}
			p.stop()
			r.add(start, "ms", column, milliseconds(p.started))
		}
	}
	return nil
}

// compare makes a call of each candidate in each round, and adds its time. The first
// round, which warms them up, does not count.
func (r *run) compare(ctx context.Context, measure string, rounds int, candidates [columns]candidate) error {
	for round := range rounds + 1 {
		for _, column := range order(round, columns) {
			call := candidates[column].call
			if call == nil {
				continue
			}
			begun := time.Now()
			if err := call(ctx); err != nil {
				return fmt.Errorf("%s: %w", measure, err)
			}
			if round > 0 {
				r.add(measure, "ms", column, milliseconds(time.Since(begun)))
			}
		}
	}
	return nil
}

// onEach calls do with every transport.
func onEach(do func(context.Context, transport) error) func(context.Context) error {
	return func(ctx context.Context) error {
		for _, t := range transports() {
			if err := do(ctx, t); err != nil {
				return fmt.Errorf("over %s: %w", t.name, err)
			}
		}
		return nil
	}
}
