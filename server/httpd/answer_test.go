package httpd_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd"
)

const (
	document = "application/json"
	stream   = "text/event-stream"
)

// resultOf returns the result in an answer, which is a document or a stream.
func resultOf(t *testing.T, got response) string {
	t.Helper()
	body := got.body
	if got.Header.Get("Content-Type") == stream {
		events := strings.Split(strings.TrimSpace(body), "\n\n")
		body = strings.TrimPrefix(events[len(events)-1], "event: message\ndata: ")
	}
	var answer struct {
		ID     json.RawMessage `json:"id"`
		Result struct {
			StructuredContent struct {
				Content string `json:"content"`
			} `json:"structuredContent"`
		} `json:"result"`
	}
	if err := json.Unmarshal([]byte(body), &answer); err != nil {
		t.Errorf("%v in %q", err, got.body)
	}
	return answer.Result.StructuredContent.Content
}

func TestAnswersHaveTheFormThatTheClientAccepts(t *testing.T) {
	e := serveHTTP(t, setup{}, httpd.Options{})
	for accept, want := range map[string]struct{ plain, withProgress string }{
		"application/json, text/event-stream": {document, stream},
		"":                                    {document, stream},
		"*/*":                                 {document, stream},
		"Text/*, application/*;q=0.1":         {document, stream},
		";;;":                                 {document, stream},
		"application/json":                    {document, document},
		"application/json;charset=utf-8":      {document, document},
		"application/json, text/html":         {document, document},
		"text/event-stream;q=0, */*":          {document, document},
		"text/event-stream":                   {stream, stream},
		"text/*":                              {stream, stream},
		"application/json;q=0.0, text/event-stream": {stream, stream},
		"*/*, application/json; q=0, application/*": {stream, stream},
		"text/html": {},
		"*/*;q=0":   {},
	} {
		for _, version := range eras {
			for params, form := range map[string]string{
				`{"name":"chat","arguments":{"prompt":"hi"}}`:                               want.plain,
				`{"name":"chat","arguments":{"prompt":"hi"},"_meta":{"progressToken":"t"}}`: want.withProgress,
			} {
				r := e.request(t.Context(), version, "tools/call", params)
				r.Header["Accept"] = []string{accept}
				if accept == "" {
					r.Header["Accept"] = nil
				}
				got := e.do(r)
				if form == "" {
					got.check(t, http.StatusNotAcceptable, "Accept: application/json, text/event-stream")
					continue
				}
				got.check(t, http.StatusOK)
				if kind := got.Header.Get("Content-Type"); kind != form || resultOf(t, got) == "" {
					t.Errorf("Accept %q, %s, %s: %s %s", accept, version, params, kind, got.body)
				}
			}
		}
	}
	r := e.raw(t.Context(), `{"jsonrpc":"2.0","method":"notifications/initialized"}`)
	r.Header.Set("Accept", "text/html")
	e.do(r).check(t, http.StatusAccepted) // has no answer to take a form
}

// Errors have the form that is accepted too, but a status of their own stays one.
func TestErrorsInAStream(t *testing.T) {
	e := serveHTTP(t, setup{}, httpd.Options{})
	for version, status := range map[string]int{"2025-11-25": http.StatusOK, modern: http.StatusBadRequest} {
		r := e.request(t.Context(), version, "tools/call", `{"name":"chart"}`)
		r.Header.Set("Accept", stream)
		got := e.do(r)
		got.check(t, status, "-32602", "the nearest is chat")
		if isStream := got.Header.Get("Content-Type") == stream; isStream != (status == http.StatusOK) {
			t.Errorf("%s: %v", version, got.Header)
		}
	}
}

// Proxies and clients give up on an answer without a byte, whether or not the client
// asked for progress.
func TestASlowAnswerIsKeptAlive(t *testing.T) {
	const takes = 65 * time.Second
	for _, version := range eras {
		for _, accept := range []string{document + ", " + stream, document, stream} {
			for _, token := range []string{"", `,"_meta":{"progressToken":1}`} {
				t.Run(fmt.Sprint(version, accept, token != ""), func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						e := serveInMemory(t, httpd.Options{})
						e.Script(emulator.Fault{Path: "/chat/completions", Delay: takes})
						r := e.request(t.Context(), version, "tools/call", `{"name":"chat","arguments":{"prompt":"hi"}`+token+`}`)
						r.Header.Set("Accept", accept)
						start := time.Now()
						answer, err := e.web.Do(r)
						if err != nil {
							t.Fatal(err)
						}
						defer answer.Body.Close()
						silence := &silence{Reader: answer.Body, last: start}
						body, err := io.ReadAll(silence)
						if err != nil {
							t.Fatal(err)
						}
						if silence.longest > 10*time.Second {
							t.Errorf("nothing was sent for %s", silence.longest)
						}
						if took := time.Since(start).Round(time.Second); took != takes {
							t.Errorf("the answer took %s", took)
						}
						got := response{answer, string(body)}
						got.check(t, http.StatusOK)
						if resultOf(t, got) == "" || !strings.Contains(accept, answer.Header.Get("Content-Type")) {
							t.Errorf("%v: %q", answer.Header, body)
						}
					})
				})
			}
		}
	}
}

