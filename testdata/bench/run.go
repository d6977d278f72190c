package main

import (
	"context"
	"fmt"
	"os"
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

// measureAll runs the steps, in the order of the report.
func (r *run) measureAll(ctx context.Context) error {
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"starts", r.measureStarts},
		{"chats", onEach(r.measureChats)},
		{"peer", r.measurePeer},
		{"progress", onEach(r.measureFirstProgress)},
		{"streams", r.measureOpenStreams},
		{"prompts", onEach(r.measurePrompts)},
		{"tools", r.measureTools},
		{"embed", r.measureEmbed},
		{"files", r.measureEmbedFiles},
		{"process", r.measureInProcess},
		{"sizes", r.measureSizes},
		{"cold", r.measureColdBuild},
	} {
		if !r.only.MatchString(step.name) {
			continue
		}
		begun := time.Now()
		if err := step.do(ctx); err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "%s: %.0f s\n", step.name, time.Since(begun).Seconds())
	}
	return nil
}

func (r *run) measureSizes(context.Context) error {
	for column, p := range r.programs {
		info, err := os.Stat(p.binary)
		if err != nil {
			return err
		}
		r.add("stripped binary", "MB", column, float64(info.Size())/1e6)
	}
	return nil
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

// measureStarts compares how soon a started process answers. No upstream is asked for it.
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

// compare makes calls of each candidate in each round, one after the other, and adds
// their median time. The first round, which warms them up, does not count.
func (r *run) compare(ctx context.Context, measured string, calls int, candidates [columns]candidate) error {
	for round := range r.rounds + 1 {
		for _, column := range order(round, columns) {
			c := candidates[column]
			if c.call == nil {
				continue
			}
			took, err := measure(ctx, calls, 1, c.pid, c.call)
			if err != nil {
				return fmt.Errorf("%s: %w", measured, err)
			}
			if round > 0 {
				r.add(measured, "ms", column, took.p50)
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
