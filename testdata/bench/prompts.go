package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// settle is for what a start or a call left running.
const settle = 500 * time.Millisecond

// measurePrompts compares long prompts, each with servers that have seen none before:
// the memory that it takes is what one such call needs at most.
func (r *run) measurePrompts(ctx context.Context, t transport) error {
	for _, megabytes := range []int{1, 10} {
		long := longPrompt(megabytes)
		for round := range r.fewRounds() {
			for _, column := range order(round, directColumn+1) {
				if err := r.measurePrompt(ctx, t, column, megabytes, long); err != nil {
					return fmt.Errorf("a prompt of %d MB: %w", megabytes, err)
				}
			}
		}
	}
	return nil
}

// longPrompt returns lines of words as JSON, of so many megabytes of text.
func longPrompt(megabytes int) string {
	const line = "The quick brown fox, who had read \"all of it\", jumps over the lazy dog.\n"
	text, _ := json.Marshal(strings.Repeat(line, megabytes*1e6/len(line)))
	return string(text)
}

func (r *run) measurePrompt(ctx context.Context, t transport, column, megabytes int, long string) error {
	call := func(ctx context.Context, prompt string) error { return r.upstream.direct(ctx, prompt, "", nil) }
	pid := 0
	if column != directColumn {
		server, err := t.start(r.programs[column], ctx)
		if err != nil {
			return err
		}
		defer server.stop()
		pid = server.pid
		call = func(ctx context.Context, prompt string) error {
			return chat(ctx, server, prompt, r.upstream.usual.text, nil)
		}
		time.Sleep(settle)
	}
	if pid != 0 {
		r.add(t.idle(), "MB", column, residentMegabytes(pid))
	}
	if err := call(ctx, prompt); err != nil { // opens the connections, and loads what a call runs
		return err
	}
	idle := residentMegabytes(pid)
	resetPeak(pid)
	begun := time.Now()
	if err := call(ctx, long); err != nil {
		return err
	}
	r.add(t.promptTime(megabytes), "ms", column, milliseconds(time.Since(begun)))
	if pid != 0 {
		r.add(t.promptPeak(megabytes), "x", column, (peakMegabytes(pid)-idle)/float64(megabytes))
	}
	return nil
}
