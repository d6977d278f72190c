package clients

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write golden files")

var stdio = Server{
	Name: "ai-endpoints", Command: "/opt/ai-endpoints-mcp", Args: []string{"--allow-dir", "/home/me/Pictures"},
	Secret:  Secret{Variable: "OVH_AI_ENDPOINTS_ACCESS_TOKEN", Title: "API key"},
	Unset:   []string{"OVHCLOUD_API_KEY"},
	Timeout: 5 * time.Minute,
}

var remote = Server{
	Name: "ai-endpoints", URL: "https://mcp.example/mcp",
	Secret:  Secret{Variable: "AI_ENDPOINTS_MCP_TOKEN", Title: "token of the server"},
	Timeout: 5 * time.Minute,
}

// written is s with the secret as a text.
func written(s Server) Server {
	s.Secret.Text = "the-secret"
	return s
}

func (c Client) extension() string {
	if c.format == tomlFormat {
		return "toml"
	}
	return "json"
}

// Each client's config before and after: none, existing with comments, by URL, with the
// key written, and removed again.
func TestConfigsAreTheGoldenFiles(t *testing.T) {
	for _, c := range All() {
		t.Run(c.Name, func(t *testing.T) {
			folder := filepath.Join("testdata", c.Name)
			existing, err := os.ReadFile(filepath.Join(folder, "existing."+c.extension()))
			if err != nil && c.Name != "print" {
				t.Fatal(err)
			}
			for _, test := range []struct {
				name   string
				before []byte
				server Server
			}{
				{"none", nil, stdio}, {"none.url", nil, remote}, {"none.key", nil, written(stdio)},
				{"existing", existing, stdio}, {"existing.url", existing, remote}, {"existing.url.token", existing, written(remote)},
			} {
				if test.server.URL != "" && c.NoHTTP != "" || test.before == nil && strings.HasPrefix(test.name, "existing") {
					continue
				}
				after := merged(t, c, test.before, test.server)
				checkGolden(t, filepath.Join(folder, test.name+".after."+c.extension()), after)
			}
			if c.Name != "print" {
				removed, err := c.Remove(existing, "ai-endpoints")
				if err != nil {
					t.Fatal(err)
				}
				checkGolden(t, filepath.Join(folder, "existing.removed."+c.extension()), removed)
			}
		})
	}
}

// merged also checks that a second time changes nothing, that the entry is found, and
// that secrets stand nowhere but where they were asked for.
func merged(t *testing.T, c Client, before []byte, s Server) []byte {
	t.Helper()
	after, err := c.Merge(before, s)
	if err != nil {
		t.Fatal(err)
	}
	again, err := c.Merge(after, s)
	if err != nil || !bytes.Equal(again, after) {
		t.Errorf("a second time is not the same (%v):\n%s", err, again)
	}
	found, err := c.Read(after)
	if err != nil || len(found) != 1 {
		t.Fatalf("%d entries are found (%v) in\n%s", len(found), err, after)
	}
	e := found[0]
	if e.Name != s.Name || e.Command != s.Command || !slices.Equal(e.Args, s.Args) || e.URL != s.URL {
		t.Errorf("found %+v, wrote %+v", e, s)
	}
	return after
}

func checkGolden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want, err := os.ReadFile(path); err != nil || !bytes.Equal(want, got) {
		t.Errorf("%s is not what the program writes; run make golden and review the diff (%v):\n%s", path, err, got)
	}
}

// A config that cannot be changed is refused with line and column.
func TestABrokenConfigIsRefused(t *testing.T) {
	var report strings.Builder
	for _, c := range All() {
		config, err := os.ReadFile(filepath.Join("testdata", c.Name, "broken."+c.extension()))
		if err != nil {
			continue
		}
		_, err = c.Merge(config, stdio)
		if err == nil {
			t.Errorf("%s takes\n%s", c.Name, config)
		}
		fmt.Fprintf(&report, "%s\n%s=> %v\n\n", c.Name, config, err)
	}
	checkGolden(t, "testdata/broken.golden", []byte(report.String()))
}

func TestPathsOfEachSystem(t *testing.T) {
	var report strings.Builder
	for _, test := range []struct {
		title string
		env   Env
	}{
		{"linux", testEnv("linux", "/home/me")},
		{"linux, with folders of its own", testEnv("linux", "/home/me", "XDG_CONFIG_HOME=/xdg", "CODEX_HOME=/codex", "CLAUDE_CONFIG_DIR=/claude", "GEMINI_CLI_HOME=/gemini")},
		{"darwin", testEnv("darwin", "/Users/me")},
		{"windows", testEnv("windows", `C:\Users\me`, `APPDATA=C:\Users\me\AppData\Roaming`)},
		{"windows, without APPDATA", testEnv("windows", `C:\Users\me`)},
	} {
		fmt.Fprintf(&report, "%s\n", test.title)
		for _, c := range All() {
			if path := c.Path(test.env); path != "" {
				fmt.Fprintf(&report, "  %-15s %s\n", c.Name, path)
			}
		}
	}
	checkGolden(t, "testdata/paths.golden", []byte(report.String()))
}

func testEnv(system, home string, variables ...string) Env {
	return Env{GOOS: system, Home: home, Getenv: func(name string) string {
		for _, v := range variables {
			if value, ok := strings.CutPrefix(v, name+"="); ok {
				return value
			}
		}
		return ""
	}}
}
