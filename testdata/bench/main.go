// Command bench compares the built binary with a bare mcp-go tool and with the direct
// call to the same upstream, over stdio and over HTTP, and prints the figures, their
// ratios, and whether they meet the targets.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"time"
)

// options are what a run depends on.
type options struct {
	binary                string
	calls, rounds, starts int
	team                  int
	only                  *regexp.Regexp
}

func main() {
	var o options
	flag.IntVar(&o.calls, "calls", 400, "calls in each measurement, at least four of each caller")
	flag.IntVar(&o.rounds, "rounds", 7, "rounds, of which medians are taken; what takes long has half as many")
	flag.IntVar(&o.starts, "starts", 15, "starts of each server")
	flag.IntVar(&o.team, "team", 0, "callers with rules and tokens in a file of --callers, for our server over HTTP; 0 is none")
	only := flag.String("only", "", "regular expression of the steps to run; all by default")
	flag.Parse()
	var err error
	if o.only, err = regexp.Compile(*only); err != nil || flag.NArg() != 1 || o.team < 0 || min(o.calls, o.rounds, o.starts) < 1 {
		fmt.Fprintln(os.Stderr, "usage: bench [-calls 400] [-rounds 7] [-starts 15] [-team 0] [-only STEPS] BINARY")
		os.Exit(2)
	}
	o.binary = flag.Arg(0)
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	ctx, cancel = context.WithTimeout(ctx, 15*time.Minute)
	defer cancel()
	if err := bench(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// fewRounds is how often that is measured which takes long.
func (o options) fewRounds() int { return (o.rounds + 1) / 2 }

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
	for _, step := range []struct {
		name string
		do   func(context.Context) error
	}{
		{"starts", r.measureStarts},
		{"chats", onEach(r.measureChats)},
		{"progress", onEach(r.measureFirstProgress)},
		{"streams", r.measureOpenStreams},
		{"prompts", onEach(r.measurePrompts)},
		{"tools", r.measureTools},
		{"embed", r.measureEmbed},
		{"files", r.measureEmbedFiles},
		{"process", r.measureInProcess},
	} {
		if !o.only.MatchString(step.name) {
			continue
		}
		begun := time.Now()
		if err := step.do(ctx); err != nil {
			return err
		}
		fmt.Fprintf(os.Stderr, "%s: %.0f s\n", step.name, time.Since(begun).Seconds())
	}
	return r.print()
}

// print writes what was run and where, and the table.
func (r *run) print() error {
	for column, p := range r.programs {
		info, err := os.Stat(p.binary)
		if err != nil {
			return err
		}
		r.add("stripped binary", "MB", column, float64(info.Size())/1e6)
	}
	fmt.Fprintf(os.Stdout, "`go run ./testdata/bench -calls %d -rounds %d -starts %d -team %d %s`: ",
		r.calls, r.rounds, r.starts, r.team, filepath.ToSlash(r.binary))
	fmt.Fprintf(os.Stdout, "%s %s/%s, %d cores\n\n", runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU())
	r.table.print(os.Stdout)
	return nil
}
