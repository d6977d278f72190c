// Command bench compares a chat through the built binary with the same chat
// through a bare mcp-go tool and with the direct call to the same upstream, over
// stdio and over HTTP, and prints the figures and their ratios.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"time"
)

// options are what a run depends on.
type options struct {
	binary                         string
	calls, callers, rounds, starts int
	team                           int
}

func main() {
	var o options
	flag.IntVar(&o.calls, "calls", 400, "calls in each measurement")
	flag.IntVar(&o.callers, "callers", 16, "callers at once in the second half of a round; the first half has one")
	flag.IntVar(&o.rounds, "rounds", 11, "rounds, of which medians are taken")
	flag.IntVar(&o.starts, "starts", 15, "starts of each server")
	flag.IntVar(&o.team, "team", 0, "callers with rules and tokens in a file of --callers, for our server over HTTP; 0 is none")
	flag.Parse()
	if flag.NArg() != 1 || o.team < 0 || min(o.calls, o.callers, o.rounds, o.starts) < 1 {
		fmt.Fprintln(os.Stderr, "usage: bench [-calls 400] [-callers 16] [-rounds 11] [-starts 15] [-team 0] BINARY")
		os.Exit(2)
	}
	o.binary = flag.Arg(0)
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	ctx, cancel = context.WithTimeout(ctx, 10*time.Minute)
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
	r := &run{options: o, upstream: up, programs: [2]program{oursColumn: own, bareColumn: bare}}
	for _, step := range []func(context.Context) error{
		r.measureStarts,
		func(ctx context.Context) error { return r.measureChats(ctx, "stdio", program.startStdio) },
		func(ctx context.Context) error { return r.measureChats(ctx, "HTTP", program.startHTTP) },
	} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return r.print()
}

// print writes what was run and where, and the table.
func (r *run) print() error {
	var sizes [2]int64
	for column, p := range r.programs {
		info, err := os.Stat(p.binary)
		if err != nil {
			return err
		}
		sizes[column] = info.Size()
		r.add("stripped binary, MB", column, float64(info.Size())/1e6)
	}
	fmt.Fprintf(os.Stdout, "`go run ./testdata/bench -calls %d -callers %d -rounds %d -starts %d -team %d %s`: ",
		r.calls, r.callers, r.rounds, r.starts, r.team, filepath.ToSlash(r.binary))
	fmt.Fprintf(os.Stdout, "%s %s/%s, %d cores, ours %d bytes, bare %d bytes\n\n",
		runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), sizes[oursColumn], sizes[bareColumn])
	r.table.print(os.Stdout)
	return nil
}
