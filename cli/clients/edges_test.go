package clients

import (
	"strings"
	"testing"
	"time"
)

// small is an entry that fits on a line.
var small = Server{Name: "ai-endpoints", Command: "x"}

func TestEdgesOfJSON(t *testing.T) {
	c := Client{servers: "servers", env: "env"}
	for _, test := range []struct{ name, config, want string }{
		{"blank", " \n", "{\n  \"servers\": {\n    \"ai-endpoints\": {\n      \"command\": \"x\",\n      \"args\": []\n    }\n  }\n}\n"},
		{"byte order mark", "\uFEFF{\"a\": 1}", "\uFEFF" + `{"a": 1, "servers": {"ai-endpoints": {"command": "x", "args": []}}}`},
		{"CRLF", "{\r\n\t\"a\": 1\r\n}\r\n",
			"{\r\n\t\"a\": 1,\r\n\t\"servers\": {\r\n\t\t\"ai-endpoints\": {\r\n\t\t\t\"command\": \"x\",\r\n\t\t\t\"args\": []\r\n\t\t}\r\n\t}\r\n}\r\n"},
		{"a comment at the end of the line", "{\"servers\": {\"a\": 1 // one\n}}",
			"{\"servers\": {\"a\": 1, // one\n  \"ai-endpoints\": {\n    \"command\": \"x\",\n    \"args\": []\n  }\n}}"},
		{"only a comment", "{\"servers\": {\n  // none yet\n}}",
			"{\"servers\": {\n  // none yet\n  \"ai-endpoints\": {\n    \"command\": \"x\",\n    \"args\": []\n  }\n}}"},
		{"a field of the user's", `{"servers": {"ai-endpoints": {"disabled": true, "command": "y"}}}`,
			`{"servers": {"ai-endpoints": {"disabled": true, "command": "x", "args": []}}}`},
		{"a name with an escape", `{"servers": {"ai\u002dendpoints": {"command": "x", "args": [ ]}}}`, `{"servers": {"ai\u002dendpoints": {"command": "x", "args": [ ]}}}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := c.Merge([]byte(test.config), small)
			if err != nil || string(got) != test.want {
				t.Errorf("%v\n%q, want\n%q", err, got, test.want)
			}
		})
	}
}

func TestEdgesOfTOML(t *testing.T) {
	c := Client{servers: "s", env: "env", format: tomlFormat}
	for _, test := range []struct{ name, config, want string }{
		{"no last newline", "a = 1", "a = 1\n[s.ai-endpoints]\ncommand = \"x\"\nargs = []"},
		{"CRLF", "a = 1\r\n", "a = 1\r\n\r\n[s.ai-endpoints]\r\ncommand = \"x\"\r\nargs = []\r\n"},
		{"an inline table", "[s]\nai-endpoints = { command = 'y', cwd = '/' } # ours\n", "[s]\nai-endpoints = { args = [], command = \"x\", cwd = \"/\" } # ours\n"},
		{"dotted keys", "[s]\nai-endpoints.command = 'y'\nb.command = 'z'\n", "[s]\nai-endpoints.command = \"x\"\nai-endpoints.args = []\nb.command = 'z'\n"},
		{"only variables", "[s.ai-endpoints.env]\nA = 'b'\n", "[s.ai-endpoints.env]\nA = 'b'\n\n[s.ai-endpoints]\ncommand = \"x\"\nargs = []\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, err := c.Merge([]byte(test.config), small)
			if err != nil || string(got) != test.want {
				t.Errorf("%v\n%q, want\n%q", err, got, test.want)
			}
		})
	}
	for config, want := range map[string]string{
		"a = 1\ns = 2\n":                   "line 2, column 1: s is not a table",
		"[[s]]\n":                          "line 1, column 1: s is not a table",
		"x = 1\n\n[s]\nai-endpoints = 1\n": "line 4, column 1: s.ai-endpoints is not a table",
		"a = 1\na = 2\n":                   "line 2, column 1: not valid TOML",
		"a = [1\nb = 2\n":                  "line 2, column 1: not valid TOML",
	} {
		if _, err := c.Merge([]byte(config), small); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %q", config, err, want)
		}
	}
}

func TestRemovingTheFirstOfALine(t *testing.T) {
	c := Client{servers: "servers", env: "env"}
	for config, want := range map[string]string{
		`{"servers": {"ai-endpoints": {}, "b": 1}}`:              `{"servers": {"b": 1}}`,
		`{"servers": { "ai-endpoints": {}, "b": 1 }}`:            `{"servers": { "b": 1 }}`,
		`{"servers": {/* c */ "ai-endpoints": {}, "b": 1}}`:      `{"servers": {/* c */ "b": 1}}`,
		"{\"servers\": {// c\n\"ai-endpoints\": {}, \"b\": 1}}":  "{\"servers\": {// c\n \"b\": 1}}",
		"{\"servers\": {\n\t\"ai-endpoints\": {},\n\t\"b\": 1}}": "{\"servers\": {\n\t\"b\": 1}}",
		`{"servers": {"ai-endpoints": {}}}`:                      `{}`,
		`{"servers": {"a": 1, "ai-endpoints": {}, "b": 1}}`:      `{"servers": {"a": 1, "b": 1}}`,
	} {
		if got, err := c.Remove([]byte(config), "ai-endpoints"); err != nil || string(got) != want {
			t.Errorf("%q becomes %q, want %q (%v)", config, got, want, err)
		}
	}
}

// A client's limit is raised above the server's deadline, and never lowered.
func TestLimitsAreRaised(t *testing.T) {
	for _, test := range []struct {
		client, config string
		deadline       time.Duration
		want           string // in the config; "" is no limit
	}{
		{"gemini", "{}", 5 * time.Minute, ""}, // its limit is 10 minutes
		{"gemini", "{}", 15 * time.Minute, `"timeout": 930000`},
		{"gemini", `{"mcpServers": {"ai-endpoints": {"timeout": 5000}}}`, 15 * time.Minute, `"timeout": 930000`},
		{"gemini", `{"mcpServers": {"ai-endpoints": {"timeout": 990000}}}`, 15 * time.Minute, `"timeout": 990000`},
		{"opencode", "{}", 10 * time.Second, `"timeout": 40000`},
		{"codex", "", time.Minute, "tool_timeout_sec = 90"},
		{"codex", "[mcp_servers.ai-endpoints]\ntool_timeout_sec = 600\n", time.Minute, "tool_timeout_sec = 600"},
		{"cursor", "{}", time.Hour, ""},
	} {
		c, _ := Find(test.client)
		s := small
		s.Timeout = test.deadline
		got := string(merged(t, c, []byte(test.config), s))
		if !strings.Contains(got, test.want) || test.want == "" && strings.Contains(got, "timeout") {
			t.Errorf("%s, %s: want %q in\n%s", test.client, test.deadline, test.want, got)
		}
	}
}
