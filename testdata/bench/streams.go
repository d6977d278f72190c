package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
)

// measureFirstProgress compares how long after the first token of the upstream its
// client has it: ours by a progress notification, the direct call by itself.
func (r *run) measureFirstProgress(ctx context.Context, t transport) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	h := newHeld(r.upstream.usual)
	defer r.upstream.answerBy(h.answer)()
	server, err := t.start(r.programs[oursColumn], ctx)
	if err != nil {
		return err
	}
	defer server.stop()
	const calls = 50
	for round := range r.rounds + 1 { // the first one is the warm-up
		var took [columns][]float64
		for range calls {
			for _, column := range []int{oursColumn, directColumn} {
				call := func(first func()) error { return chat(ctx, server, prompt, h.text, first) }
				if column == directColumn {
					call = func(first func()) error { return r.upstream.direct(ctx, prompt, "", first) }
				}
				first, err := h.firstToken(call)
				if err != nil {
					return err
				}
				took[column] = append(took[column], milliseconds(first))
			}
		}
		if round > 0 {
			r.add(t.firstProgress(), "ms", oursColumn, median(took[oursColumn]))
			r.add(t.firstProgress(), "ms", directColumn, median(took[directColumn]))
		}
	}
	return nil
}

// measureOpenStreams reads the memory of the servers while many answers are streamed.
func (r *run) measureOpenStreams(ctx context.Context) error {
	for range r.fewRounds() {
		for column, program := range r.programs {
			if err := r.holdStreams(ctx, program, column); err != nil {
				return fmt.Errorf("open streams: %w", err)
			}
		}
	}
	return nil
}

// holdStreams adds what a server needs for the streams above what it needs when idle.
func (r *run) holdStreams(ctx context.Context, p program, column int) error {
	const count = 1000
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	h := newHeld(r.upstream.usual)
	defer r.upstream.answerBy(h.answer)()
	server, err := p.startHTTP(ctx)
	if err != nil {
		return err
	}
	defer server.stop()
	time.Sleep(settle)
	idle := residentMegabytes(server.pid)
	var begun atomic.Int64 // whose progress was read
	group, ctx := errgroup.WithContext(ctx)
	for range count {
		group.Go(func() error {
			var once sync.Once
			return chat(ctx, server, prompt, h.text, func() { once.Do(func() { begun.Add(1) }) })
		})
	}
	// The bare tool has no progress.
	for h.open.Load() < count || column == oursColumn && begun.Load() < count {
		if ctx.Err() != nil {
			return group.Wait()
		}
		time.Sleep(time.Millisecond)
	}
	time.Sleep(settle)
	r.add(openStreams, "MB", column, residentMegabytes(server.pid)-idle)
	close(h.release)
	return group.Wait()
}
