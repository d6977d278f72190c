package cli

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

var update = flag.Bool("update", false, "write golden files and the README's tables")

// The tables of the documents are generated from the code, so that they cannot go
// stale.
func TestDocumentTables(t *testing.T) {
	for path, tables := range map[string]map[string]string{
		"../README.md": {
			"tools": toolsList(), "flags": flagTable(everyCommand, offersTools, serves), "http flags": flagTable(servesHTTP),
		},
		"../docs/troubleshooting.md": {"codes": codesTable(), "warnings": warningsTable()},
		"../docs/clients.md":         {"setup": setupBlocks(t)},
		"../docs/tools.md":           {"parameters": parametersTable(t)},
		"../docs/emulator.md":        {"flags": emulatorFlags(), "faults": faultsTable()},
	} {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		current := string(content)
		for name, table := range tables {
			current = replaceBetween(t, current, "<!-- generated: "+name+" -->\n", "<!-- end: "+name+" -->", table)
		}
		switch {
		case current == string(content):
		case !*update:
			t.Errorf("the tables of %s are not what the code says; run make golden", path)
		default:
			if err := os.WriteFile(path, []byte(current), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// Each code has a section that says what helps, and no section is about another one.
func TestTroubleshootingHasEachCode(t *testing.T) {
	content, err := os.ReadFile("../docs/troubleshooting.md")
	if err != nil {
		t.Fatal(err)
	}
	written := map[string]string{}
	for _, section := range strings.Split(string(content), "\n### ")[1:] {
		code, body, _ := strings.Cut(section, "\n")
		written[code], _, _ = strings.Cut(body, "\n## ")
	}
	for _, c := range provider.Codes() {
		if len(strings.TrimSpace(written[string(c.Code)])) < 60 {
			t.Errorf("%s is not explained", c.Code)
		}
		delete(written, string(c.Code))
	}
	for code := range written {
		t.Errorf("%s is no code", code)
	}
}

func replaceBetween(t *testing.T, text, start, end, replacement string) string {
	t.Helper()
	before, rest, ok := strings.Cut(text, start)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("the document lacks the markers %q and %q", start, end)
	}
	return before + start + replacement + end + after
}

// toolsList has a line for each tool.
func toolsList() string {
	var b strings.Builder
	b.WriteString("| tool | what it is for |\n|---|---|\n")
	for _, tool := range allTools() {
		fmt.Fprintf(&b, "| [`%s`](docs/tools.md#%[1]s) | %s |\n", tool.Name, tool.Use)
	}
	return b.String()
}

// parametersTable has each tool's description and parameters.
func parametersTable(t *testing.T) string {
	var b strings.Builder
	for _, tool := range allTools() {
		fmt.Fprintf(&b, "## %s\n\n%s\n\n| parameter | |\n|---|---|\n", tool.Name, tool.Description)
		for _, property := range schemaProperties(t, tool.WithSchemas().RawInputSchema) {
			fmt.Fprintf(&b, "| `%s` | %s |\n", property[0], strings.ReplaceAll(property[1], "|", `\|`))
		}
		b.WriteString("\n")
	}
	return b.String()
}

func codesTable() string {
	var b strings.Builder
	b.WriteString("| code | meaning |\n|---|---|\n")
	for _, c := range provider.Codes() {
		fmt.Fprintf(&b, "| [`%s`](#%[1]s) | %s |\n", c.Code, c.Meaning)
	}
	return b.String()
}

func warningsTable() string {
	var b strings.Builder
	b.WriteString("| warning | meaning |\n|---|---|\n")
	for _, w := range provider.Warnings() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", w.Code, w.Meaning)
	}
	return b.String()
}

func emulatorFlags() string {
	var b strings.Builder
	b.WriteString("| flag | |\n|---|---|\n")
	newProgram("").emulatorCommand().Flags().VisitAll(func(f *pflag.Flag) { fmt.Fprintf(&b, "| `--%s` | %s |\n", f.Name, f.Usage) })
	return b.String()
}

func faultsTable() string {
	var b strings.Builder
	b.WriteString("| word | what happens |\n|---|---|\n")
	for _, w := range emulator.FaultWords() {
		fmt.Fprintf(&b, "| `%s` | %s |\n", w.Form, w.Meaning)
	}
	return b.String()
}

// schemaProperties returns each property's name, and its description with the default,
// in the schema's order.
func schemaProperties(t *testing.T, schema json.RawMessage) [][2]string {
	t.Helper()
	var outer struct{ Properties json.RawMessage }
	if err := json.Unmarshal(schema, &outer); err != nil {
		t.Fatal(err)
	}
	decoder := json.NewDecoder(strings.NewReader(string(outer.Properties)))
	if _, err := decoder.Token(); err != nil {
		t.Fatal(err)
	}
	var all [][2]string
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			t.Fatal(err)
		}
		var property struct {
			Description string
			Default     any
		}
		if err := decoder.Decode(&property); err != nil {
			t.Fatal(err)
		}
		if property.Default != nil {
			property.Description += fmt.Sprintf("; default `%v`", property.Default)
		}
		all = append(all, [2]string{name.(string), property.Description})
	}
	return all
}

// flagTable lists the options with the scopes.
func flagTable(scopes ...scope) string {
	var b strings.Builder
	b.WriteString("| flag, key of the config file | variable | |\n|---|---|---|\n")
	for _, row := range newProgram("").rows {
		if slices.Contains(scopes, row.scope) {
			fmt.Fprintf(&b, "| `--%s` | %s | %s |\n", row.name, variable(row), strings.ReplaceAll(row.documentation(), "|", `\|`))
		}
	}
	return b.String()
}

func variable(row option) string {
	switch {
	case row.name == "api-key-file":
		return "`" + strings.Join(keyVariables(), "`, `") + "` hold the key itself"
	case row.variable == "":
		return ""
	default:
		return "`" + row.variable + "`"
	}
}