// silence records how long nothing could be read, until the end.
type silence struct {
	io.Reader
	last    time.Time
	longest time.Duration
}

func (s *silence) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	s.longest, s.last = max(s.longest, time.Since(s.last)), time.Now()
	return n, err
}

func TestAPathWithASlashIsTheSame(t *testing.T) {
	for _, o := range []httpd.Options{{}, {Path: "/a/b/"}, {Path: "/"}} {
		e := serveHTTP(t, setup{}, o)
		path := strings.TrimSuffix("/"+strings.Trim(o.Path, "/"), "/")
		if o.Path == "" {
			path = "/mcp"
		}
		for _, served := range []string{path, path + "/"} {
			if served == "" {
				continue
			}
			r := e.chat(modern)
			r.URL.Path = served
			e.do(r).check(t, http.StatusOK, `"content"`)
		}
		for _, other := range []string{path + "//", path + "/x", "/mc"} {
			r := e.chat(modern)
			r.URL.Path = other
			e.do(r).check(t, http.StatusNotFound, "the MCP endpoint is")
		}
	}
}

// What clients write in their own way is read, over HTTP as over stdio.
func TestOddMessagesAreRead(t *testing.T) {
	e := serveHTTP(t, setup{}, httpd.Options{})
	for body, words := range map[string][]string{
		"\ufeff" + `{"jsonrpc":"2.0","id":1,"method":"ping"}`: {`"id":1,"result":{}`},
		`{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":[],"clientInfo":{"name":"php"}}}`: {
			`"protocolVersion":"2025-11-25"`},
		`{"jsonrpc":"2.0","id":1,"method":"tools/list","params":[]}`:                {`structured-extract`},
		`{"jsonrpc":"2.0","id":9007199254740993,"method":"ping"}`:                   {`"id":9007199254740993,`},
		`{"jsonrpc":"2.0","id":1e400,"method":"tools\/call","params":{"name":"x"}}`: {`"id":1e400,`, "-32602", "structured-extract"},
		`{"jsonrpc":"2.0","id":123456789012345678901234567890,"method":"tools/call","params":{"name":"chat","arguments":{"prompt":"hi"},` +
			`"_meta":{"progressToken":98765432109876543210.10}}}`: {`"id":123456789012345678901234567890,`, `"progressToken":98765432109876543210.10`},
	} {
		e.do(e.raw(t.Context(), body)).check(t, http.StatusOK, words...)
	}
	for id := range map[string]bool{"{}": true, "[1]": true, "true": true, "null": true} {
		got := e.do(e.raw(t.Context(), `{"jsonrpc":"2.0","id":`+id+`,"method":"ping"}`))
		got.check(t, http.StatusBadRequest, "-32600", "the id of a JSON-RPC request must be a string or a number")
	}
}

// The TypeScript SDK takes a 401 for the beginning of OAuth, and shows its user what
// answers its registration.
func TestTheReasonOfA401ReachesAClientThatTriesOAuth(t *testing.T) {
	e := serveHTTP(t, setup{}, httpd.Options{Callers: openTokens(t, "team: "+goodToken)})
	for _, path := range []string{"/.well-known/oauth-protected-resource/mcp", "/.well-known/oauth-authorization-server"} {
		e.get(path).check(t, http.StatusNotFound)
	}
	r := e.raw(t.Context(), `{"redirect_uris":["http://localhost:1/callback"]}`)
	r.URL.Path = "/register"
	got := e.do(r)
	var refused struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	if err := json.NewDecoder(bytes.NewBufferString(got.body)).Decode(&refused); err != nil {
		t.Fatal(err)
	}
	if got.StatusCode != http.StatusForbidden || refused.Error != "access_denied" || !strings.Contains(refused.Description, "Authorization: Bearer TOKEN") {
		t.Errorf("%d %s", got.StatusCode, got.body)
	}
	without := serveHTTP(t, setup{}, httpd.Options{})
	r = without.raw(t.Context(), `{}`)
	r.URL.Path = "/register"
	without.do(r).check(t, http.StatusNotFound)
}
