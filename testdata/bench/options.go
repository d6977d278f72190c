package main

import (
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// options are what a run depends on.
type options struct {
	binary                string
	calls, rounds, starts int
	team                  int
	only                  *regexp.Regexp
	litellm               string // the program; "" measures without it
	cold, write           bool
	figures               string // file for them; "" writes no file
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
