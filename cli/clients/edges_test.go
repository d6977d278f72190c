package clients

import (
	"strings"
	"testing"
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
