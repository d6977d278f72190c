package e2e

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"
)

var engines = flag.String("engines", "", "Markdown `file` that TestRealServer writes its table into, between the markers of the engine")

// engineReport is the table of what the checks of an engine found.
type engineReport struct {
	checks []string // in order
	rows   map[string]*engineRow
}

type engineRow struct {
	passed, failed, skipped int
	notes                   []string // of the first run
}

// newEngineReport returns a report that is written at the end of the test.
func newEngineReport(t *testing.T) *engineReport {
	report := &engineReport{rows: map[string]*engineRow{}}
	if *engines != "" {
		t.Cleanup(func() { report.write(t) })
	}
	return report
}

// add keeps the outcome of a check that has ended.
func (e *engineReport) add(check string, r *realRun) {
	row := e.rows[check]
	if row == nil {
		row = &engineRow{notes: r.notes}
		e.checks, e.rows[check] = append(e.checks, check), row
	}
	switch {
	case r.Failed():
		row.failed++
	case r.Skipped():
		row.skipped++
	default:
		row.passed++
	}
}

func (row *engineRow) outcome() string {
	switch {
	case row.failed > 0:
		return fmt.Sprintf("**fails** with %d of %d clients", row.failed, row.passed+row.failed+row.skipped)
	case row.skipped > 0:
		return "left out"
	default:
		return "passes"
	}
}

func (e *engineReport) write(t *testing.T) {
	content, err := os.ReadFile(*engines)
	if err != nil {
		t.Fatal(err)
	}
	engine := os.Getenv("AI_ENDPOINTS_TEST_ENGINE")
	start, end := "<!-- generated: "+engine+" -->\n", "<!-- end: "+engine+" -->"
	before, rest, ok := strings.Cut(string(content), start)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s lacks the markers of %q", *engines, engine)
	}
	if err := os.WriteFile(*engines, []byte(before+start+e.table()+end+after), 0o644); err != nil {
		t.Fatal(err)
	}
}

// table is written with every client; only outcomes that are the same for all say so alone.
func (e *engineReport) table() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s. On %s, at commit %s, with %d clients.\n\n", os.Getenv("AI_ENDPOINTS_TEST_ENGINE_VERSION"),
		time.Now().UTC().Format(time.DateOnly), os.Getenv("AI_ENDPOINTS_TEST_COMMIT"), len(agents))
	b.WriteString("| check | outcome | what to know |\n|---|---|---|\n")
	for _, check := range e.checks {
		row := e.rows[check]
		fmt.Fprintf(&b, "| %s | %s | %s |\n", check, row.outcome(), tableCell(row.notes))
	}
	return b.String()
}

// tableCell makes notes one cell, without what differs from run to run.
func tableCell(notes []string) string {
	const most = 320 // characters of a note
	var cells []string
	for _, note := range notes {
		note = regexp.MustCompile(`127\.0\.0\.1:\d+`).ReplaceAllString(strings.Join(strings.Fields(note), " "), "HOST")
		note = strings.NewReplacer("|", `\|`, "<", "&lt;").Replace(note)
		if runes := []rune(note); len(runes) > most {
			note = string(runes[:most]) + "…"
		}
		cells = append(cells, note)
	}
	return strings.Join(cells, "<br>")
}
