package clients

import "time"

// All returns the clients that setup knows, in the order of its help. What each line
// says is documented by the client, or was seen with it.
func All() []Client {
	return append(desktopClients(), terminalClients()...)
}

// desktopClients are applications with windows.
func desktopClients() []Client {
	return []Client{
		{
			Name: "claude-desktop", Title: "Claude Desktop", Next: "restart Claude Desktop",
			paths:   one(func(e Env) string { return e.inApplicationData("Claude", "claude_desktop_config.json") }),
			servers: "mcpServers", env: "env",
			Limit:  time.Minute,
			NoHTTP: "its config only starts commands: add the URL under Settings, Connectors, or start mcp-remote as the command",
		},
		{
			Name: "cursor", Title: "Cursor", Next: "restart Cursor",
			paths:   one(func(e Env) string { return e.inHome(".cursor", "mcp.json") }),
			servers: "mcpServers", env: "env", url: "url", refer: variable("${env:", "}"),
			Limit: time.Minute,
		},
		{
			Name: "vscode", Title: "VS Code", Next: "start it with the command MCP: List Servers",
			paths:   one(func(e Env) string { return e.inApplicationData("Code", "User", "mcp.json") }),
			folder:  func(e Env) string { return e.inApplicationData("Code") },
			servers: "servers", typed: [2]string{"stdio", "http"}, env: "env", url: "url",
			refer: func(s Secret) string { return "${input:" + inputID(s) + "}" }, asks: true,
		},
		{
			Name: "zed", Title: "Zed", Next: "open the Agent Panel's settings: Zed reads its config when it changes",
			paths: one(func(e Env) string {
				switch e.GOOS {
				case "windows":
					return e.inApplicationData("Zed", "settings.json")
				case "darwin":
					return e.inHome(".config", "zed", "settings.json")
				default:
					return e.inXDG("zed", "settings.json")
				}
			}),
			servers: "context_servers", env: "env", url: "url",
			Limit: time.Minute,
		},
		{
			Name: "windsurf", Title: "Windsurf", Next: "press refresh in Cascade's list of MCP servers",
			paths:   one(func(e Env) string { return e.inHome(".codeium", "windsurf", "mcp_config.json") }),
			servers: "mcpServers", env: "env", url: "serverUrl", oldURL: "url", refer: variable("${env:", "}"),
		},
	}
}

// terminalClients run in a terminal. The last one, print, stands for any other client.
func terminalClients() []Client {
	return []Client{
		{
			Name: "claude-code", Title: "Claude Code", Next: "start a new session; claude mcp list shows it",
			paths:   one(func(e Env) string { return e.inVariable("CLAUDE_CONFIG_DIR", e.Home, ".claude.json") }),
			folder:  func(e Env) string { return e.inVariable("CLAUDE_CONFIG_DIR", e.inHome(".claude")) },
			servers: "mcpServers", typed: [2]string{"stdio", "http"}, env: "env", url: "url",
			refer: variable("${", ":-}"), // blank where the variable is not set
		},
		{
			Name: "gemini", Title: "Gemini CLI", Next: "start a new session in a folder that Gemini CLI trusts; gemini mcp list shows it",
			paths:   one(func(e Env) string { return e.inVariable("GEMINI_CLI_HOME", e.Home, ".gemini", "settings.json") }),
			servers: "mcpServers", typed: [2]string{"", "http"}, env: "env", url: "url", oldURL: "httpUrl", refer: variable("$", ""),
			timeout: "timeout", unit: time.Millisecond, usual: 10 * time.Minute,
		},
		{
			Name: "codex", Title: "Codex", Next: "start a new session; codex mcp list shows it",
			paths:  one(func(e Env) string { return e.inVariable("CODEX_HOME", e.inHome(".codex"), "config.toml") }),
			format: tomlFormat, servers: "mcp_servers", env: "env", url: "url",
			refer:   func(Secret) string { return "" }, // by name, not by a text
			timeout: "tool_timeout_sec", unit: time.Second, passes: true,
		},
		{
			Name: "opencode", Title: "opencode", Next: "start a new session; opencode mcp list shows it",
			paths: func(e Env) []string {
				return []string{e.inXDG("opencode", "opencode.json"), e.inXDG("opencode", "opencode.jsonc")}
			},
			servers: "mcp", typed: [2]string{"local", "remote"}, env: "environment", url: "url", oneList: true,
			refer:   variable("{env:", "}"),
			timeout: "timeout", unit: time.Millisecond,
		},
		{
			Name: "print", Title: "the form that most clients take", Next: "put it into the client's config",
			servers: "mcpServers", env: "env", url: "url",
		},
	}
}

func one(path func(Env) string) func(Env) []string {
	return func(e Env) []string { return []string{path(e)} }
}

// variable is a reference to an environment variable, written between two texts.
func variable(before, after string) func(Secret) string {
	return func(s Secret) string { return before + s.Variable + after }
}
