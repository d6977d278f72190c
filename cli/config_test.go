package cli

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"go.yaml.in/yaml/v3"
)

func TestConfigErrorsNameTheKey(t *testing.T) {
	for _, test := range []struct{ name, content, want string }{
		{"an unknown key", "colour: red\n", "line 1: unknown key colour"},
		{"of a model", "models:\n  a: {model: b, colour: red}\n", "line 2: unknown key colour"},
		{"of the defaults", "defaults: {colour: red}\n", "line 1: unknown key colour"},
		{"that reads like an error", "\"x cannot unmarshal y into z\": 1\n", "line 1: unknown key x cannot unmarshal y into z"},
		{"two of them", "colour: red\nsize: 1\n", "line 1: unknown key colour; line 2: unknown key size"},
		{"a wrong type", "models: [a]\n", "line 1: unexpected value of type !!seq"},
		{"a wrong type of a field", "models:\n  a: {model: b, max_tokens: many}\n", "line 2: unexpected value of type !!str"},
		{
			"all durations are wrong", "drain-timeout: a\ncatalog-ttl: a\nidle-timeout: a\nmax-wait: a\ntimeout: a\n",
			`timeout is "a"; give a duration such as 90s or 5m`,
		},
		{"two durations are wrong", "drain-timeout: b\nmax-wait: a\n", `max-wait is "a"; give a duration such as 90s or 5m`},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "config.yaml")
			if err := os.WriteFile(path, []byte(test.content), 0o600); err != nil {
				t.Fatal(err)
			}
			for range 10 { // the first error is always the same
				if err := readConfig(path, &config{}); err == nil || err.Error() != test.want {
					t.Fatalf("got %v, want %s", err, test.want)
				}
			}
		})
	}
}

func TestConfigErrorsNameNoGoType(t *testing.T) {
	err := plainYAML(&yaml.TypeError{Errors: []string{
		"line 1: field a not found in type other.thing",
		"line 2: field b not found in type struct { X int }",
		"line 3: field c already set in type other.thing",
		"line 4: cannot unmarshal !!str `many` into map[string]other.thing",
	}})
	want := "line 1: unknown key a; line 2: unknown key b; line 3: the key c is set twice; line 4: unexpected value of type !!str"
	if err.Error() != want {
		t.Errorf("got %q, want %q", err, want)
	}
}

func TestAMissingConfigFileDiffersFromABrokenOne(t *testing.T) {
	var c config
	if err := readConfig(filepath.Join(t.TempDir(), "none.yaml"), &c); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}
