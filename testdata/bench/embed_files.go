package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// corpus is a folder of files that are embedded, by our server or without one.
type corpus struct {
	texts    string // its folder
	matrix   string // the file in which the direct call keeps the vectors
	round    int
	upstream *upstream
	server   client
}

// measureEmbedFiles compares a ranking of a folder's passages, which needs all of their
// vectors, and then one more, for which they are kept.
func (r *run) measureEmbedFiles(ctx context.Context) error {
	texts := filepath.Join(r.folder, "texts")
	if err := os.MkdirAll(texts, 0o700); err != nil {
		return err
	}
	server, err := r.programs[oursColumn].with("--allow-dir", texts).startStdio(ctx)
	if err != nil {
		return err
	}
	defer server.stop()
	c := &corpus{texts: texts, matrix: filepath.Join(r.folder, "matrix"), upstream: r.upstream, server: server}
	for c.round = range r.fewRounds() + 1 {
		if err := r.embedRound(ctx, c); err != nil {
			return err
		}
	}
	return nil
}

// embedRound measures both. The first round is the warm-up.
func (r *run) embedRound(ctx context.Context, c *corpus) error {
	if err := c.write(); err != nil {
		return err
	}
	for _, step := range []struct {
		measure string
		calls   [columns]func(context.Context) error
	}{
		{embedFiles, [columns]func(context.Context) error{oursColumn: c.rank, directColumn: c.embedDirectly}},
		{rankFiles, [columns]func(context.Context) error{oursColumn: c.rank, directColumn: c.rankDirectly}},
	} {
		for _, column := range order(c.round, columns) {
			call := step.calls[column]
			if call == nil {
				continue
			}
			begun := time.Now()
			if err := call(ctx); err != nil {
				return fmt.Errorf("%s: %w", step.measure, err)
			}
			if c.round > 0 {
				r.add(step.measure, "ms", column, milliseconds(time.Since(begun)))
			}
		}
	}
	return nil
}

const query = marker + "0: why is the sky blue?"

// rank has the server rank the passages.
func (c *corpus) rank(ctx context.Context) error {
	arguments := fmt.Sprintf(`{"model":%q,"files":["*.md"],"query":%q}`, embedModel, query)
	text, err := callTool(ctx, c.server, "embed", arguments, nil)
	if err == nil && !strings.HasPrefix(text, "Embedded 10000 texts") {
		err = fmt.Errorf("not 10,000 texts: %.100q", text)
	}
	return err
}
