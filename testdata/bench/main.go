// Command bench compares the built binary with a bare mcp-go tool and with the direct
// call to the same upstream, over stdio and over HTTP, and prints the figures, their
// ratios, and whether they meet the targets.
package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	o, err := parseOptions()
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(2)
	}
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	ctx, cancel = context.WithTimeout(ctx, 20*time.Minute)
	defer cancel()
	if err := bench(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func bench(ctx context.Context, o options) error {
	folder, err := os.MkdirTemp("", "bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	up, err := startUpstream()
	if err != nil {
		return err
	}
	defer up.close()
	own, err := ours(o, folder, up)
	if err != nil {
		return err
	}
	bare, err := buildBare(ctx, folder, up)
	if err != nil {
		return err
	}
	r := &run{options: o, folder: folder, upstream: up, programs: [2]program{oursColumn: own, bareColumn: bare}}
	if err := r.measureAll(ctx); err != nil {
		return err
	}
	return r.show()
}

// show prints the report, and writes what is to be kept.
func (r *run) show() error {
	if _, err := os.Stdout.Write(r.report()); err != nil {
		return err
	}
	if r.figures != "" {
		var figures bytes.Buffer
		r.writeFigures(&figures)
		if err := os.WriteFile(r.figures, figures.Bytes(), 0o644); err != nil {
			return err
		}
	}
	if r.write {
		return r.keep()
	}
	return nil
}
