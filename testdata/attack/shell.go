package main

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"os/exec"
	"time"
	"unicode"
)

// shellAttacks are of a catalogue whose models have names for a terminal to obey.
func shellAttacks() []attack {
	var all []attack
	for _, name := range []string{"escapes", "escapes in names", "names", "ones"} {
		a := attack{name: "terminal: " + name, short: true, catalog: "/" + url.PathEscape(name)}
		a.runShell = func(ctx context.Context, j *judge, r *result) {
			for _, command := range [][]string{{"models"}, {"models", "--json"}, {"resolve", "llama@biggest"}, {"resolve", noModel}} {
				j.overShell(ctx, a, command, r)
			}
		}
		all = append(all, a)
	}
	return all
}

const (
	noModel    = "no-such-model"
	maxCommand = 10 * time.Second
	maxPrinted = 1 << 20 // bytes
)

// overShell runs a command and checks what it prints.
func (j *judge) overShell(ctx context.Context, a attack, command []string, r *result) {
	var out bytes.Buffer
	cmd := exec.CommandContext(ctx, j.binary, append(command, j.commonFlags(a)...)...)
	cmd.Stdout = &out
	p, err := j.start(cmd)
	if err != nil {
		r.broke("%s: %v", command, err)
		return
	}
	start := time.Now()
	late := time.AfterFunc(2*maxCommand, func() { _ = cmd.Process.Kill() })
	defer late.Stop()
	go p.waitFor()
	for !p.hasEnded() {
		r.peak = max(r.peak, p.usage().peak)
		time.Sleep(10 * time.Millisecond)
	}
	r.Tries++
	out.WriteString(p.logEnd())
	if code := cmd.ProcessState.ExitCode(); code != 0 && command[len(command)-1] != noModel {
		r.broke("%s ended with %d: %.300s", command, code, out.String())
	}
	_ = p.log.Close()
	judgePrinted(command, time.Since(start), out.Bytes(), r)
}

func judgePrinted(command []string, took time.Duration, out []byte, r *result) {
	if took > maxCommand {
		r.broke("%s took %s", command, took.Round(time.Millisecond))
	}
	if r.peak > maxProcess {
		r.broke("peak of %d MB, over %d MB", r.peak, maxProcess)
	}
	if len(out) == 0 || len(out) > maxPrinted {
		r.broke("%s prints %d bytes", command, len(out))
	}
	if at := bytes.IndexFunc(out, obeyed); at >= 0 {
		r.broke("%s prints %s", command, fmt.Sprintf("%.60q", out[max(0, at-20):]))
	}
	if problem := logged(string(out)); problem != "" {
		r.broke("%s: %s", command, problem)
	}
}

// obeyed reports whether a terminal may do something else with a character than show it.
func obeyed(r rune) bool {
	return r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r))
}
