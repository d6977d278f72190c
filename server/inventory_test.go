package server_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

var update = flag.Bool("update", false, "rewrite the golden files from what the server says now")

// Limits in bytes: hosts put these texts into every conversation, where they cost
// tokens.
const (
	maxCorePrompt    = 7_500 // name, description and input schema of the first five tools
	maxPrompt        = 11_000
	mostList         = 20_000
	mostInstructions = 600
)

// listed is a tool in the form that clients receive.
type listed struct {
	Name         string             `json:"name"`
	Title        string             `json:"title"`
	Description  string             `json:"description"`
	InputSchema  json.RawMessage    `json:"inputSchema"`
	OutputSchema json.RawMessage    `json:"outputSchema"`
	Annotations  mcp.ToolAnnotation `json:"annotations"`
	Meta         map[string]any     `json:"_meta"`
}

// list returns the tools as they came over the wire.
func (r *rig) list() []listed {
	r.Helper()
	var list struct {
		Tools []listed `json:"tools"`
	}
	if err := json.Unmarshal(r.rawList(), &list); err != nil {
		r.Fatal(err)
	}
	return list.Tools
}

func (r *rig) rawList() json.RawMessage {
	r.Helper()
	if _, err := r.client.ListTools(r.Context(), mcp.ListToolsRequest{}); err != nil {
		r.Fatal(err)
	}
	return r.wire.results["tools/list"]
}

func compile(t testing.TB, schema json.RawMessage) *jsonschema.Schema {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(schema))
	if err != nil {
		t.Fatalf("%v in %s", err, schema)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("schema", document); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("schema")
	if err != nil {
		t.Fatal(err)
	}
	return compiled
}

func TestToolsListIsTheGoldenFile(t *testing.T) {
	var got bytes.Buffer
	if err := json.Indent(&got, connect(t, setup{}).rawList(), "", "  "); err != nil {
		t.Fatal(err)
	}
	got.WriteByte('\n')
	golden := filepath.Join("..", "testdata", "golden", "tools-list.json")
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("tools/list changed; if it should, run make golden and review the diff:\n%s", diff)
	}
}

// instructions returns the server's instructions, which hosts show their models.
func (r *rig) instructions() string {
	r.Helper()
	var hello struct{ Instructions string }
	if err := json.Unmarshal(r.wire.results["server/discover"], &hello); err != nil {
		r.Fatal(err)
	}
	return hello.Instructions
}

func TestWhatHostsPutBeforeAModelIsSmall(t *testing.T) {
	r := connect(t, setup{})
	core, prompt := 0, 0
	for _, tool := range r.list() {
		size := len(tool.Name) + len(tool.Description) + len(tool.InputSchema)
		if prompt += size; slices.Contains(coreTools, tool.Name) {
			core += size
		}
	}
	if core > maxCorePrompt || prompt > maxPrompt {
		t.Errorf("names, descriptions and input schemas take %d bytes, more than %d, or those of the core %d, more than %d",
			prompt, maxPrompt, core, maxCorePrompt)
	}
	if got := len(r.rawList()); got > mostList {
		t.Errorf("tools/list takes %d bytes, more than %d", got, mostList)
	}
	instructions := r.instructions()
	if got := len(instructions); got == 0 || got > mostInstructions {
		t.Errorf("the instructions take %d bytes; 1 to %d are allowed", got, mostInstructions)
	}
	for _, tool := range r.list() {
		if !strings.Contains(instructions, tool.Name) {
			t.Errorf("the instructions do not say what %s is for", tool.Name)
		}
	}
}

func TestEveryToolIsDeclaredInFull(t *testing.T) {
	seen := map[string]bool{}
	for _, tool := range connect(t, setup{}).list() {
		t.Run(tool.Name, func(t *testing.T) {
			if !regexp.MustCompile(`^[A-Za-z0-9_.-]{1,128}$`).MatchString(tool.Name) {
				t.Errorf("%q is not a tool name", tool.Name)
			}
			if seen[tool.Name] {
				t.Errorf("%q is there twice", tool.Name)
			}
			seen[tool.Name] = true
			if tool.Title == "" || tool.Description == "" {
				t.Errorf("title is %q, description is %q", tool.Title, tool.Description)
			}
			a := tool.Annotations
			if a.ReadOnlyHint == nil || a.DestructiveHint == nil || a.IdempotentHint == nil || a.OpenWorldHint == nil {
				t.Fatalf("not every annotation is set: %+v", a)
			}
			if *a.ReadOnlyHint == (tool.Name == "batch") || *a.DestructiveHint || !*a.OpenWorldHint {
				t.Error("a tool that asks a model is read-only but for batch, not destructive, and open-world")
			}
			checkSchema(t, "inputSchema", tool.InputSchema)
			checkSchema(t, "outputSchema", tool.OutputSchema)
			checkDescribed(t, tool.InputSchema)
			checkChecked(t, tool.InputSchema)
			checkOutput(t, tool)
			if hint, _ := tool.Meta["anthropic/searchHint"].(string); hint == "" {
				t.Error("there is no hint to search by")
			}
		})
	}
}

