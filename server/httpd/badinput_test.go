package httpd_test

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd"
)

func TestBadRequestsAreRefusedAndTheServerGoesOn(t *testing.T) {
	e := serveHTTP(t, setup{}, httpd.Options{})
	post := func(body string) *http.Request { return e.raw(t.Context(), body) }
	typed := func(kind string) *http.Request {
		r := e.chat(modern)
		r.Header.Set("Content-Type", kind)
		return r
	}
	method := func(name, version string) *http.Request {
		r := e.chat(version)
		r.Method, r.Body, r.ContentLength = name, nil, 0
		return r
	}
	tests := map[string]struct {
		request *http.Request
		status  int
		words   []string
	}{
		"no JSON":      {post(`{"jsonrpc":`), 400, []string{"-32700", "not valid JSON"}},
		"nothing":      {post(""), 400, []string{"-32700", "not valid JSON"}},
		"two messages": {post(`{} {}`), 400, []string{"-32700"}},
		"no UTF-8":     {post("{\"method\":\"\xff\xfe\",}"), 400, []string{"-32700"}},
		"a batch": {post(` [{"jsonrpc":"2.0","id":1,"method":"ping"}]`), 400,
			[]string{"-32600", "batches are not supported", "one message"}},
		"an empty batch":      {post(`[]`), 400, []string{"-32600", "batches"}},
		"a text":              {post(`"ping"`), 400, []string{"-32600", "not a JSON-RPC message"}},
		"null":                {post(`null`), 400, []string{"-32600"}},
		"a method of no text": {post(`{"jsonrpc":"2.0","id":1,"method":7}`), 400, []string{"-32600", "method"}},
		"another JSON-RPC":    {post(`{"jsonrpc":"1.0","id":1,"method":"ping"}`), 200, []string{"-32600"}},
		"deep JSON":           {post(strings.Repeat(`{"a":`, 20_000) + "1" + strings.Repeat("}", 20_000)), 400, []string{"-32700"}},
		"plain text":          {typed("text/plain"), 415, []string{"application/json"}},
		"no type":             {typed(""), 415, []string{"application/json"}},
		"a form":              {typed("application/x-www-form-urlencoded"), 415, nil},
		"GET, legacy":         {method("GET", "2025-11-25"), 405, []string{"POST"}},
		"GET, modern":         {method("GET", modern), 405, []string{"POST"}},
		"DELETE, legacy":      {method("DELETE", "2025-11-25"), 405, []string{"POST"}},
		"DELETE, modern":      {method("DELETE", modern), 405, []string{"POST"}},
		"PUT":                 {method("PUT", modern), 405, nil},
		"no era":              {e.request(t.Context(), "1999-01-01", "ping", `{}`), 400, []string{"1999-01-01"}},
		"unknown, legacy":     {e.request(t.Context(), "2025-11-25", "no/such", `{}`), 200, []string{"-32601", "no/such"}},
		"unknown, modern":     {e.request(t.Context(), modern, "no/such", `{}`), 404, []string{"-32601", "no/such"}},
		"an unknown tool":     {e.request(t.Context(), modern, "tools/call", `{"name":"translate"}`), 400, []string{"-32602", "translate"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := e.do(test.request)
			got.check(t, test.status, test.words...)
			if got.StatusCode == http.StatusMethodNotAllowed && got.Header.Get("Allow") != "POST" {
				t.Errorf("Allow is %q", got.Header.Get("Allow"))
			}
		})
	}
	e.checkServes()
}

// There are no sessions, so a session id is ignored, whether forged or of a server before
// a restart.
func TestAnUnknownSessionIsNothing(t *testing.T) {
	e := serveHTTP(t, setup{}, httpd.Options{})
	for _, version := range eras {
		r := e.chat(version)
		r.Header.Set("Mcp-Session-Id", "mcp-session-forged")
		got := e.do(r)
		got.check(t, http.StatusOK, `"content"`)
		if id := got.Header.Get("Mcp-Session-Id"); id != "" {
			t.Errorf("%s: the session id %q came back", version, id)
		}
	}
}

