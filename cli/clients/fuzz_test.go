package clients

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

// FuzzMergeJSON and FuzzMergeTOML hold for any config: it is refused with a place, or the
// result reads, says the same of everything else, does not change a second time, and is
// what it was once the entry is removed.
func FuzzMergeJSON(f *testing.F) {
	for _, seed := range []string{
		"", "{}", "{}\n", "{ }", "{\n}", "[]", "null", "{", "\uFEFF{\"a\": 1}", "{\"a\": 1}", "{\"a\": 1,}", "// c\n{} // d",
		"{\r\n  \"servers\": {\r\n    \"a\": {} // b\r\n  }\r\n}\r\n", `{"servers": {}}`, `{"servers": null}`, `{"servers": {"a": 1, /* c */}}`,
		`{"servers": {"a": {}}, "inputs": [1, 2,]}`, "{\"servers\": {\"a\": {}\n// c\n}}", `{"servers": {"a": {}, "a": {}}}`, `{"inputs": {}}`, "{\"servers\":\n{\"a\":\n1}}",
		"{\n\t\"inputs\": [\n\t\t{\"id\": \"ai-endpoints-x\"} // ours\n\t]\n}", `{"servers": {"ai-endpoints": {"env": {"A": "b"}, "url": 1}, "b": "${input:x}"}}`,
		"{\"servers\": {// note\n\"ai-endpoints\": {}, \"b\": 2}}", `{"servers": {"ai-endpoints": {"command": "x",},}}`,
	} {
		f.Add([]byte(seed))
	}
	addFixtures(f, "json")
	c, _ := Find("vscode")
	f.Fuzz(func(t *testing.T, config []byte) { checkMerge(t, c, config) })
}

func FuzzMergeTOML(f *testing.F) {
	for _, seed := range []string{
		"", "a = 1", "a = 1\n", "# c", "\n\n", "\uFEFFa = 1\n", "a = 1\r\n[b]\r\nc = 2\r\n", "mcp_servers = 1", "mcp_servers = {}", "[[mcp_servers]]", "[mcp_servers]",
		"[mcp_servers]\nai-endpoints = { command = \"x\" } # c\nb = 1", "[mcp_servers]\nai-endpoints.command = \"x\"\nai-endpoints.env.A = \"b\"\n[c]", "mcp_servers.ai-endpoints.url = 'u'",
		"[mcp_servers.ai-endpoints.env]\nA = 'b'\n[x]\n[mcp_servers.ai-endpoints]", "[mcp_servers.ai-endpoints]\nenv = 1", "[mcp_servers.'ai-endpoints']\nargs = [\n1, # c\n]\nd = '''\n[x]\n'''\n[e]",
		"mcp_servers.a.b = 1", "[mcp_servers.ai-endpoints.tools.chat]\na = 1", "[mcp_servers.ai-endpoints]\nenv = { A = 'b' }\ntool_timeout_sec = 9999", "a = 1\n[mcp_servers.ai-endpoints]\nb = 1\n[c]",
	} {
		f.Add([]byte(seed))
	}
	addFixtures(f, "toml")
	c, _ := Find("codex")
	f.Fuzz(func(t *testing.T, config []byte) { checkMerge(t, c, config) })
}

func addFixtures(f *testing.F, extension string) {
	paths, err := filepath.Glob(filepath.Join("testdata", "*", "*."+extension))
	if err != nil || len(paths) == 0 {
		f.Fatal("no fixtures", err)
	}
	for _, path := range paths {
		config, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(config)
	}
}

func checkMerge(t *testing.T, c Client, config []byte) {
	before := values(c, config)
	for _, s := range []Server{stdio, remote, written(stdio), written(remote)} {
		original := bytes.Clone(config)
		after, err := c.Merge(config, s)
		if !bytes.Equal(config, original) {
			t.Fatal("the input was changed")
		}
		if at, ok := errors.AsType[*ConfigError](err); err != nil {
			if !ok {
				t.Fatalf("no place in %v", err)
			}
			if at.Line < 1 || at.Column < 1 {
				t.Fatalf("%q: no place in %v", config, err)
			}
			continue
		}
		if again, err := c.Merge(after, s); err != nil || !bytes.Equal(again, after) {
			t.Fatalf("%q becomes %q, then %q (%v)", config, after, again, err)
		}
		compare(t, c, config, before, values(c, after))
		removed, err := c.Remove(after, s.Name)
		if err != nil {
			t.Fatalf("removing from %q: %v", after, err)
		}
		compare(t, c, config, before, values(c, removed))
		if isNew(c, config, s.Name) && !bytes.Equal(removed, config) {
			t.Fatalf("%q becomes %q, then %q", config, after, removed)
		}
	}
}

// values returns what a config says of everything that is not ours; nil if it is broken.
func values(c Client, config []byte) map[string]any {
	text := []byte(strings.TrimPrefix(string(config), byteOrderMark))
	var all map[string]any
	if c.format == tomlFormat {
		parsed, err := parseTOML(text)
		if err != nil {
			return nil
		}
		all = parsed.values
	} else {
		parsed, err := parseJSON(text)
		if err != nil {
			return nil
		}
		all, _ = decode(parsed.root).(map[string]any)
	}
	if servers, ok := all[c.servers].(map[string]any); ok {
		if delete(servers, "ai-endpoints"); len(servers) == 0 {
			delete(all, c.servers)
		}
	}
	if inputs, ok := all["inputs"].([]any); ok && c.asks {
		var others []any
		for _, input := range inputs {
			fields, _ := input.(map[string]any)
			if id, _ := fields["id"].(string); !strings.HasPrefix(id, questionPrefix) {
				others = append(others, input)
			}
		}
		if all["inputs"] = others; len(others) == 0 {
			delete(all, "inputs")
		}
	}
	return all
}

func compare(t *testing.T, c Client, config []byte, want, got map[string]any) {
	t.Helper()
	if got == nil || !reflect.DeepEqual(want, got) && !hasNaN(config) {
		t.Fatalf("%s: %q said\n%v\nand now says\n%v", c.Name, config, want, got)
	}
}

// hasNaN reports whether a config may hold the number that is not itself.
func hasNaN(config []byte) bool { return bytes.Contains(config, []byte("nan")) }

// isNew reports whether the config has nothing of ours, nor an empty object or list that
// would be filled and is removed with the entry.
func isNew(c Client, config []byte, name string) bool {
	if c.format == tomlFormat {
		return !bytes.Contains(config, []byte("mcp_servers")) && !bytes.Contains(config, []byte(`\u`)) && !bytes.Contains(config, []byte(`\U`))
	}
	parsed, err := parseJSON([]byte(strings.TrimPrefix(string(config), byteOrderMark)))
	if err != nil || len(bytes.TrimSpace(config)) == 0 {
		return false
	}
	for _, path := range [][]string{{}, {c.servers}, {"inputs"}} {
		value, err := parsed.value(path...)
		if err != nil || value == nil {
			continue
		}
		inside := parsed.text[value.StartOffset+1 : value.EndOffset-1]
		if len(bytes.TrimSpace(inside)) == 0 {
			return false
		}
	}
	entry, err := parsed.value(c.servers, name)
	return entry == nil && err == nil && !bytes.Contains(config, []byte(questionPrefix)) && !bytes.Contains(config, []byte(`\u`))
}