// checkSchema fails for what strict clients refuse.
func checkSchema(t *testing.T, name string, raw json.RawMessage) {
	t.Helper()
	compile(t, raw)
	var schema map[string]any
	if err := json.Unmarshal(raw, &schema); err != nil {
		t.Fatal(err)
	}
	if schema["type"] != "object" {
		t.Errorf("%s has the type %v", name, schema["type"])
	}
	for _, choice := range []string{"anyOf", "oneOf", "allOf"} {
		if _, ok := schema[choice]; ok {
			t.Errorf("%s has %s at the top", name, choice)
		}
	}
	refuseTypeLists(t, name, schema)
}

func refuseTypeLists(t *testing.T, at string, value any) {
	t.Helper()
	switch value := value.(type) {
	case map[string]any:
		// Extracted data has the type that the caller's schema says.
		if list, ok := value["type"].([]any); ok && at != "outputSchema.properties.data" {
			t.Errorf("%s has the type list %v", at, list)
		}
		for name, member := range value {
			refuseTypeLists(t, at+"."+name, member)
		}
	case []any:
		for _, member := range value {
			refuseTypeLists(t, at, member)
		}
	}
}

func checkDescribed(t *testing.T, raw json.RawMessage) {
	t.Helper()
	var schema struct {
		Properties           map[string]struct{ Description string }
		AdditionalProperties *bool
	}
	if err := json.Unmarshal(raw, &schema); err != nil {
		t.Fatal(err)
	}
	if len(schema.Properties) == 0 {
		t.Error("the input schema has no properties")
	}
	for name, property := range schema.Properties {
		if strings.TrimSpace(property.Description) == "" {
			t.Errorf("the parameter %s is not described", name)
		}
	}
	if schema.AdditionalProperties != nil {
		t.Error("the input schema has additionalProperties, at which converters of clients fail")
	}
}

// checkChecked checks that the server checks all that the schema of a parameter says.
func checkChecked(t *testing.T, raw json.RawMessage) {
	t.Helper()
	var schema struct{ Properties map[string]map[string]any }
	if err := json.Unmarshal(raw, &schema); err != nil {
		t.Fatal(err)
	}
	checked := []string{"type", "enum", "minimum", "maximum", "maxItems", "items", "default", "description"}
	for name, property := range schema.Properties {
		for keyword := range property {
			if !slices.Contains(checked, keyword) {
				t.Errorf("nothing checks %s of %s", keyword, name)
			}
		}
	}
}

// coreTools are those that --tools core offers.
var coreTools = []string{"chat", "embed", "describe-image", "structured-extract", "resolve-virtual-model"}

// required is the one field that each tool's result always has.
var required = map[string]string{
	"chat": "content", "embed": "count", "describe-image": "description", "structured-extract": "data", "resolve-virtual-model": "candidates",
	"list-models": "models", "batch": "status", "transcribe": "text",
}

// checkOutput checks that an output schema requires the one field that an error carries
// too, and gives each field a type: clients validate error results as well.
func checkOutput(t *testing.T, tool listed) {
	t.Helper()
	var schema struct {
		Properties map[string]struct{ Type any }
		Required   []string
	}
	if err := json.Unmarshal(tool.OutputSchema, &schema); err != nil {
		t.Fatal(err)
	}
	if want := []string{required[tool.Name]}; !slices.Equal(schema.Required, want) {
		t.Errorf("the output schema requires %v, want %v", schema.Required, want)
	}
	for _, name := range []string{"error", "model", "requested_model", "resolved_by", "usage", "cost", "latency_ms", "attempts", "warnings"} {
		if _, ok := schema.Properties[name]; !ok {
			t.Errorf("the output schema does not declare %s", name)
		}
	}
	for name, property := range schema.Properties {
		if property.Type == nil {
			t.Errorf("the field %s has no type", name)
		}
	}
}

func TestToolsAreListedInTheSameOrderAlways(t *testing.T) {
	names := func() (names []string) {
		for _, tool := range connect(t, setup{}).list() {
			names = append(names, tool.Name)
		}
		return names
	}
	first := names()
	for range 5 {
		if again := names(); !slices.Equal(first, again) {
			t.Fatalf("first %v, then %v", first, again)
		}
	}
}
