package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every mistake in a config file is one line that names the file and the place.
func TestConfigErrorsNameTheLine(t *testing.T) {
	var report strings.Builder
	say := func(name, path string) {
		_, err := readConfig(path)
		fmt.Fprintf(&report, "%s\n  %s\n", name, strings.ReplaceAll(fmt.Sprint(err), filepath.Dir(path), "FOLDER"))
	}
	for _, test := range []struct{ name, content string }{
		{"empty", ""}, {"a comment", "# nothing\n"}, {"null", "null\n"},
		{"BOM", "\uFEFFtimeout: 5m\n"}, {"BOM and a mistake", "\uFEFFtimeuot: 5m\n"},
		{"a tab", "models:\n\tcoder: {model: gpt-oss-20b}\n"}, {"not YAML", "{{{"}, {"a list", "- a\n- b\n"}, {"a number", "42"},
		{"NUL", "\x00"}, {"a second document", "log-level: warn\n---\nlog-level: info\n"},
		{"a key twice", "timeout: 5m\nlog-level: warn\ntimeout: 6m\n"},
		{"an unknown key", "colour: red\n"}, {"an unknown key near a known one", "log-level: warn\ntimeuot: 5m\n"},
		{"a flag that is not a key", "sandbox: true\n"}, {"a list for one value", "timeout: [5m, 6m]\n"},
		{"a mapping for a value", "timeout: {a: b}\n"}, {"a mapping in a list", "tools: [{a: b}]\n"}, {"a null value", "timeout:\n"},
		{"one text for a list", "tools: chat\n"}, {"an alias", "tools: &t [chat]\nallow-host: *t\n"},
		{"models is a list", "models: [gpt-oss-20b]\n"}, {"a model is a text", "models: {coder: gpt-oss-20b}\n"}, {"models is null", "models:\n"},
		{"a model without its model", "models:\n  coder: {temperature: 1}\n"},
		{"a model's unknown key", "models:\n  coder: {model: gpt-oss-20b, temprature: 1}\n"},
		{"a temperature", "models: {coder: {model: gpt-oss-20b, temperature: 3}}\n"},
		{"not a number", "models: {coder: {model: gpt-oss-20b, temperature: .nan}}\n"},
		{"max_tokens", "models: {coder: {model: gpt-oss-20b, max_tokens: 0}}\n"},
		{"max_tokens as words", "models: {coder: {model: gpt-oss-20b, max_tokens: many}}\n"},
		{"a fallback", "models: {coder: {model: gpt-oss-20b, fallback: {a: b}}}\n"},
		{"a query", "models:\n  quick: {model: \"llama@fastst\"}\n"},
		{"a named model of a named model", "models:\n  a: {model: b}\n  b: {model: gpt-oss-20b}\n"},
		{"a bad fallback", "models:\n  a: {model: gpt-oss-20b, fallback: [\"llama@\"]}\n"},
		{"a default", "defaults: {chat: \"llama@\"}\n"}, {"an unknown default", "defaults: {vison: gpt-oss-20b}\n"},
		{"defaults is a text", "defaults: chat\n"}, {"a name with blanks", "defaults: {chat: a b}\n"},
	} {
		say(test.name, writeConfig(t, test.content))
	}
	say("a folder", t.TempDir())
	say("missing", filepath.Join(t.TempDir(), "config.yaml"))
	checkGolden(t, "testdata/config_errors.golden", report.String())
}

func TestAMissingConfigFileDiffersFromABrokenOne(t *testing.T) {
	if _, err := readConfig(filepath.Join(t.TempDir(), "none.yaml")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v", err)
	}
}

func TestAFileThatMayNotBeRead(t *testing.T) {
	path := writeConfig(t, "timeout: 5m\n")
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := os.ReadFile(path); err == nil {
		t.Skip("this user may read everything")
	}
	if _, err := readConfig(path); err == nil || !strings.HasSuffix(err.Error(), "permission denied") {
		t.Errorf("got %v", err)
	}
}
