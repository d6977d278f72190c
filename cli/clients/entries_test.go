package clients

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEntriesOfAllClients(t *testing.T) {
	home := t.TempDir()
	env := testEnv(runtime.GOOS, home)
	for name, config := range map[string]string{
		"cursor": `{"mcpServers": {
			"two": {"command": "bin/ai-endpoints-mcp", "args": ["--sandbox"], "env": {"OVHCLOUD_API_KEY": "a-key", "B": "${env:B}", "C": "$C"}},
			"other": {"command": "npx"},
			"ai-endpoints": {"url": "https://mcp.example/mcp"}}}`,
		"zed": `{"context_servers": []}`, "windsurf": "{}", "claude-code": `{"mcpServers": {"ai-endpoints": 1}}`,
		"gemini":   `{"mcpServers": {"a": {"httpUrl": "http://127.0.0.1/mcp", "command": "C:\\bin\\AI-Endpoints-MCP.exe"}}}`,
		"codex":    "[mcp_servers.x]\ncommand = 'docker'\nargs = ['run', '-i', 'registry.example/ai-endpoints-mcp:1.2']\nenv_vars = ['B']\nenv = {A = 'a', B = 'b'}",
		"opencode": `{"mcp": {"x": {"command": ["/opt/ai-endpoints-mcp", "stdio"], "environment": {"K": "{env:K}"}}}}`,
	} {
		c, _ := Find(name)
		path := c.Path(env)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		writeFile(t, path, config, 0o600)
	}
	want := []Entry{
		{Client: "cursor", Name: "ai-endpoints", URL: "https://mcp.example/mcp"},
		{Client: "cursor", Name: "two", Command: "bin/ai-endpoints-mcp", Args: []string{"--sandbox"},
			Env: []string{"B", "C", "OVHCLOUD_API_KEY"}, Texts: []string{"OVHCLOUD_API_KEY"}},
		{Client: "zed", Err: &ConfigError{1, 21, "context_servers is a list; an object is needed"}},
		{Client: "claude-code", Name: "ai-endpoints"},
		{Client: "gemini", Name: "a", URL: "http://127.0.0.1/mcp", Command: `C:\bin\AI-Endpoints-MCP.exe`},
		{Client: "codex", Name: "x", Command: "docker", Args: []string{"run", "-i", "registry.example/ai-endpoints-mcp:1.2"},
			Env: []string{"A", "B"}, Texts: []string{"A", "B"}},
		{Client: "opencode", Name: "x", Command: "/opt/ai-endpoints-mcp", Args: []string{"stdio"}, Env: []string{"K"}},
	}
	for i, e := range want {
		c, _ := Find(e.Client)
		want[i].Path = c.Path(env)
	}
	if diff := cmp.Diff(want, Entries(env)); diff != "" {
		t.Error(diff)
	}
	var here []string
	for _, c := range Found(env) {
		here = append(here, c.Name)
	}
	if diff := cmp.Diff([]string{"cursor", "zed", "windsurf", "claude-code", "gemini", "codex", "opencode"}, here); diff != "" {
		t.Error(diff)
	}
}

func TestWhichEntriesAreOurs(t *testing.T) {
	for _, test := range []struct {
		entry Entry
		want  bool
	}{
		{Entry{Name: "ai_endpoints"}, true},
		{Entry{Name: "ai-endpoints-sandbox"}, true},
		{Entry{Name: "x", Command: "ai-endpoints-mcp"}, true},
		{Entry{Name: "x", Command: "podman", Args: []string{"run", "ai-endpoints-mcp@sha256:00"}}, true},
		{Entry{Name: "x", Command: "go", Args: []string{"run", "github.com/ai-endpoints-mcp/ai-endpoints-mcp@latest"}}, true},
		{Entry{Name: "files", Command: "npx", Args: []string{"server-filesystem", "/home/me/ai-endpoints-mcp"}}, false},
		{Entry{Name: "x", URL: "https://mcp.example/mcp"}, false},
		{Entry{}, false},
	} {
		if got := test.entry.isOurs(); got != test.want {
			t.Errorf("%+v: %t", test.entry, got)
		}
	}
}

func TestReferences(t *testing.T) {
	for text, want := range map[string]bool{
		"${A}": true, "${A:-}": true, "${env:A}": true, "${input:a}": true, "$A": true, "{env:A}": true,
		"": false, "a": false, "$": false, "$1": false, "a${A}": false, "{A}": false,
	} {
		if IsReference(text) != want {
			t.Errorf("%q: %t", text, !want)
		}
	}
}

func TestOpencodeTakesTheFileThatIsThere(t *testing.T) {
	env := testEnv(runtime.GOOS, t.TempDir())
	c, _ := Find("opencode")
	commented := c.Path(env) + "c"
	if err := os.MkdirAll(filepath.Dir(commented), 0o700); err != nil {
		t.Fatal(err)
	}
	writeFile(t, commented, "{}", 0o600)
	if got := c.Path(env); got != commented {
		t.Errorf("%s, want %s", got, commented)
	}
}
