package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/cli/doctor"
)

// clientHome returns a folder with the config files of clients, by their paths below it.
func clientHome(t *testing.T, configs map[string]string) (home string) {
	t.Helper()
	home = t.TempDir()
	for _, name := range []string{"CLAUDE_CONFIG_DIR", "CODEX_HOME", "GEMINI_CLI_HOME", "APPDATA", "XDG_CONFIG_HOME"} {
		t.Setenv(name, "")
	}
	t.Setenv("HOME", home)
	t.Setenv("USERPROFILE", home)
	for path, content := range configs {
		full := filepath.Join(home, path)
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(full, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return home
}

// runnable returns a file that can be run.
func runnable(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ai-endpoints-mcp.exe")
	if err := os.WriteFile(path, nil, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestWhetherACommandAndItsKeyArrive(t *testing.T) {
	program := runnable(t)
	plain := filepath.Join(t.TempDir(), "ai-endpoints-mcp")
	if err := os.WriteFile(plain, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", filepath.Dir(program))
	t.Setenv("SET_HERE", "canary")
	for _, test := range []struct {
		name, entry string // the members of the entry of Cursor
		status      doctor.Status
		found, hint string
	}{
		{"all is well", `"command": "PROGRAM", "env": {"OVHCLOUD_API_KEY": "§"}`, doctor.OK, "starts PROGRAM; its key is in the config", ""},
		{"a reference", `"command": "PROGRAM", "env": {"OVHCLOUD_API_KEY": "${env:SET_HERE}"}`, doctor.OK, "its key is that of SET_HERE, which is set here", ""},
		{"a reference to nothing", `"command": "PROGRAM", "env": {"OVHCLOUD_API_KEY": "${env:NOT_SET}"}`, doctor.Warning,
			"its key is that of NOT_SET, which is not set here", "set it where the client is started"},
		{"an input", `"command": "PROGRAM", "env": {"OVHCLOUD_API_KEY": "${input:key}"}`, doctor.OK, "the client asks for its key", ""},
		{"no key", `"command": "PROGRAM"`, doctor.Warning, "it has no key: the free tier", "ai-endpoints-mcp setup cursor"},
		{"a blank key", `"command": "PROGRAM", "env": {"OVHCLOUD_API_KEY": " "}`, doctor.Warning, "it has no key: the free tier", ""},
		{"a placeholder", `"command": "PROGRAM", "env": {"OVHCLOUD_API_KEY": "<your key>"}`, doctor.Warning, "its OVHCLOUD_API_KEY holds a placeholder", ""},
		{"a placeholder, then a key", `"command": "PROGRAM", "env": {"OVH_AI_ENDPOINTS_ACCESS_TOKEN": "YOUR_KEY", "OVHCLOUD_API_KEY": "§"}`, doctor.Warning,
			"holds a placeholder instead of an API key, and counts as not set; its key is in the config", ""},
		{"quotes", `"command": "PROGRAM", "env": {"OVHCLOUD_API_KEY": "\"§\""}`, doctor.Warning, "its OVHCLOUD_API_KEY holds more than the API key", ""},
		{"two words", `"command": "PROGRAM", "env": {"OVHCLOUD_API_KEY": "§ §"}`, doctor.Failed, "the API key of its OVHCLOUD_API_KEY holds a blank", "copy"},
		{"a key of another service", `"command": "PROGRAM", "env": {"OVHCLOUD_API_KEY": "sk-§"}`, doctor.Warning, "holds what looks like a key of OpenAI", "make a key"},
		{"a key for another service", `"command": "PROGRAM", "args": ["--base-url", "https://a.example/v1"], "env": {"OVHCLOUD_API_KEY": "sk-§"}`, doctor.OK,
			"its key is in the config", ""},
		{"the sandbox", `"command": "PROGRAM", "args": ["--sandbox"]`, doctor.OK, "the sandbox needs no key", ""},
		{"a key file", `"command": "PROGRAM", "args": ["--api-key-file", "PROGRAM"]`, doctor.OK, "its key is in the file PROGRAM", ""},
		{"no key file", `"command": "PROGRAM", "args": ["--api-key-file=PROGRAM.key"]`, doctor.Failed, "its key file PROGRAM.key cannot be read: ", "path"},
		{"no command", `"command": "PROGRAM.gone", "env": {"OVHCLOUD_API_KEY": "§"}`, doctor.Failed, "starts PROGRAM.gone, which cannot be run: ", "setup cursor"},
		{"a file that cannot be run", `"command": "PLAIN"`, doctor.Failed, "starts PLAIN, which cannot be run: ", "setup cursor"},
		{"a relative path", `"command": "./bin/ai-endpoints-mcp"`, doctor.Warning, "a path relative to whatever folder the client is in", "whole path"},
		{"a path at home", `"command": "~/ai-endpoints-mcp"`, doctor.Warning, "a path relative to whatever folder the client is in", "whole path"},
		{"a name in the PATH", `"command": "ai-endpoints-mcp.exe", "args": ["--sandbox"]`, doctor.OK, "starts PROGRAM by the PATH of this terminal", "shorter PATH"},
		{"a name nowhere", `"command": "ai-endpoints-mcp-other"`, doctor.Failed, "which is in no folder of this PATH", "whole path"},
		{"a variable of the client", `"command": "${workspaceFolder}/ai-endpoints-mcp"`, doctor.Warning, "which the client expands; it has no key", ""},
		{"a URL", `"url": "https://user:canary@mcp.example.com/mcp?token=canary"`, doctor.OK, "connects to https://mcp.example.com/mcp", ""},
		{"neither", `"args": []`, doctor.Failed, "has neither a command nor a URL", "setup cursor"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if runtime.GOOS == "windows" && (strings.Contains(test.entry, "PLAIN")) {
				t.Skip("every file can be run")
			}
			inJSON := strings.NewReplacer("PROGRAM", strings.ReplaceAll(program, `\`, `\\`), "PLAIN", strings.ReplaceAll(plain, `\`, `\\`), "§", canaryKey)
			home := clientHome(t, map[string]string{".cursor/mcp.json": `{"mcpServers": {"ai-endpoints": {` + inJSON.Replace(test.entry) + `}}}`})
			got := checkClients(t.Context())
			if len(got) != 1 {
				t.Fatalf("%+v", got)
			}
			said := strings.NewReplacer(program, "PROGRAM", plain, "PLAIN").Replace(got[0].Found)
			start := fmt.Sprintf("Cursor: %q in %s ", "ai-endpoints", filepath.Join(home, ".cursor", "mcp.json"))
			if got[0].Status != test.status || !strings.HasPrefix(said, start) || !strings.Contains(said, test.found) ||
				!strings.Contains(got[0].Hint, test.hint) || (test.status == doctor.OK && test.hint == "") != (got[0].Hint == "") ||
				strings.Contains(said+got[0].Hint, "canary") {
				t.Errorf("%s: %s\nhint: %s", got[0].Status, said, got[0].Hint)
			}
		})
	}
}

func TestTheConfigsOfClients(t *testing.T) {
	program := strings.ReplaceAll(runnable(t), `\`, `\\`)
	t.Setenv("OVHCLOUD_API_KEY", "canary")
	ours := fmt.Sprintf(`{"command": %q, "args": ["--sandbox"]}`, runnable(t))
	for _, test := range []struct {
		name    string
		configs map[string]string
		want    []string // "status found|hint", of which these are parts
	}{
		{"none", nil, []string{"skipped no config names this program; ai-endpoints-mcp setup lists"}},
		{"of others", map[string]string{".cursor/mcp.json": `{"mcpServers": {"files": {"command": "npx"}}}`}, []string{"skipped no config names this program"}},
		{"twice", map[string]string{".cursor/mcp.json": `{"mcpServers": {"ai-endpoints": ` + ours + `, "second": ` + ours + `}}`}, []string{
			`ok Cursor: "ai-endpoints" in `, `ok Cursor: "second" in `,
			"warning Cursor has 2 entries of this program: ai-endpoints, second|a model sees each tool so often: remove all but one, as with ai-endpoints-mcp setup cursor --remove --name second",
		}},
		{"broken, and another", map[string]string{
			".cursor/mcp.json": "{\n  \"mcpServers\": {,}\n}",
			".claude.json":     `{"mcpServers": {"ai-endpoints": ` + ours + `}}`,
		}, []string{"failed Cursor: HOME/.cursor/mcp.json: line 2, column 18: not valid JSON", `ok Claude Code: "ai-endpoints" in HOME/.claude.json starts`}},
		{"passed on by name", map[string]string{
			".codex/config.toml": "[mcp_servers.ai-endpoints]\ncommand = \"" + program + "\"\nenv_vars = [\"OVHCLOUD_API_KEY\"]\n",
		}, []string{`ok Codex: "ai-endpoints" in HOME/.codex/config.toml starts`}},
		{"a reference that the client does not know", map[string]string{
			".codex/config.toml": "[mcp_servers.ai-endpoints]\ncommand = \"" + program + "\"\nenv = {OVHCLOUD_API_KEY = \"$OVHCLOUD_API_KEY\"}\n",
		}, []string{"warning Codex: |the host did not expand it"}},
		{"a blank default", map[string]string{
			".claude.json": `{"mcpServers": {"ai-endpoints": {"command": "` + program + `", "env": {"OVHCLOUD_API_KEY": "${OVHCLOUD_API_KEY:-}"}}}}`,
		}, []string{"ok Claude Code: "}},
	} {
		t.Run(test.name, func(t *testing.T) {
			home := clientHome(t, test.configs)
			got := checkClients(t.Context())
			if len(got) != len(test.want) {
				t.Fatalf("%+v", got)
			}
			for i, want := range test.want {
				found, hint, _ := strings.Cut(want, "|")
				said := filepath.ToSlash(strings.ReplaceAll(string(got[i].Status)+" "+got[i].Found, home, "HOME"))
				if !strings.HasPrefix(said, found) || !strings.Contains(got[i].Hint, hint) || strings.Contains(said+got[i].Hint, "canary") {
					t.Errorf("%s\nhint: %s\nwant %s", said, got[i].Hint, want)
				}
			}
		})
	}
}
