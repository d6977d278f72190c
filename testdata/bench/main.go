// Command bench compares the built binary with a bare mcp-go tool and with the direct
// call to the same upstream, over stdio and over HTTP, and prints the figures, their
// ratios, and whether they meet the targets.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// options are what a run depends on.
type options struct {
	binary                string
	calls, rounds, starts int
	team                  int
	only                  *regexp.Regexp
	litellm               string // the program; "" is none
	cold, write           bool
	figures               string // file for them; "" is none
	command, version      string // as the report names them
}

// fewRounds is how often that is measured which takes long.
func (o options) fewRounds() int { return (o.rounds + 1) / 2 }

func parseOptions() (o options, err error) {
	flag.IntVar(&o.calls, "calls", 400, "calls in each measurement, at least four of each caller")
	flag.IntVar(&o.rounds, "rounds", 7, "rounds, of which medians are taken; what takes long has half as many")
	flag.IntVar(&o.starts, "starts", 15, "starts of each server")
	flag.IntVar(&o.team, "team", 0, "callers with rules and tokens in a file of --callers, for our server over HTTP; 0 is none")
	flag.StringVar(&o.litellm, "litellm", "", "program of LiteLLM's proxy, which is measured, too")
	flag.BoolVar(&o.cold, "cold", false, "measure builds with an empty cache, which take minutes")
	flag.BoolVar(&o.write, "write", false, "write docs/performance.md, its plot, the line of the README and testdata/bench/figures.txt")
	flag.StringVar(&o.figures, "figures", "", "file for the figures of all rounds, as benchstat reads them")
	only := flag.String("only", "", "regular expression of the steps to run; all by default")
	flag.Parse()
	if o.only, err = regexp.Compile(*only); err != nil {
		return o, err
	}
	if flag.NArg() != 1 || o.team < 0 || min(o.calls, o.rounds, o.starts) < 1 || o.write && *only != "" {
		return o, errors.New("usage: bench [FLAGS] BINARY, where -write goes without -only; -help lists the flags")
	}
	o.binary = flag.Arg(0)
	o.command = "go run ./testdata/bench " + filepath.ToSlash(strings.Join(os.Args[1:], " "))
	version, err := exec.Command(o.binary, "--version").Output()
	o.version = strings.TrimSpace(string(version))
	return o, err
}

func main() {
	o, err := parseOptions()
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(2)
	}
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
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
		r.table.writeFigures(&figures)
		if err := os.WriteFile(r.figures, figures.Bytes(), 0o644); err != nil {
			return err
		}
	}
	if r.write {
		return r.keep()
	}
	return nil
}
