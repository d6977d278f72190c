package main

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"strings"
)

// report returns what was run and where, what misses its target, and the table.
func (r *run) report() []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "`%s`: %s on %s, %d cores.\n\n", r.command, r.version, processor(), runtime.NumCPU())
	var missed []string
	met := 0
	for _, t := range targets() {
		switch value := t.value(r.table); {
		case math.IsNaN(value):
		case t.met(value):
			met++
		default:
			missed = append(missed, fmt.Sprintf("- %s: %s, %s is the target", t.measure, t.describe(value), t))
		}
	}
	fmt.Fprintf(&b, "%d targets are met, %d are missed", met, len(missed))
	if len(missed) > 0 {
		fmt.Fprintf(&b, ":\n\n%s", strings.Join(missed, "\n"))
	} else {
		b.WriteString(".")
	}
	b.WriteString("\n\n")
	r.print(&b)
	return b.Bytes()
}

// describe returns a value of what the target bounds.
func (t target) describe(value float64) string {
	if t.than != "" {
		return figure(value) + " of " + t.than
	}
	return figure(value) + " " + t.unit
}

// summary is one sentence for the README.
func (r *run) summary() string {
	stdio, http := transports()[0], transports()[1]
	bare := func(measure, unit string) string { return figure(r.row(measure, unit).toBare()) }
	const text = "Beside the least that a chat tool on mcp-go can be, a call takes %s of the CPU over stdio and %s over HTTP,\n" +
		"and 16 callers get %s times the calls/s over stdio and %s times over HTTP; the first progress is there %s ms after the\n" +
		"model's first token. [docs/performance.md](docs/performance.md) has these and other figures, and the targets that are missed.\n"
	return fmt.Sprintf(text,
		bare(stdio.cpu(16), "ms"), bare(http.cpu(16), "ms"), bare(stdio.perSecond(16), "calls/s"), bare(http.perSecond(16), "calls/s"),
		figure(ownMedian(r.row(stdio.firstProgress(), "ms"))))
}

// keep puts the report, the plot, the summary and the figures where they are kept.
func (r *run) keep() error {
	var plot, figures bytes.Buffer
	r.plot(&plot)
	r.writeFigures(&figures)
	if err := replaceGenerated(filepath.Join("docs", "performance.md"), r.report()); err != nil {
		return err
	}
	if err := replaceGenerated("README.md", []byte(r.summary())); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join("docs", "performance.svg"), plot.Bytes(), 0o644); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join("testdata", "bench", "figures.txt"), figures.Bytes(), 0o644)
}

// replaceGenerated replaces the part of a document that is generated here.
func replaceGenerated(path string, text []byte) error {
	const start, end = "<!-- generated: performance -->\n", "<!-- end: performance -->"
	document, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, begins := strings.Cut(string(document), start)
	_, after, ends := strings.Cut(rest, end)
	if !begins || !ends {
		return fmt.Errorf("%s has no generated part named performance", path)
	}
	return os.WriteFile(path, []byte(before+start+string(text)+end+after), 0o644)
}
