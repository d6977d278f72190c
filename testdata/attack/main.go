// Command attack starts the built binary, attacks it in the ways that people have
// found, and checks that it keeps its promises: bounded memory, answers for everyone,
// other callers who notice little, and an end when it is told to stop.
//
// The attackers run in a process of their own, which gives way to the server where the
// processors are few. Everything else is in this one: the service that the binary asks,
// the honest caller whose calls are timed, and the judge.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"regexp"
)

func main() {
	var o options
	flag.BoolVar(&o.short, "short", false, "leave out the long attacks, and make the others shorter")
	run := flag.String("run", "", "run only the attacks whose name this regular expression matches")
	attacking := flag.String("as", "", "attack the server at the URL with this one attack; the program runs itself so")
	flag.Parse()
	only, err := regexp.Compile(*run)
	if flag.NArg() != 1 || err != nil {
		fmt.Fprintln(os.Stderr, "usage: attack [-short] [-run PATTERN] BINARY")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if *attacking != "" {
		err = runAttacker(ctx, *attacking, flag.Arg(0), o.short)
	} else {
		o.binary, o.only = flag.Arg(0), only
		err = attackAll(ctx, o)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// options configure a run.
type options struct {
	binary string
	short  bool
	only   *regexp.Regexp
}

// attackAll tries all attacks, one after the other, each on a server of its own: what
// one leaves behind must not count for the next.
func attackAll(ctx context.Context, o options) error {
	folder, err := os.MkdirTemp("", "attack-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(folder)
	up, err := startUpstream()
	if err != nil {
		return err
	}
	defer up.close()
	group, err := newMemoryGroup(groupLimit)
	if err != nil {
		fmt.Fprintf(os.Stdout, "no cgroup can be made here (%v): the peak of each process judges alone\n", err)
	} else {
		defer group.remove()
		fmt.Fprintf(os.Stdout, "the server runs in a cgroup of %d MiB\n", groupLimit>>20)
	}
	j := judge{options: o, folder: folder, upstream: up, group: group}
	if err := writeTokens(j.tokenFile()); err != nil {
		return err
	}
	r := newReport(os.Stdout)
	for _, a := range allAttacks() {
		if ctx.Err() == nil && o.only.MatchString(a.name) && (a.short || !o.short) {
			r.add(a.name, j.try(ctx, a))
		}
	}
	return r.end()
}