func TestABodyThatIsTooLarge(t *testing.T) {
	e := serveHTTP(t, setup{}, httpd.Options{Callers: openTokens(t, "team: "+goodToken)})
	large := `{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":"` + strings.Repeat("x", 17<<20) + `"}}`
	bodies := map[string]func() io.Reader{
		"announced": func() io.Reader { return strings.NewReader(large) },
		"chunked":   func() io.Reader { return io.MultiReader(strings.NewReader(large)) },
		"endless":   func() io.Reader { return endless{} },
	}
	for name, body := range bodies {
		t.Run(name, func(t *testing.T) {
			r := e.raw(t.Context(), "")
			r.Header.Set("Authorization", "Bearer "+goodToken)
			r.Body, r.ContentLength = io.NopCloser(body()), -1
			if name == "announced" {
				r.ContentLength = int64(len(large))
			}
			answer, err := e.web.Do(r)
			if err != nil {
				t.Fatal(err)
			}
			defer answer.Body.Close()
			text, _ := io.ReadAll(answer.Body)
			response{answer, string(text)}.check(t, http.StatusRequestEntityTooLarge, "16 MiB", "Hint")
		})
	}
	t.Run("15 MiB are not", func(t *testing.T) {
		r := e.raw(t.Context(), `["`+strings.Repeat("x", 15<<20)+`"]`)
		r.Header.Set("Authorization", "Bearer "+goodToken)
		e.do(r).check(t, http.StatusBadRequest, "batches")
	})
}

type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }

// Local files cannot be read over HTTP, in any notation of a path.
func TestLocalFilesAreNotReadable(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "image.png")
	writeFile(t, path, "image-bytes")
	e := serveHTTP(t, setup{}, httpd.Options{})
	for _, image := range []string{path, "file://" + path, "FILE://" + path, "file:" + path, "/proc/self/environ", "../../etc/passwd",
		"~/.ssh/id_rsa"} {
		calls := map[string]string{
			"describe-image":     fmt.Sprintf(`{"image":%q}`, image),
			"structured-extract": fmt.Sprintf(`{"images":[%q],"schema":{"type":"object"}}`, image),
			"chat":               fmt.Sprintf(`{"messages":[{"role":"user","content":[{"type":"image_url","image_url":{"url":%q}}]}]}`, image),
		}
		for tool, arguments := range calls {
			got := e.do(e.request(t.Context(), modern, "tools/call", fmt.Sprintf(`{"name":%q,"arguments":%s}`, tool, arguments)))
			got.check(t, http.StatusOK, `"isError":true`)
			if strings.Contains(got.body, "image-bytes") {
				t.Errorf("%s reads %s", tool, image)
			}
		}
		got := e.do(e.request(t.Context(), modern, "tools/call", fmt.Sprintf(`{"name":"describe-image","arguments":{"image":%q}}`, path)))
		got.check(t, http.StatusOK, "path_not_allowed")
	}
	for _, sent := range e.Requests() {
		if sent.Method == http.MethodPost {
			t.Errorf("a model was asked: %s", sent.Body)
		}
	}
	e.checkServes()
}

// Nor are files written, even if the provider has a folder for them.
func TestLocalFilesAreNotWritable(t *testing.T) {
	folder := t.TempDir()
	e := serveHTTP(t, setup{provider: provider.Options{NoLocalFiles: true, WriteDir: folder}}, httpd.Options{})
	for _, call := range []string{`{"name":"chat","arguments":{"prompt":"hi","save_to":"a.md"}}`, `{"name":"embed","arguments":{"input":"hi","save_to":"a.npy"}}`} {
		for _, era := range eras {
			got := e.do(e.request(t.Context(), era, "tools/call", call))
			got.check(t, http.StatusOK, "path_not_allowed: save_to: files are never written over HTTP. Hint: leave save_to out")
		}
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) > 0 {
		t.Errorf("there are %v (%v)", left, err)
	}
	e.checkServes()
}
