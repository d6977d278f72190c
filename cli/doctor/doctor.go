// Package doctor finds out whether the program can work as it is configured: whether the
// service can be reached, how old its catalogue is, which limits are in force, which
// folders can be used. It knows neither flags nor the form in which a report is shown.
//
// A [Check] looks at one thing and returns findings. No check calls a model but [Call],
// and no finding holds a key, a token or a password.
package doctor

import (
	"context"
	"time"
)

// Status says how a check ended.
type Status string

// The statuses.
const (
	OK      Status = "ok"
	Warning Status = "warning" // it works, but maybe not as the user wants
	Failed  Status = "failed"
	Skipped Status = "skipped" // there was nothing to check, or it could not be
)

// Finding is one thing that a check found.
type Finding struct {
	Status Status `json:"status"`
	Found  string `json:"found"`
	Hint   string `json:"hint,omitempty"` // what to do
}

// Good, Warn, Fail and Skip return findings of each status.
func Good(found string) Finding { return Finding{Status: OK, Found: found} }

// Warn returns a finding of what works, but maybe not as the user wants.
func Warn(found, hint string) Finding { return Finding{Warning, found, hint} }

// Fail returns a finding of what does not work.
func Fail(found, hint string) Finding { return Finding{Failed, found, hint} }

// Skip returns a finding of what was not checked.
func Skip(found string) Finding { return Finding{Status: Skipped, Found: found} }

// Check looks at one thing.
type Check struct {
	Name string
	Run  func(context.Context) []Finding
}

// Row is a finding with the name of its check.
type Row struct {
	Name string `json:"name"`
	Finding
}

// maxTime bounds all checks together.
const maxTime = 15 * time.Second

// Run runs all checks at once, for 15 s at most, and returns their findings in the order
// of the checks.
func Run(ctx context.Context, checks []Check) []Row {
	ctx, cancel := context.WithTimeout(ctx, maxTime)
	defer cancel()
	results := make([]chan []Finding, len(checks))
	for i, check := range checks {
		results[i] = make(chan []Finding, 1) // a check that never ends, as of a folder of a dead server, is left behind
		go func() { results[i] <- check.Run(ctx) }()
	}
	var rows []Row
	for i, check := range checks {
		for _, finding := range await(ctx, results[i]) {
			rows = append(rows, Row{check.Name, finding})
		}
	}
	return rows
}

// await prefers findings to the end of the time: a check that the context ended says more.
func await(ctx context.Context, result <-chan []Finding) []Finding {
	select {
	case findings := <-result:
		return findings
	case <-ctx.Done():
	}
	grace := time.NewTimer(time.Second)
	defer grace.Stop()
	select {
	case findings := <-result:
		return findings
	case <-grace.C:
		const hint = "try again; if it is a folder, see whether its file system answers"
		return []Finding{Fail("the check did not end within "+maxTime.String(), hint)}
	}
}

// Worst returns the status of a whole report: failed, warning or ok.
func Worst(rows []Row) Status {
	findings := make([]Finding, len(rows))
	for i, row := range rows {
		findings[i] = row.Finding
	}
	return WorstOf(findings)
}

// WorstOf returns the worst status of findings: failed, warning or ok.
func WorstOf(findings []Finding) Status {
	worst := OK
	for _, f := range findings {
		switch f.Status {
		case Failed:
			return Failed
		case Warning:
			worst = Warning
		}
	}
	return worst
}
