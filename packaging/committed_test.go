package main

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

var update = flag.Bool("update", false, "write the tools into the manifest of the bundle")

const root = ".."

func text(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, path))
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func object(t *testing.T, path string) map[string]any {
	t.Helper()
	var o map[string]any
	if err := json.Unmarshal([]byte(text(t, path)), &o); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return o
}

func committedServer(t *testing.T) *server {
	t.Helper()
	s, err := readServer(filepath.Join(root, "server.json"))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// What is said in several places is the same in all of them.
func TestNamesVersionAndDescriptionAgree(t *testing.T) {
	s := committedServer(t)
	const (
		npm, bundle, plugin = "packaging/npm/package.json", "packaging/mcpb/manifest.json", "packaging/claude-plugin/.claude-plugin/plugin.json"
		extension           = "packaging/gemini-extension/gemini-extension.json"
		marketplace         = "packaging/.claude-plugin/marketplace.json"
	)
	for _, path := range []string{npm, bundle, plugin, extension, marketplace} {
		o := object(t, path)
		if o["name"] != "ai-endpoints-mcp" || o["description"] != s.Description {
			t.Errorf("%s: name %v, description %v", path, o["name"], o["description"])
		}
		if path != marketplace && o["version"] != s.Version {
			t.Errorf("%s: version %v, server.json has %s", path, o["version"], s.Version)
		}
		if slices.Contains([]string{npm, bundle, plugin}, path) && o["license"] != license {
			t.Errorf("%s: license %v", path, o["license"])
		}
	}
	if listed := object(t, marketplace)["plugins"].([]any)[0].(map[string]any); listed["description"] != s.Description {
		t.Errorf("%s: description %v", marketplace, listed["description"])
	}
	if name := object(t, npm)["mcpName"]; name != s.Name {
		t.Errorf("%s: mcpName %v, server.json has %s", npm, name, s.Name)
	}
	for path, phrases := range map[string][]string{
		"packaging/README.md": {"\n<!-- mcp-name: " + s.Name + " -->\n", "\n## Privacy\n"},
		"Dockerfile": {
			`org.opencontainers.image.description="` + s.Description + `"`, `io.modelcontextprotocol.server.name="` + s.Name + `"`,
			`org.opencontainers.image.licenses="` + license + `"`, `org.opencontainers.image.source="` + s.Repository.URL + `"`,
		},
		"LICENSE":                           {"Apache License", "Version 2.0"},
		"packaging/claude-plugin/.mcp.json": {`"ai-endpoints-mcp@` + s.Version + `"`},
	} {
		for _, phrase := range phrases {
			if !strings.Contains(text(t, path), phrase) {
				t.Errorf("%s lacks %q", path, phrase)
			}
		}
	}
}

// npm installs nothing but the program, by no script, and each system that is built for has
// its package.
func TestTheMainPackageOfNPM(t *testing.T) {
	var p struct {
		Scripts              map[string]string
		Dependencies         map[string]string
		OptionalDependencies map[string]string
	}
	if err := json.Unmarshal([]byte(text(t, "packaging/npm/package.json")), &p); err != nil {
		t.Fatal(err)
	}
	if len(p.Scripts)+len(p.Dependencies) > 0 || len(p.OptionalDependencies) != len(systems()) {
		t.Errorf("%+v", p)
	}
	for _, b := range systems() {
		platform, arch := b.node()
		if p.OptionalDependencies["@ai-endpoints-mcp/"+platform+"-"+arch] != committedServer(t).Version {
			t.Errorf("%s-%s is not in %v", platform, arch, p.OptionalDependencies)
		}
	}
}

// The manifest of the bundle lists the tools as the program does.
func TestTheBundleListsTheTools(t *testing.T) {
	type tool struct {
		Name        string `json:"name"`
		Description string `json:"description"`
	}
	var program, manifest struct{ Tools []tool }
	const path = "packaging/mcpb/manifest.json"
	if err := json.Unmarshal([]byte(text(t, "testdata/golden/tools-list.json")), &program); err != nil {
		t.Fatal(err)
	}
	if *update {
		written := strings.Builder{}
		for i, each := range program.Tools {
			line, err := toJSON(each)
			if err != nil {
				t.Fatal(err)
			}
			if i > 0 {
				written.WriteString(",")
			}
			written.WriteString("\n    " + strings.ReplaceAll(strings.TrimSpace(string(line)), "\n", "\n    "))
		}
		list := regexp.MustCompile(`(?s)"tools": \[.*?\],\n  "compatibility"`)
		content := list.ReplaceAllLiteralString(text(t, path), `"tools": [`+written.String()+"\n  ],\n  \"compatibility\"")
		if err := os.WriteFile(filepath.Join(root, path), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := json.Unmarshal([]byte(text(t, path)), &manifest); err != nil {
		t.Fatal(err)
	}
	if len(program.Tools) == 0 || !slices.Equal(program.Tools, manifest.Tools) {
		t.Errorf("the tools of %s are not those of the program: go test ./packaging -update", path)
	}
	for _, each := range program.Tools {
		if !strings.Contains(text(t, "packaging/README.md"), "`"+each.Name+"`") {
			t.Errorf("packaging/README.md does not name %s", each.Name)
		}
	}
}

// server.json fits the schema of the MCP registry, as its Go module
// github.com/modelcontextprotocol/registry v1.8.9 has it in internal/validators/schemas,
// and what the registry checks besides.
func checkServer(t *testing.T, content []byte) {
	t.Helper()
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	schema, err := compiler.Compile("testdata/server.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	instance, err := jsonschema.UnmarshalJSON(strings.NewReader(string(content)))
	if err != nil {
		t.Fatal(err)
	}
	if err := schema.Validate(instance); err != nil {
		t.Error(err)
	}
	var s server
	if err := json.Unmarshal(content, &s); err != nil {
		t.Fatal(err)
	}
	if id := object(t, "packaging/testdata/server.schema.json")["$id"]; s.Schema != id {
		t.Errorf("its schema is %s, not %s", s.Schema, id)
	}
	for _, p := range s.Packages {
		inIdentifier := p.RegistryType == "oci"
		if (p.Version == "") != inIdentifier || inIdentifier && !strings.HasSuffix(p.Identifier, ":v"+s.Version) {
			t.Errorf("the package of %s has the version %q, and the identifier %s", p.RegistryType, p.Version, p.Identifier)
		}
		isBundle := p.RegistryType == "mcpb"
		if (p.FileSHA256 != "") != isBundle || isBundle && !strings.HasSuffix(p.Identifier, "/v"+s.Version+"/ai-endpoints-mcp-"+s.Version+".mcpb") {
			t.Errorf("the package of %s has the hash %q, and the identifier %s", p.RegistryType, p.FileSHA256, p.Identifier)
		}
	}
}

func TestServerJSONIsValid(t *testing.T) { checkServer(t, []byte(text(t, "server.json"))) }
