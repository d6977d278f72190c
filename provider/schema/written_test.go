package schema_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/schema"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// What libraries write is taken, or the golden table says why not. The files in
// testdata/written are made by the packages and versions that they are named after:
// schemas, each with data that the same library writes for them and data that it
// refuses. `make interop` makes them anew, compares them, and says how to renew them.
func TestWhatLibrariesWrite(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/written/*.json")
	if err != nil || len(files) < 6 {
		t.Fatalf("got the files %q, %v", files, err)
	}
	var table strings.Builder
	table.WriteString("Schemas as libraries write them: whether each is taken, what is not sent, and what is not checked.\n")
	for _, file := range files {
		fmt.Fprintf(&table, "\n%s\n", strings.TrimSuffix(filepath.Base(file), ".json"))
		for _, c := range readWritten(t, file) {
			fmt.Fprintf(&table, "  %s: %s\n", c.Name, c.outcome(t))
		}
	}
	const golden = "testdata/written.golden"
	if *update {
		if err := os.WriteFile(golden, []byte(table.String()), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), table.String()); diff != "" {
		t.Errorf("%s (-want +got); go test ./provider/schema -update rewrites it:\n%s", golden, diff)
	}
}

type written struct {
	Name    string            `json:"name"`
	Schema  json.RawMessage   `json:"schema"`
	Valid   []json.RawMessage `json:"valid"`
	Invalid []json.RawMessage `json:"invalid"`
}

func readWritten(t *testing.T, file string) []written {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var cases []written
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	return cases
}

// outcome says what became of a schema. What is sent has to mean the same.
func (w written) outcome(t *testing.T) string {
	t.Helper()
	compiled, err := schema.Compile(t.Context(), w.Schema)
	if err != nil {
		return "refused: " + err.Error()
	}
	sent, err := schema.Compile(t.Context(), compiled.WithoutAnnotations)
	if err != nil {
		t.Errorf("%s is sent as %s: %v", w.Name, compiled.WithoutAnnotations, err)
		return "sent as no schema"
	}
	outcome := "taken"
	if compiled.Dropped != nil {
		outcome += "; not sent: " + strings.Join(compiled.Dropped, ", ")
	}
	if compiled.Adapted != nil {
		outcome += "; not checked: " + strings.Join(compiled.Adapted, ", ")
	}
	for _, value := range w.Valid {
		if _, wrong := compiled.Read(t.Context(), string(value)); wrong != nil {
			outcome += fmt.Sprintf("; the library's own data is not valid: %s", strings.Join(wrong, ", "))
			continue
		}
		if _, wrong := sent.Read(t.Context(), string(value)); wrong != nil {
			t.Errorf("%s: %s is valid, but not as sent by %s: %q", w.Name, value, compiled.WithoutAnnotations, wrong)
		}
	}
	for _, value := range w.Invalid {
		if data, _ := compiled.Read(t.Context(), string(value)); data != nil {
			outcome += fmt.Sprintf("; valid, but not for the library: %s", value)
		}
	}
	return outcome
}
