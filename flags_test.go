package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// Each flag but a few has a variable and a key of the config file, and the value
// arrives from there.
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
					t.Errorf("the config file gives %q, want %q", got, value)
				}
				if flag.Name == "api-key-file" {
					return // the variables hold the key itself
				}
				for _, name := range names {
					t.Setenv(flags[name].Envs[0], value)
				}
				if got := parsed(t, "", flag.Name); got != value {
					t.Errorf("the environment gives %q, want %q", got, value)
				}
			})
		}
	}
}

// inYAML writes a value as the config file has it.
func inYAML(flag *kong.Flag, value string) string {
	if flag.IsSlice() {
		return "[" + fmt.Sprintf("%q", value) + "]"
	}
	return value
}

// parsed gives a flag's value of the http command.
func parsed(t *testing.T, content, name string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	parser, err := newParser(t.Context(), &cli{}, &config{}, streams{strings.NewReader(""), io.Discard, io.Discard})
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

// What the flags of http say is what clients meet.
func TestFlagsOfHTTPAreInForce(t *testing.T) {
	u := newUpstream(t, emulator.Options{})
	p := startHTTP(t, append(u.flags, "--path", "/other", "--allow-host", "mcp.example", "--allow-origin", "https://chat.example",
		"--token-rate", "2", "--max-concurrent", "1")...)
	if status, _ := p.status(http.MethodPost, "/mcp", teamToken, ping); status != http.StatusNotFound {
		t.Errorf("the default path is answered by %d", status)
	}
	for _, test := range []struct {
		host, origin string
		status       int
	}{
		{"mcp.example", "https://chat.example", http.StatusUnauthorized},
		{"other.example", "", http.StatusForbidden},
		{"mcp.example", "https://other.example", http.StatusForbidden},
	} {
		r, err := http.NewRequestWithContext(soon(t), http.MethodPost, p.url+"/other", strings.NewReader(ping))
		if err != nil {
			t.Fatal(err)
		}
		if r.Host = test.host; test.origin != "" {
			r.Header.Set("Origin", test.origin)
		}
		answer, err := unkept().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		if answer.Body.Close(); answer.StatusCode != test.status {
			t.Errorf("host %s, origin %s: %s", test.host, test.origin, answer.Status)
		}
	}
	u.Script(emulator.Fault{Hang: true})
	go func() { p.status(http.MethodPost, "/other", teamToken, sayHi) }()
	await(t, u.started)
	if status, body := p.status(http.MethodPost, "/other", teamToken, ping); status != http.StatusTooManyRequests || !strings.Contains(body, "busy") {
		t.Errorf("beside a call, another is answered by %d %s", status, body)
	}
	if status, body := p.status(http.MethodPost, "/other", teamToken, ping); status != http.StatusTooManyRequests || !strings.Contains(body, "with this token") {
		t.Errorf("the third of a minute is answered by %d %s", status, body)
	}
}

// The connection stays open, so that only the program's own timeout can end it.
func TestTheIdleTimeoutCutsAnAnswerThatStalls(t *testing.T) {
	u := newUpstream(t, emulator.Options{})
	u.Script(emulator.Fault{Path: "/chat/completions", Hang: true, RawEvents: []string{`{"choices":[{"index":0,"delta":{"content":"so far"}}]}`}})
	p := startProcess(t, append([]string{"stdio", "--idle-timeout", "100ms", "--timeout", "10s"}, u.flags...)...)
	p.call(2, "chat", `{"prompt":"hi"}`)
	for {
		answer := p.message()
		if answer.ID != 2 {
			continue
		}
		for _, word := range []string{`"content":"so far"`, "stream_interrupted", "nothing more came for 100ms"} {
			if !strings.Contains(string(answer.Result), word) {
				t.Errorf("the answer lacks %s: %s", word, answer.Result)
			}
		}
		return
	}
}

func TestRequestsInFlightAreCapped(t *testing.T) {
	const waiting = 10
	u := newUpstream(t, emulator.Options{})
	u.Script(emulator.Fault{Path: "/chat/completions", Hang: true})
	p := startProcess(t, append([]string{"stdio", "--max-in-flight", "1"}, u.flags...)...)
	p.call(2, "chat", `{"prompt":"hi"}`)
	await(t, u.started)
	for i := range waiting {
		p.call(10+i, "embed", `{"input":"hi"}`)
	}
	p.call(3, "resolve-virtual-model", `{"query":"llama@latest"}`)
	for p.message().ID != 3 { // it needs no request, so it overtakes
		continue
	}
	if sent := len(u.Calls("/embeddings")); sent != 0 {
		t.Errorf("beside the only place %d requests went out", sent)
	}
	p.send(`{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":2}}`)
	for answered := 0; answered < waiting; {
		if p.message().ID >= 10 {
			answered++
		}
	}
	if sent := len(u.Calls("/embeddings")); sent != waiting {
		t.Errorf("once the place was free %d requests went out", sent)
	}
}
