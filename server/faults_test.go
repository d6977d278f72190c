package server_test

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

const faultsGolden = "../testdata/golden/faults.md"

// column is a tool that meets the faults.
type column struct {
	name, tool, arguments string
	calling               string // arguments that are answered with tool calls; "" is none
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
		{name: "structured-extract", tool: "structured-extract", arguments: `{"text":"12 chairs","model":"gpt-oss-120b","schema":` + schema + `}`},
		{name: "embed", whole: true, tool: "embed", arguments: `{"input":["a","b"],"model":"Qwen3-Embedding-8B","dimensions":32}`},
		{name: "catalogue", whole: true, catalogue: true, tool: "resolve-virtual-model", arguments: `{"query":"llama@biggest"}`},
	}
}

// outcome is what a client saw of a call.
type outcome struct {
	code     string // of the error; "ok" of an answer; of the catalogue, its source
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

// String gives a cell of the table. Pauses have jitter, so only long times are
// told, in tens of seconds.
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

// TestFaults meets every fault with every tool, and compares what a client sees
// with the golden file. The clock is virtual: nobody waits for a slow answer.
func TestFaults(t *testing.T) {
	table := newFaultTable()
	id := newIdentity(t)
	t.Run("columns", func(t *testing.T) {
		for _, c := range columns() {
			t.Run(c.name, func(t *testing.T) {
				t.Parallel()
				for _, f := range slices.Concat(faults(), statuses()) {
					t.Run(f.name, func(t *testing.T) { meet(t, table, c, f, id) })
				}
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
		return // some subtests were not asked for
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

// meet fills the cell of a fault and a tool. In each of them the error is
// nobody's defect and in plain words, the next call is answered, and no
// connection is left.
func meet(t *testing.T, table *faultTable, c column, f fault, id identity) {
	if f.events && c.whole || f.calls && c.calling == "" {
		table.add(f.name, c.name, "–")
		return
	}
	arguments := c.arguments
	if f.calls {
		arguments = c.calling
	}
	synctest.Test(t, func(t *testing.T) {
		u := newFaultyUpstream(t, emulator.Options{}, id)
		scheme := "http"
		if f.distrust {
			scheme = "https"
		}
		r := connectTo(t, u, scheme)
		if !c.catalogue {
			r.succeed("resolve-virtual-model", `{"query":"llama@biggest"}`, nil) // reads the catalogue
		}
		u.meet(&f)
		start := time.Now()
		got := r.call(c.tool, arguments)
		o := outcomeOf(got)
		o.took, o.requests = time.Since(start), u.meet(nil)
		table.add(f.name, c.name, o.String())
		checkPlain(t, o, got)
		if c.catalogue {
			<-time.After(time.Hour) // longer than any pause before it is read again
		}
		r.succeed(c.tool, arguments, nil)
		<-time.After(time.Minute) // for connections to close: TLS says goodbye, and waits for it
		synctest.Wait()
		if n := u.left(); n > 0 {
			t.Errorf("%d connections are still open", n)
		}
	})
}

// checkPlain: what the client reads is for people, not from the innards of Go.
func checkPlain(t *testing.T, o outcome, got result) {
	t.Helper()
	if o.code == "internal" {
		t.Error("a fault of the service is called a defect of this program")
	}
	text := strings.Join(got.texts, "\n")
	for _, inner := range []string{"EOF", "net/http", "invalid character", "JSON input", "json:", "gzip:", "bufio", "%!", "runtime error", "goroutine"} {
		if strings.Contains(text, inner) {
			t.Errorf("the text holds %q: %s", inner, text)
		}
	}
}

// faultTable collects the cells of the matrix.
type faultTable struct {
	mu    sync.Mutex
	cells map[string]map[string]string // by row, then by column
}

func newFaultTable() *faultTable { return &faultTable{cells: map[string]map[string]string{}} }

func (table *faultTable) add(row, column, cell string) {
	table.mu.Lock()
	defer table.mu.Unlock()
	if table.cells[row] == nil {
		table.cells[row] = map[string]string{}
	}
	table.cells[row][column] = cell
}

func (table *faultTable) complete() bool {
	for _, cells := range table.cells {
		if len(cells) < len(columns()) {
			return false
		}
	}
	return len(table.cells) == len(faults())+len(statuses())+1
}

const faultsIntro = `# What a client sees of an upstream that fails

Generated by TestFaults (server/faults_test.go), which meets each fault with each tool through a real client and a virtual clock;
` + "`make golden`" + ` rewrites it. A cell holds the error's code, or ` + "`ok`" + ` and the warnings of the answer (of the catalogue, the source that it
was read from), and × how many requests went out. A time is told from ten seconds on. A dash is a fault that the answer cannot have:
embeddings and the catalogue are no streams, and only chat has tool calls. Unless a row says "once", every request of the call meets the fault; the next call is
always answered. The catalogue is two requests, its own and the one for the served models.

`

// String gives the golden file. Statuses with the same cells share a row.
func (table *faultTable) String() string {
	var b strings.Builder
	b.WriteString(faultsIntro)
	table.head(&b, "fault")
	for _, f := range faults() {
		table.row(&b, f.name, f.name)
	}
	table.row(&b, cutEverywhere, cutEverywhere)
	b.WriteString("\n")
	table.head(&b, "HTTP status")
	var shown []string
	for _, f := range statuses() {
		like := func(other fault) bool { return fmt.Sprint(table.cells[other.name]) == fmt.Sprint(table.cells[f.name]) }
		if slices.Contains(shown, f.name) {
			continue
		}
		var same []string
		for _, other := range statuses() {
			if like(other) {
				same = append(same, other.name)
			}
		}
		shown = append(shown, same...)
		table.row(&b, strings.Join(same, ", "), f.name)
	}
	return b.String()
}

func (table *faultTable) head(b *strings.Builder, first string) {
	b.WriteString("| " + first)
	for _, c := range columns() {
		b.WriteString(" | " + c.name)
	}
	b.WriteString(" |\n" + strings.Repeat("|---", len(columns())+1) + "|\n")
}

func (table *faultTable) row(b *strings.Builder, title, row string) {
	b.WriteString("| " + title)
	for _, c := range columns() {
		b.WriteString(" | " + table.cells[row][c.name])
	}
	b.WriteString(" |\n")
}
