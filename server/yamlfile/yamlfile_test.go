package yamlfile_test

import (
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/yamlfile"
)

func TestMistakesOfAFile(t *testing.T) {
	t.Parallel()
	for content, want := range map[string]string{
		"a: b":                    "",
		"\uFEFFa: b\n":            "",
		"# nothing":               "",
		"~":                       "",
		"a: 1\n---\nb: 2":         "line 2: it holds a second document; only one is read",
		"a:\n\tb: c":              "line 2: a tab or another character that YAML does not allow here; indent with blanks",
		"a: *secret-of-16-letter": "a value that begins with * refers to an anchor, and there is none; put the value in quotes",
	} {
		_, err := yamlfile.Parse([]byte(content))
		if got := ""; err != nil {
			if got = err.Error(); got != want {
				t.Errorf("%q: %v", content, err)
			}
		} else if want != "" {
			t.Errorf("%q is taken", content)
		}
	}
}

// A key as long as a secret may be one, so it is not shown.
func TestKeysThatMayBeSecretsAreNotShown(t *testing.T) {
	t.Parallel()
	known := []string{"token", "requests_per_minute"}
	for key, want := range map[string]string{
		"tokn":                  `line 1: unknown key "tokn"; did you mean "token"?`,
		"requests_per_minutes":  `line 1: unknown key "requests_per_minutes"; did you mean "requests_per_minute"?`,
		"colour":                `line 1: unknown key "colour"; there are token, requests_per_minute`,
		"secret-of-the-team-42": "line 1: unknown key of 21 characters; there are token, requests_per_minute",
	} {
		root, err := yamlfile.Parse([]byte(key + ": 1\n"))
		if err != nil {
			t.Fatal(err)
		}
		if err := yamlfile.UnknownKey(root.Content[0], known); err.Error() != want {
			t.Errorf("%q: %v", key, err)
		}
	}
	root, err := yamlfile.Parse([]byte("secret-of-the-team: 1\nsecret-of-the-team: 2\n"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := yamlfile.Entries(root, "the file", "a: b"); err == nil || strings.Contains(err.Error(), "secret") {
		t.Errorf("a key that comes twice: %v", err)
	}
}
