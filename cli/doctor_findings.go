package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/cli/doctor"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
)

// failureOf is a finding with the words of an error that would end another command.
func failureOf(err error) doctor.Finding {
	var usage usageError
	errors.As(err, &usage)
	return doctor.Fail(err.Error(), usage.hint)
}

// configFinding names the config file and the options that it sets.
func (e *examination) configFinding() doctor.Finding {
	switch {
	case e.mistake != nil:
		return failureOf(e.mistake)
	case !e.config.found && e.config.path == "":
		return doctor.Good("no file: there is no home folder")
	case !e.config.found:
		return doctor.Good("no file at " + e.config.path)
	}
	var sets []string
	for _, name := range slices.Sorted(maps.Keys(e.config.options)) {
		if from, given := e.options.origins[name]; given && from != fromFile(e.config, e.config.options[name].line, name) {
			name += " (" + string(from) + " wins)"
		}
		sets = append(sets, name)
	}
	if n := len(e.config.models); n > 0 {
		sets = append(sets, text.Count(n, "named model"))
	}
	if e.config.defaults != (provider.Defaults{}) {
		sets = append(sets, "defaults")
	}
	if sets == nil {
		return doctor.Good(e.config.path + " sets nothing")
	}
	return doctor.Good(e.config.path + " sets " + strings.Join(sets, ", "))
}

// keyFindings say where the key comes from and what can be seen of it.
func keyFindings(key *apiKey, err error, baseURL string) []doctor.Finding {
	var findings []doctor.Finding
	switch {
	case err != nil:
		findings = append(findings, failureOf(err))
	case key.text == "" && provider.IsAIEndpoints(baseURL):
		findings = append(findings, doctor.Warn("none: the free tier", "make a key in OVHcloud's Control Panel: Public Cloud, "+
			"AI Endpoints, API keys; "+whereKeysGo()))
	case key.text == "":
		findings = append(findings, doctor.Warn("none: requests go out without one", "if the service wants one, "+whereKeysGo()))
	default:
		form := ""
		if strings.HasPrefix(key.text, "eyJ") && strings.Count(key.text, ".") == 2 {
			form = ", a JSON Web Token"
		}
		findings = append(findings, doctor.Good(fmt.Sprintf("of %s: %s%s", key.from, text.Count(len(key.text), "character"), form)))
	}
	for _, w := range key.warnings {
		findings = append(findings, doctor.Warn(w.found, w.hint))
	}
	return findings
}

func whereKeysGo() string {
	return "set it as " + keyVariables()[0] + ", or put it into a file for --api-key-file"
}

// limits are the bounds of a call.
func (e *examination) limits() doctor.Check {
	o := &e.options
	inFlight := "any number of requests"
	if o.MaxInFlight > 0 {
		inFlight = "at most " + text.Count(o.MaxInFlight, "request")
	}
	limits := fmt.Sprintf("%s in flight; a call takes at most %s, and waits at most %s for rate limits; %d MiB of memory",
		inFlight, shortDuration(o.Timeout), shortDuration(o.MaxWait), o.memory(false).Total>>20)
	return found("limits", doctor.Good(limits))
}

func (e *examination) cache() doctor.Check {
	if e.options.Sandbox {
		return found("cache", doctor.Skip("the sandbox uses none"))
	}
	return doctor.Check{Name: "cache", Run: func(context.Context) []doctor.Finding { return doctor.Cache(e.options.cacheDir()) }}
}

// folders checks the folders that calls may use.
func (e *examination) folders() doctor.Check {
	o := &e.options
	return doctor.Check{Name: "folders", Run: func(context.Context) (findings []doctor.Finding) {
		for _, folder := range o.AllowDirs {
			findings = append(findings, doctor.Folder(string(o.from("allow-dir")), folder))
		}
		if len(o.AllowDirs) == 0 {
			findings = append(findings, doctor.Good("none: no local files are read; --allow-dir allows a folder"))
		}
		if o.WriteDir != "" {
			findings = append(findings, doctor.WriteFolder(string(o.from("write-dir")), o.WriteDir))
		}
		return findings
	}}
}

// printFindings prints a table with a hint a line, or JSON.
func (e *examination) printFindings(rows []doctor.Row, asJSON bool) error {
	if asJSON {
		return printJSON(e.out, struct {
			Status  doctor.Status `json:"status"`
			Version string        `json:"version"`
			Sandbox string        `json:"sandbox,omitempty"`
			Checks  []doctor.Row  `json:"checks"`
		}{doctor.Worst(rows), e.version, e.sandboxNote(), rows})
	}
	var b strings.Builder
	writeTable(&b, rows, maxWidth(e.out), isTerminal(e.out) && os.Getenv("NO_COLOR") == "")
	if _, err := io.WriteString(e.out, b.String()); err != nil {
		return fmt.Errorf("printing the findings: %w", err)
	}
	return nil
}

func writeTable(w io.Writer, rows []doctor.Row, width int, coloured bool) {
	signs := map[doctor.Status]string{doctor.OK: "✓", doctor.Warning: "!", doctor.Failed: "✗", doctor.Skipped: "–"}
	colours := map[doctor.Status]string{doctor.OK: "32", doctor.Warning: "33", doctor.Failed: "31", doctor.Skipped: "2"}
	counts := map[doctor.Status]int{}
	var names []string
	for _, row := range rows {
		names = append(names, row.Name)
		counts[row.Status]++
	}
	for i, row := range rows {
		status := fmt.Sprintf("%s %-7s", signs[row.Status], row.Status)
		if coloured {
			status = "\x1b[" + colours[row.Status] + "m" + status + "\x1b[0m"
		}
		if i > 0 && names[i-1] == row.Name {
			row.Name = ""
		}
		name := fmt.Sprintf("  %-*s  ", columnWidth(names), row.Name)
		printHanging(w, status+name, 9+len(name), width, text.Printable(row.Found))
		if row.Hint != "" {
			printHanging(w, "    hint: ", 10, width, text.Printable(row.Hint))
		}
	}
	fmt.Fprintf(w, "%s: %d ok, %s, %d failed, %d skipped\n", text.Count(len(rows), "finding"),
		counts[doctor.OK], text.Count(counts[doctor.Warning], "warning"), counts[doctor.Failed], counts[doctor.Skipped])
}
