package cli

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/alecthomas/kong"
)

// Each flag, with few exceptions, has a variable and a key of the config file, and
// its value is read from both.
func TestEveryFlagHasAVariableAndAKey(t *testing.T) {
	const (
		never    = ""
		together = "cert.pem" // --tls-cert and --tls-key need each other
	)
	values := map[string]string{
		"base-url": "http://a.example/v1", "catalog-url": "http://a.example/models", "api-key-file": "key", "cache-dir": "cache",
		"allow-dir": "pictures", "allow-image-host": "pictures.example", "allow-image-http": "true", "tools": "embed",
		"timeout": "7s", "max-wait": "8s", "idle-timeout": "9s", "max-in-flight": "10", "rate-limit": "11", "max-cost": "1.5",
		"catalog-ttl": "12s", "log-level": "warn", "log-format": "json",
		"listen": "127.0.0.1:1", "path": "/other", "allow-host": "mcp.example", "allow-origin": "https://chat.example",
		"tls-cert": together, "tls-key": together, "auth-token-file": "tokens", "insecure-no-auth": "true",
		"token-rate": "13", "max-concurrent": "14", "drain-timeout": "15s", "metrics-addr": "127.0.0.1:2",
		"help": never, "sandbox": never, "config": never,
	}
	root, flags := model(t), map[string]*kong.Flag{}
	for _, flag := range append(root.Flags, command(t, root, "http").Flags...) {
		flags[flag.Name] = flag
	}
	for _, flag := range flags {
		value, known := values[flag.Name]
		switch {
		case !known:
			t.Errorf("this test does not know --%s", flag.Name)
		case value != never:
			t.Run(flag.Name, func(t *testing.T) {
				names := []string{flag.Name}
				if value == together {
					names = []string{"tls-cert", "tls-key"}
				}
				var file strings.Builder
				for _, name := range names {
					fmt.Fprintf(&file, "%s: %s\n", name, inYAML(flag, value))
				}
				if got := parsed(t, file.String(), flag.Name); got != value {
					t.Errorf("from the config file: %q, want %q", got, value)
				}
				if flag.Name == "api-key-file" {
					return // the variables hold the key itself
				}
				for _, name := range names {
					t.Setenv(flags[name].Envs[0], value)
				}
				if got := parsed(t, "", flag.Name); got != value {
					t.Errorf("from the environment: %q, want %q", got, value)
				}
			})
		}
	}
}

// inYAML returns a value as the config file writes it.
func inYAML(flag *kong.Flag, value string) string {
	if flag.IsSlice() {
		return "[" + fmt.Sprintf("%q", value) + "]"
	}
	return value
}

// parsed returns the http command's value of a flag.
func parsed(t *testing.T, content, name string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	parser, err := newParser(t.Context(), &program{in: strings.NewReader(""), out: io.Discard, err: io.Discard})
	if err != nil {
		t.Fatal(err)
	}
	got, err := parser.Parse([]string{"http", "--config", file})
	if err != nil {
		t.Fatal(err)
	}
	for _, flag := range got.Flags() {
		if flag.Name == name {
			value := reflect.Indirect(reflect.ValueOf(got.FlagValue(flag)))
			return strings.Trim(fmt.Sprint(value.Interface()), "[]")
		}
	}
	t.Fatalf("there is no --%s", name)
	return ""
}
