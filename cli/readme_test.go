package cli

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/tools"
)

var update = flag.Bool("update", false, "write golden files and the README's tables")

// The README's tables are generated from the code, so that they cannot go stale.
func TestReadmeTables(t *testing.T) {
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	current := string(readme)
	for name, table := range map[string]string{
		"tools": toolsTable(t), "flags": flagsTable(t), "http flags": httpFlagsTable(t),
		"codes": codesTable(), "warnings": warningsTable(),
	} {
		current = replaceBetween(t, current, "<!-- generated: "+name+" -->\n", "<!-- end: "+name+" -->", table)
	}
	if current == string(readme) {
		return
	}
	if !*update {
		t.Fatal("the README's tables are not what the code says; run make golden")
	}
	if err := os.WriteFile("../README.md", []byte(current), 0o644); err != nil {
		t.Fatal(err)
	}
}

func replaceBetween(t *testing.T, text, start, end, replacement string) string {
	t.Helper()
	before, rest, ok := strings.Cut(text, start)
	_, after, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("README.md lacks the markers %q and %q", start, end)
	}
	return before + start + replacement + end + after
}

func toolsTable(t *testing.T) string {
	p, err := provider.New(provider.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	var b strings.Builder
	for _, tool := range tools.All(p) {
		fmt.Fprintf(&b, "**`%s`**: %s\n\n| parameter | |\n|---|---|\n", tool.Name, tool.Description)
		for _, property := range schemaProperties(t, tool.RawInputSchema) {
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
		fmt.Fprintf(&b, "| `%s` | %s |\n", c.Code, c.Meaning)
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

// schemaProperties returns each property's name and description, in the schema's
// order.
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
		var property struct{ Description string }
		if err := decoder.Decode(&property); err != nil {
			t.Fatal(err)
		}
		all = append(all, [2]string{name.(string), property.Description})
	}
	return all
}

// flagsTable lists the flags of every command and of those that offer tools.
func flagsTable(t *testing.T) string {
	root := model(t)
	return flagTable(append(root.Flags, command(t, root, "stdio").Flags...))
}

// httpFlagsTable lists the flags that only http has.
func httpFlagsTable(t *testing.T) string {
	root := model(t)
	own := slices.DeleteFunc(command(t, root, "http").Flags, func(f *kong.Flag) bool {
		return slices.ContainsFunc(command(t, root, "stdio").Flags, func(shared *kong.Flag) bool { return shared.Name == f.Name })
	})
	return flagTable(own)
}

func model(t *testing.T) *kong.Application {
	t.Helper()
	parser, err := newParser(t.Context(), &program{})
	if err != nil {
		t.Fatal(err)
	}
	return parser.Model
}

func command(t *testing.T, root *kong.Application, name string) *kong.Node {
	t.Helper()
	i := slices.IndexFunc(root.Children, func(c *kong.Node) bool { return c.Name == name })
	if i < 0 {
		t.Fatalf("there is no command %s", name)
	}
	return root.Children[i]
}

func flagTable(flags []*kong.Flag) string {
	var b strings.Builder
	b.WriteString("| flag | environment | |\n|---|---|---|\n")
	for _, f := range flags {
		if f.Name == "help" {
			continue
		}
		fmt.Fprintf(&b, "| `--%s` | %s | %s |\n", f.Name, environment(f), strings.ReplaceAll(f.Help, "|", `\|`))
	}
	return b.String()
}

func environment(f *kong.Flag) string {
	if f.Name == "api-key-file" {
		return "`OVH_AI_ENDPOINTS_ACCESS_TOKEN`, `OVHCLOUD_API_KEY` hold the key itself"
	}
	if len(f.Envs) == 0 {
		return ""
	}
	return "`" + strings.Join(f.Envs, "`, `") + "`"
}
