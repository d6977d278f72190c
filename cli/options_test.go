package cli

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// good are values other than the defaults.
var good = map[string]string{
	"base-url": "http://a.example/v1", "catalog-url": "http://a.example/models", "header": "X-Team: research", "api-key-file": "key", "cache-dir": "cache",
	"allow-dir": "images", "allow-image-host": "images.example", "allow-image-http": "true", "tools": "embed", "write-dir": "results", "no-vector-cache": "true",
	"timeout": "7s", "max-wait": "8s", "idle-timeout": "9s", "max-in-flight": "10", "rate-limit": "11", "max-cost": "1.5",
	"catalog-ttl": "12s", "log-level": "warn", "log-format": "json",
	"listen": "127.0.0.1:1", "path": "/other", "no-page": "true", "allow-host": "mcp.example", "allow-origin": "https://chat.example",
	"tls-cert": "cert.pem", "tls-key": "cert.pem", "auth-token-file": "tokens", "callers": "callers.yaml", "insecure-no-auth": "true",
	"audit-dir": "audit", "audit-days": "7",
	"oauth-issuer": "https://id.example.com", "oauth-audience": "https://mcp.example.com/mcp", "oauth-caller-claim": "email",
	"token-rate": "13", "max-concurrent": "14", "drain-timeout": "15s", "memory-limit": "64MiB", "metrics-addr": "127.0.0.1:2",
	"redis-url": "redis://:password@redis.example:6380/1", "redis-ca": "cert.pem",
}

// Each option arrives in its field from its flag, its variable and its key.
func TestEveryOptionHasThreeSources(t *testing.T) {
	for _, row := range newProgram("").rows {
		value, known := good[row.name]
		if row.name == "sandbox" || row.name == "config" {
			continue
		}
		if !known {
			t.Errorf("this test has no value for %s", row.name)
			continue
		}
		t.Run(row.name, func(t *testing.T) {
			empty := writeConfig(t, "")
			flag := loaded(t, "--config", empty, "--"+row.name+"="+value)
			if reflect.DeepEqual(valuesOf(flag), valuesOf(loaded(t, "--config", empty))) {
				t.Fatal("the flag sets nothing")
			}
			file := loaded(t, "--config", writeConfig(t, fmt.Sprintf("%s: %q\n", row.name, value)))
			if !reflect.DeepEqual(valuesOf(file), valuesOf(flag)) {
				t.Errorf("from the config file: %+v", file)
			}
			if got := file.from(row.name); !strings.HasSuffix(string(got), "config.yaml:1: "+row.name) {
				t.Errorf("it came from %s", got)
			}
			if row.variable == "" {
				return
			}
			t.Setenv(row.variable, value)
			variable := loaded(t, "--config", empty)
			if !reflect.DeepEqual(valuesOf(variable), valuesOf(flag)) || string(variable.from(row.name)) != row.variable {
				t.Errorf("from the variable: %+v", variable)
			}
		})
	}
}

// valuesOf leaves out where the values came from.
func valuesOf(o options) options {
	o.origins, o.Config = nil, ""
	return o
}

// loaded returns the options of http in force.
func loaded(t *testing.T, args ...string) options {
	t.Helper()
	p := newProgram("")
	cmd, rest, err := p.rootCommand().Find(append([]string{"http"}, args...))
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.ParseFlags(rest); err != nil {
		t.Fatal(err)
	}
	if err := p.load(cmd); err != nil {
		t.Fatal(err)
	}
	return p.options
}

