package cli

import (
	"fmt"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/cli/clients"
)

// setupBlocks has what setup writes for each client.
func setupBlocks(t *testing.T) string {
	for _, name := range keyVariables() {
		t.Setenv(name, "")
	}
	var b strings.Builder
	for _, client := range clients.All() {
		s := &setup{name: "ai-endpoints", command: "/path/to/ai-endpoints-mcp"}
		p := newProgram("")
		p.options.origins = map[string]origin{}
		fmt.Fprintf(&b, "### %s: `setup %s`\n\n", client.Title, client.Name)
		for _, system := range []clients.Env{
			{GOOS: "linux", Home: "~"}, {GOOS: "darwin", Home: "~"}, {GOOS: "windows", Home: "%USERPROFILE%"},
		} {
			system.Getenv = func(name string) string {
				if name == "APPDATA" && system.GOOS == "windows" {
					return "%APPDATA%"
				}
				return ""
			}
			if path := client.Path(system); path != "" {
				title := map[string]string{"linux": "Linux", "darwin": "macOS", "windows": "Windows"}[system.GOOS]
				fmt.Fprintf(&b, "- %s: `%s`\n", title, shownPath(system, path))
			}
		}
		language := "json"
		if strings.HasSuffix(client.Path(clients.Env{GOOS: "linux", Home: "/", Getenv: func(string) string { return "" }}), ".toml") {
			language = "toml"
		}
		for _, url := range []string{"", "https://mcp.example.com/mcp"} {
			s.url = url
			if url != "" && client.NoHTTP != "" {
				continue
			}
			entry, err := p.entry(s, client)
			if err != nil {
				t.Fatal(client.Name, err)
			}
			block, err := client.Block(entry)
			if err != nil {
				t.Fatal(client.Name, err)
			}
			fmt.Fprintf(&b, "\n```%s\n%s\n```\n", language, strings.TrimRight(block, "\n"))
		}
		b.WriteString("\n")
	}
	return b.String()
}

// shownPath returns a path as people of a system write it.
func shownPath(system clients.Env, path string) string {
	if system.GOOS == "windows" {
		return strings.ReplaceAll(path, "/", `\`)
	}
	return path
}
