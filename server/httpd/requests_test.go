package httpd_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
)

// request returns a request as a client of this protocol version sends it.
func (e *endpoint) request(ctx context.Context, version, method, params string) *http.Request {
	e.Helper()
	fields := map[string]any{}
	if err := json.Unmarshal([]byte(params), &fields); err != nil {
		e.Fatal(err)
	}
	meta, _ := fields["_meta"].(map[string]any)
	if meta == nil {
		meta = map[string]any{}
	}
	if version == modern {
		meta["io.modelcontextprotocol/protocolVersion"] = version
		meta["io.modelcontextprotocol/clientInfo"] = map[string]any{"name": "test", "version": "1"}
		meta["io.modelcontextprotocol/clientCapabilities"] = map[string]any{}
	}
	fields["_meta"] = meta
	message := map[string]any{"jsonrpc": "2.0", "method": method, "params": fields}
	if !strings.HasPrefix(method, "notifications/") {
		message["id"] = 1
	}
	body, err := json.Marshal(message)
	if err != nil {
		e.Fatal(err)
	}
	r := e.raw(ctx, string(body))
	r.Header.Set("Mcp-Protocol-Version", version)
	if version == modern {
		r.Header.Set("Mcp-Method", method)
		if name, ok := fields["name"].(string); ok {
			r.Header.Set("Mcp-Name", name)
		}
	}
	return r
}

// raw returns a POST with any body.
func (e *endpoint) raw(ctx context.Context, body string) *http.Request {
	e.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, e.url, strings.NewReader(body))
	if err != nil {
		e.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	return r
}

// chat returns a request that calls chat.
func (e *endpoint) chat(version string) *http.Request {
	e.Helper()
	return e.request(e.Context(), version, "tools/call", `{"name":"chat","arguments":{"prompt":"hi"}}`)
}

// response is an answer whose body was read.
type response struct {
	*http.Response
	body string
}

func (e *endpoint) do(r *http.Request) response {
	e.Helper()
	got, err := e.try(r)
	if err != nil {
		e.Fatal(err)
	}
	return got
}

func (e *endpoint) try(r *http.Request) (response, error) {
	answer, err := e.web.Do(r)
	if err != nil {
		return response{}, err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	return response{answer, string(body)}, err
}

func (e *endpoint) get(path string) response {
	e.Helper()
	r, err := http.NewRequestWithContext(e.Context(), http.MethodGet, "http://"+e.host+path, nil)
	if err != nil {
		e.Fatal(err)
	}
	return e.do(r)
}

// checkServes fails unless the server answers a call.
func (e *endpoint) checkServes() {
	e.Helper()
	if got := e.do(e.chat(modern)); got.StatusCode != http.StatusOK || !strings.Contains(got.body, `"content"`) {
		e.Errorf("afterwards a call is answered by %d %s", got.StatusCode, got.body)
	}
}

// check fails unless the answer has the status and all the words, and no text that
// belongs into a log.
func (r response) check(t testing.TB, status int, words ...string) {
	t.Helper()
	if r.StatusCode != status {
		t.Errorf("status %d, want %d: %s", r.StatusCode, status, r.body)
	}
	for _, word := range words {
		if !strings.Contains(r.body, word) {
			t.Errorf("the body %q lacks %q", r.body, word)
		}
	}
	for _, trace := range []string{"goroutine ", ".go:", "panic"} {
		if strings.Contains(r.body, trace) {
			t.Errorf("the body looks like a stack trace: %q", r.body)
		}
	}
}

// background sends a request in the background.
func (e *endpoint) background(r *http.Request) <-chan string {
	answered := make(chan string, 1)
	go func() {
		got, err := e.try(r)
		if err != nil {
			answered <- err.Error()
			return
		}
		answered <- fmt.Sprint(got.StatusCode, " ", got.body)
	}()
	return answered
}