func writeConfig(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// bad are values that options refuse; an option that is not here takes any text.
var bad = map[string]string{
	"base-url": "ftp://u:password@a.example", "catalog-url": "127.0.0.1:8400/models", "header": "X-Secret password", "allow-dir": "",
	"allow-image-host": "https://images.example", "allow-image-http": "maybe", "no-vector-cache": "maybe", "sandbox": "perhaps", "timeout": "0s", "max-wait": "-1s", "idle-timeout": "soon",
	"max-in-flight": "-1", "rate-limit": "often", "max-cost": "NaN", "catalog-ttl": "0", "log-level": "loud", "log-format": "xml",
	"tools": "chat,translate",
	"path":  "/healthz", "allow-host": "mcp.example, *", "allow-origin": "https://chat.example/a", "insecure-no-auth": "si", "no-page": "perhaps", "token-rate": "many",
	"oauth-issuer": "http://u:password@id.example.com", "oauth-audience": "a \"name\"",
	"max-concurrent": "0", "audit-days": "-1", "drain-timeout": "-5m", "memory-limit": "1MiB",
	"redis-url": "http://u:password@redis.example",
}

// Every error about a value names where it came from and what is allowed. A flag wins
// over a variable, and that over the file, also when both are wrong.
func TestBadValuesNameTheirSource(t *testing.T) {
	var report strings.Builder
	say := func(title string, args ...string) {
		var stderr bytes.Buffer
		p := newProgram("")
		p.err = &stderr
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		code := p.run(ctx, args)
		if ctx.Err() != nil {
			t.Fatalf("%s runs", title)
		}
		said := strings.ReplaceAll(strings.TrimSpace(stderr.String()), filepath.Dir(args[len(args)-1]), "FOLDER")
		fmt.Fprintf(&report, "%s (exit %d)\n  %s\n", title, code, strings.ReplaceAll(said, "\n", "\n  "))
	}
	for _, row := range newProgram("").rows {
		value, refuses := bad[row.name]
		if refuses != (row.value.allowed != "") {
			t.Errorf("this test does not know whether %s refuses a value", row.name)
		}
		if !refuses {
			continue
		}
		t.Run(row.name, func(t *testing.T) {
			empty := writeConfig(t, "")
			flag := "--" + row.name + "=" + value
			say(flag, "http", flag, "--config", empty)
			broken := writeConfig(t, fmt.Sprintf("log-format: text\n%s: %q\n", row.name, value))
			say("config.yaml", "http", "--config", broken)
			if row.variable != "" && strings.TrimSpace(value) != "" {
				t.Setenv(row.variable, value)
				say(row.variable, "http", "--config", empty)
				say(row.variable+" and config.yaml", "http", "--config", broken)
				say(flag+" and "+row.variable, "http", flag, "--config", empty)
			}
		})
	}
	for _, args := range [][]string{
		{"http", "--tls-cert=c.pem"}, {"http", "--tls-key=k.pem"}, {"http", "--auth-token-file=t", "--insecure-no-auth"},
		{"http", "--callers=c", "--insecure-no-auth"}, {"http", "--callers=c", "--auth-token-file=t"},
		{"http", "--oauth-issuer=https://id.example.com"}, {"http", "--oauth-audience=a"}, {"http", "--oauth-issuer=id.example.com"},
		{"http", "--oauth-issuer=https://id.example.com", "--oauth-audience=a", "--insecure-no-auth"},
		{"http", "--allow-dir=images"}, {"http", "--write-dir=results"}, {"http", "--listen=0.0.0.0:1"}, {"http", "--listen=nowhere"},
		{"http", "extra"}, {"modles"}, {"--tempo"}, {"http", "--timeuot=5s"}, {"http", "-x"}, {"call"}, {"resolve"},
		{"call", "translate", "--sandbox"}, {"call", "chat", "prompt", "--sandbox"}, {"models", "--sort=colour"},
		{"resolve", "a@b", "c"}, {"token", "nwe"}, {"token", "new"}, {"token", "new", "a b"},
		{"callers", "lits"}, {"callers", "list"}, {"callers", "list", "--callers=/nowhere"}, {"callers", "add", "--callers=/nowhere"},
		{"callers", "add", "a", "--callers=/nowhere", "--tools=chta"}, {"callers", "add", "a", "--callers=/nowhere", "--models=a@b"},
		{"callers", "add", "a", "--callers=/nowhere", "--key-file=/nowhere"}, {"callers", "revoke", "a", "--callers=/nowhere"},
		{"callers", "usage"}, {"callers", "usage", "--audit-dir=/nowhere", "--month=May"}, {"callers", "usage", "a", "--audit-dir=/nowhere"},
		{"callers", "list", "--timeout=5s"}, {"version", "now"}, {"stdio", "--listen=1"},
		{"setup", "claude"}, {"setup", "cursor", "zed"}, {"setup", "claude-desktop", "--url=https://a.example/mcp"},
		{"setup", "zed", "--url=https://a.example/mcp", "--sandbox"}, {"setup", "zed", "--token-env=T"}, {"setup", "print", "--remove"}, {"setup", "zed", "--name="},
		{"http", "--path="}, {"http", "--allow-host= "}, {"http", "--allow-origin=,,"}, {"models", "--sandbox", "--allow-dir=/nowhere"},
		{"call", "chat", "prompt=hi", "--sandbox", "--write-dir=/nowhere"}, {"stdio", "--sandbox", "--log-level=error", "--write-dir=/nowhere"}, {"models", "--write-dir=/"},
		{"emulator", "--listen=8089"}, {"emulator", "--listen=unix:/x"}, {"emulator", "--rate-limit=often"}, {"emulator", "--latency=-1s"},
		{"emulator", "--token-delay=soon"}, {"emulator", "--sandbox"}, {"emulator", "--timeout=5s"}, {"emulator", "now"},
	} {
		say(strings.Join(args, " "), append(args, "--config", writeConfig(t, ""))...)
	}
	checkGolden(t, "testdata/bad_values.golden", report.String())
}

func TestHelpIsTheGoldenFile(t *testing.T) {
	for _, args := range [][]string{
		{}, {"stdio"}, {"http"}, {"call"}, {"models"}, {"resolve"}, {"doctor"}, {"setup"}, {"emulator"}, {"token"}, {"token", "new"},
		{"callers"}, {"callers", "list"}, {"callers", "add"}, {"callers", "revoke"}, {"callers", "usage"}, {"version"},
	} {
		var out bytes.Buffer
		p := newProgram("")
		p.out = &out
		if code := p.run(t.Context(), append(args, "--help")); code != 0 {
			t.Errorf("%v: exit code %d", args, code)
		}
		name := strings.Join(append([]string{"ai-endpoints-mcp"}, args...), "-")
		checkGolden(t, filepath.Join("testdata", "help", name+".txt"), out.String())
	}
}

func checkGolden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil || string(want) != got {
		t.Errorf("%s is not what the program says; run make golden and review the diff (%v):\n%s", path, err, got)
	}
}
