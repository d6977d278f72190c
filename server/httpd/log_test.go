package httpd_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd"
)

// lockedBuffer is safe for concurrent use.
type lockedBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}

func jsonLog(w io.Writer) *slog.Logger {
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: slog.LevelDebug - 4}))
}

// lines waits for n log lines with a message, and returns them.
func (b *lockedBuffer) lines(t testing.TB, message string, count int) []map[string]any {
	t.Helper()
	var found []map[string]any
	eventually(t, "lines "+message, func() bool {
		found = nil
		for line := range strings.Lines(b.String()) {
			var fields map[string]any
			if err := json.Unmarshal([]byte(line), &fields); err != nil {
				t.Fatalf("%v in %s", err, line)
			}
			if fields["msg"] == message {
				found = append(found, fields)
			}
		}
		return len(found) >= count
	})
	return found
}

func TestACallIsOneLineOfTheLog(t *testing.T) {
	var log lockedBuffer
	e := serveHTTP(t, setup{log: jsonLog(&log)}, httpd.Options{Callers: openTokens(t, "team: "+goodToken)})
	send := func(arguments string) {
		r := e.request(t.Context(), modern, "tools/call", `{"name":"chat","arguments":`+arguments+`}`)
		r.Header.Set("Authorization", "Bearer "+goodToken)
		r.Header.Set("X-Request-Id", "proxy-7")
		if got := e.do(r); got.Header.Get("X-Request-Id") != "proxy-7" {
			t.Errorf("the request id is %q", got.Header.Get("X-Request-Id"))
		}
	}
	send(`{"prompt":"hi","model":"gpt-oss-20b"}`)
	first := log.lines(t, "call", 1)[0]
	for field, want := range map[string]any{"request_id": "proxy-7", "token": "team", "tool": "chat", "model": "gpt-oss-20b", "code": "ok",
		"status": 200.0} {
		if first[field] != want {
			t.Errorf("%s is %v, want %v", field, first[field], want)
		}
	}
	for _, field := range []string{"prompt_tokens", "completion_tokens", "cost_eur"} {
		if n, _ := first[field].(float64); n <= 0 {
			t.Errorf("%s is %v", field, first[field])
		}
	}
	if _, ok := first["latency"]; !ok {
		t.Errorf("the latency is missing in %v", first)
	}
	send(`{"prompt":"hi","temperature":9}`)
	if second := log.lines(t, "call", 2)[1]; second["code"] != "invalid_argument" || second["model"] != nil {
		t.Errorf("the failure is %v", second)
	}
	if got := len(log.lines(t, "call", 2)); got != 2 {
		t.Errorf("two calls are %d lines", got)
	}
}

func TestNothingThatACallerWroteIsLogged(t *testing.T) {
	const secret = "tell-nobody"
	var log lockedBuffer
	e := serveHTTP(t, setup{log: jsonLog(&log)}, httpd.Options{Callers: openTokens(t, "team: "+goodToken)})
	requests := map[string]func(r *http.Request){
		"a prompt":     func(*http.Request) {},
		"a header":     func(r *http.Request) { r.Header.Set("X-Anything", secret) },
		"a bad id":     func(r *http.Request) { r.Header.Set("X-Request-Id", secret+" {}") },
		"a long id":    func(r *http.Request) { r.Header.Set("X-Request-Id", strings.Repeat(secret, 10)) },
		"a host":       func(r *http.Request) { r.Host = secret + ".example" },
		"an origin":    func(r *http.Request) { r.Header.Set("Origin", "https://"+secret+".example") },
		"a query":      func(r *http.Request) { r.URL.RawQuery = "a=" + secret },
		"a path":       func(r *http.Request) { r.URL.Path = "/" + secret },
		"a token":      func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+secret) },
		"a URL token":  func(r *http.Request) { r.URL.RawQuery = "token=" + secret },
		"a session":    func(r *http.Request) { r.Header.Set("Mcp-Session-Id", secret) },
		"a method":     func(r *http.Request) { r.Method = strings.ToUpper(secret) },
		"a media type": func(r *http.Request) { r.Header.Set("Content-Type", secret) },
		"bad JSON":     func(r *http.Request) { *r = *withBody(e, `{"`+secret) },
		"JSON-RPC":     func(r *http.Request) { *r = *withBody(e, `{"jsonrpc":"2.0","id":"`+secret+`","method":"`+secret+`"}`) },
		"a tool":       func(r *http.Request) { *r = *e.request(t.Context(), modern, "tools/call", `{"name":"`+secret+`"}`) },
	}
	for _, change := range requests {
		r := e.request(t.Context(), modern, "tools/call", `{"name":"chat","arguments":{"prompt":"`+secret+`"}}`)
		change(r)
		if r.Header.Get("Authorization") == "" {
			r.Header.Set("Authorization", "Bearer "+goodToken)
		}
		e.do(r)
	}
	e.stop()
	e.awaitEnd()
	if strings.Contains(strings.ToLower(log.String()), secret) || strings.Contains(log.String(), goodToken) {
		t.Errorf("the log is\n%s", log.String())
	}
	if got := strings.Count(log.String(), `"request_id"`); got != len(requests) {
		t.Errorf("%d requests have %d lines", len(requests), got)
	}
}

func withBody(e *endpoint, body string) *http.Request { return e.raw(e.Context(), body) }
