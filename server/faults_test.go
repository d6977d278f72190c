package server_test

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

const faultsGolden = "../testdata/golden/faults.md"

// column is a tool that is called under every fault.
type column struct {
	name, tool, arguments string
	calling               string // arguments that are answered with tool calls; "" means none
	catalogue             bool   // the requests for the catalogue meet them, not those to a model
	whole                 bool   // answers are one JSON document, not a stream of events
}

func columns() []column {
	const schema = `{"type":"object","properties":{"n":{"type":"integer"}},"required":["n"],"additionalProperties":false}`
	return []column{
		{
			name: "chat", tool: "chat", arguments: `{"prompt":"hi","model":"gpt-oss-20b"}`,
			calling: `{"prompt":"both","tool_choice":"required","tools":[` + weatherTool + `,` + timeTool + `]}`,
		},
		{name: "describe-image", tool: "describe-image", arguments: `{"image":"` + onePixel + `"}`},
		{name: "structured-extract", tool: "structured-extract",
			arguments: `{"text":"12 chairs","model":"gpt-oss-120b","schema":` + schema + `}`},
		{name: "batch", tool: "batch", arguments: `{"prompt":"Say {{input}}","inputs":["hi"],"model":"gpt-oss-20b"}`},
		{name: "embed", whole: true, tool: "embed", arguments: `{"input":["a","b"],"model":"Qwen3-Embedding-8B","dimensions":32}`},
		{name: "transcribe", whole: true, tool: "transcribe", arguments: `{"audio":"` + speech + `"}`},
		{name: "catalogue", whole: true, catalogue: true, tool: "resolve-virtual-model", arguments: `{"query":"llama@biggest"}`},
	}
}

// outcome is what a client saw of a call.
type outcome struct {
	code     string // of the error, or "ok"; for the catalogue, its source
	warnings []string
	requests int
	took     time.Duration
}

func outcomeOf(got result) outcome {
	var answer struct {
		Error   struct{ Code string }
		Catalog struct{ Source string }
		common
	}
	got.decode(&answer)
	return outcome{code: cmp.Or(answer.Error.Code, answer.Catalog.Source, "ok"), warnings: answer.codes()}
}

// String returns a cell of the table. Waits have jitter, so only long times are shown,
// in tens of seconds.
func (o outcome) String() string {
	text := o.code
	for _, code := range o.warnings {
		text += " +" + code
	}
	text += fmt.Sprint(" ×", o.requests)
	if took := o.took.Round(10 * time.Second); took > 0 {
		text += fmt.Sprintf(" in %g s", took.Seconds())
	}
	return text
}

// TestFaults calls every tool under every fault, and compares what a client sees with
// the golden file. The clock is virtual, so slow answers take no time.
func TestFaults(t *testing.T) {
	table := newFaultTable()
	id := newIdentity(t)
	t.Run("columns", func(t *testing.T) {
		for _, c := range columns() {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				alone, together := faults(), statuses()
				if c.catalogue { // a known catalogue would change the next cell
					alone, together = slices.Concat(alone, together), nil
				}
				for _, f := range alone {
					t.Run(f.name, func(t *testing.T) { meet(t, table, c, id, f) })
				}
				t.Run("statuses", func(t *testing.T) { meet(t, table, c, id, together...) })
				t.Run(cutEverywhere, func(t *testing.T) {
					if c.catalogue {
						table.add(cutEverywhere, c.name, meetCatalogueCuts(t, c, id))
					} else {
						table.add(cutEverywhere, c.name, meetCuts(t, c, id))
					}
				})
			})
		}
	})
	if !table.complete() {
		return // some subtests were not selected
	}
	if *update {
		if err := os.WriteFile(faultsGolden, []byte(table.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(faultsGolden)
	if err != nil {
		t.Fatal(err)
	}
	if got := table.String(); got != string(want) {
		t.Errorf("what clients see of faults is not what %s says; if it should be, run make golden:\n%s", faultsGolden, got)
	}
}

// meet fills the cells of a tool, with one client. In each of them the error is not
// internal and has plain words, the next call is answered, and no connection is left.
func meet(t *testing.T, table *faultTable, c column, id identity, faults ...fault) {
	synctest.Test(t, func(t *testing.T) {
		u := newFaultyUpstream(t, emulator.Options{}, id)
		scheme := "http"
		if slices.ContainsFunc(faults, func(f fault) bool { return f.distrust }) {
			scheme = "https"
		}
		r := connectTo(t, u, scheme)
		if !c.catalogue {
			r.succeed("resolve-virtual-model", `{"query":"llama@biggest"}`, nil) // reads the catalogue
		}
		for _, f := range faults {
			table.add(f.name, c.name, r.meet(u, c, f))
		}
	})
}

func (r *rig) meet(u *faultyUpstream, c column, f fault) (cell string) {
	r.Helper()
	arguments := c.arguments
	switch {
	case f.events && c.whole, f.calls && c.calling == "":
		return "–"
	case f.calls:
		arguments = c.calling
	}
	if c.catalogue && f.once { // its two requests leave together
		f.path = catalogPath
	}
	u.meet(&f)
	start := time.Now()
	got := r.call(c.tool, arguments)
	o := outcomeOf(got)
	o.took, o.requests = time.Since(start), u.meet(nil)
	checkPlain(r.TB, f.name, o, got)
	if c.catalogue {
		<-time.After(time.Hour) // longer than any pause before it is read again
	}
	r.succeed(c.tool, arguments, nil)
	<-time.After(10 * time.Second) // for connections to close: TLS says goodbye, and waits for it
	synctest.Wait()
	if n := u.left(); n > 0 {
		r.Errorf("%s: %d connections are still open", f.name, n)
	}
	return o.String()
}

// checkPlain checks that the client reads no error text of Go's packages.
func checkPlain(t testing.TB, fault string, o outcome, got result) {
	t.Helper()
	if o.code == "internal" {
		t.Errorf("%s is called a defect of this program", fault)
	}
	text := strings.Join(got.texts, "\n")
	for _, inner := range []string{"EOF", "net/http", "invalid character", "JSON input", "json:", "gzip:", "bufio", "%!", "runtime error",
		"goroutine"} {
		if strings.Contains(text, inner) {
			t.Errorf("%s: the text holds %q: %s", fault, inner, text)
		}
	}
}
