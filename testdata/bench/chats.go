package main

import (
	"context"
	"fmt"
	"time"
)

// measureChats starts the servers with one transport, then compares them and the
// direct call, with one and with many callers.
func (r *run) measureChats(ctx context.Context, t transport) error {
	candidates := [columns]candidate{directColumn: {call: r.upstream.directChat}}
	for column, program := range r.programs {
		server, err := t.start(program, ctx)
		if err != nil {
			return err
		}
		defer server.stop()
		call := func(ctx context.Context) error { return chat(ctx, server, prompt, r.upstream.usual.text, nil) }
		candidates[column] = candidate{server.pid, call}
		if err := r.warmUp(ctx, t, column, candidates[column]); err != nil {
			return err
		}
	}
	const most = 1000
	for round := range r.rounds {
		for _, callers := range []int{1, 16, 256, most} {
			if callers == most && round >= r.fewRounds() {
				continue
			}
			for _, column := range order(round, columns) {
				if err := r.measureLoad(ctx, t, callers, column, candidates[column]); err != nil {
					return err
				}
			}
		}
	}
	return r.measureLongStream(ctx, t, candidates)
}

// warmUp brings a server's pools and connections up, and reads its memory
// before and after.
func (r *run) warmUp(ctx context.Context, t transport, column int, c candidate) error {
	time.Sleep(500 * time.Millisecond) // for what the start left running
	r.add(t.idle(), "MB", column, residentMegabytes(c.pid))
	if _, err := measure(ctx, warmup, 1, c.pid, c.call); err != nil {
		return err
	}
	r.add(t.afterwards(), "MB", column, residentMegabytes(c.pid))
	return nil
}

func (r *run) measureLoad(ctx context.Context, t transport, callers, column int, c candidate) error {
	if c.call == nil {
		return nil
	}
	const each = 4 // of so many callers makes enough calls for a p99
	took, err := measure(ctx, max(r.calls, each*callers), callers, c.pid, c.call)
	if err != nil {
		return fmt.Errorf("%d callers: %w", callers, err)
	}
	r.addLoad(t, callers, column, took)
	return nil
}

func (r *run) addLoad(t transport, callers, column int, took load) {
	r.add(t.p50(callers), "ms", column, took.p50)
	r.add(t.p99(callers), "ms", column, took.p99)
	r.add(t.tail(callers), "x", column, took.p99/took.p50)
	r.add(t.perSecond(callers), "calls/s", column, took.perSecond)
	r.add(t.cpu(callers), "ms", column, took.cpu)
}

// measureLongStream compares an answer of many tokens, each of which is flushed.
func (r *run) measureLongStream(ctx context.Context, t transport, candidates [columns]candidate) error {
	long := textStream(words(longAnswer))
	defer r.upstream.answerBy(long.answer)()
	usual := r.upstream.usual
	r.upstream.usual = long
	defer func() { r.upstream.usual = usual }()
	const calls = 5
	for round := range r.fewRounds() {
		for _, column := range order(round, columns) {
			c := candidates[column]
			if c.call == nil {
				continue
			}
			took, err := measure(ctx, calls, 1, c.pid, c.call)
			if err != nil {
				return fmt.Errorf("a long answer: %w", err)
			}
			r.add(t.longStream("p50"), "ms", column, took.p50)
			r.add(t.longStream("CPU"), "ms", column, took.cpu)
		}
	}
	return nil
}
