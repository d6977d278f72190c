package httpd_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/resources/view"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd"
)

// page requests the page; change may be nil.
func (e *endpoint) page(method string, change func(r *http.Request)) response {
	e.Helper()
	r, err := http.NewRequestWithContext(e.Context(), method, "http://"+e.host+"/", nil)
	if err != nil {
		e.Fatal(err)
	}
	if change != nil {
		change(r)
	}
	return e.do(r)
}

// header returns what a browser is told, without what differs between requests.
func header(r response) http.Header {
	h := r.Header.Clone()
	for _, name := range []string{"Date", "X-Request-Id"} {
		h.Del(name)
	}
	return h
}

func wantPage(t *testing.T, got response, status int) {
	t.Helper()
	if got.StatusCode != status || got.body != string(view.HTML()) {
		t.Errorf("status %d with %d bytes, want %d with the page: %.200s", got.StatusCode, len(got.body), status, got.body)
	}
}

func TestThePage(t *testing.T) {
	e := serveHTTP(t, setup{provider: provider.Options{APIKey: "sk-server-0123456789"}}, httpd.Options{})
	got := e.page(http.MethodGet, nil)
	wantPage(t, got, http.StatusOK)
	want := http.Header{
		"Accept-Ranges": {"bytes"}, "Content-Length": got.Header["Content-Length"], "Etag": got.Header["Etag"],
		"Cache-Control":                {"no-cache"},
		"Content-Security-Policy":      {view.Policy() + "; frame-ancestors 'none'"},
		"Content-Type":                 {"text/html; charset=utf-8"},
		"Cross-Origin-Opener-Policy":   {"same-origin"},
		"Cross-Origin-Resource-Policy": {"same-origin"},
		"Referrer-Policy":              {"no-referrer"},
		"Vary":                         {"Origin, Access-Control-Request-Headers"},
		"X-Content-Type-Options":       {"nosniff"},
	}
	if diff := cmp.Diff(want, header(got)); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
	if !strings.HasPrefix(view.Policy(), "default-src 'none'; ") || len(got.Header.Get("Etag")) < 10 {
		t.Errorf("the headers are %v", got.Header)
	}
	if strings.Contains(got.body, "sk-server") || strings.Contains(got.body, "gpt-oss-120b\"") {
		t.Error("the page holds data")
	}
	t.Run("HEAD", func(t *testing.T) {
		head := e.page(http.MethodHead, nil)
		if diff := cmp.Diff(want, header(head)); diff != "" || head.body != "" || head.StatusCode != http.StatusOK {
			t.Errorf("status %d, %d bytes (-want +got):\n%s", head.StatusCode, len(head.body), diff)
		}
	})
	t.Run("not modified", func(t *testing.T) {
		same := e.page(http.MethodGet, func(r *http.Request) { r.Header.Set("If-None-Match", got.Header.Get("Etag")) })
		if same.StatusCode != http.StatusNotModified || same.body != "" || same.Header.Get("Content-Security-Policy") == "" {
			t.Errorf("status %d, headers %v", same.StatusCode, same.Header)
		}
		wantPage(t, e.page(http.MethodGet, func(r *http.Request) { r.Header.Set("If-None-Match", `"other"`) }), http.StatusOK)
	})
	for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete, http.MethodOptions, http.MethodTrace, "QUERY"} {
		refused := e.page(method, nil)
		refused.check(t, http.StatusMethodNotAllowed, "GET or HEAD")
		if refused.Header.Get("Allow") != "GET, HEAD" {
			t.Errorf("%s: Allow is %q", method, refused.Header.Get("Allow"))
		}
	}
	for _, path := range []string{"/index.html", "/catalog.html", "//", "/..", "/%2e"} {
		if got := e.get(path); got.StatusCode == http.StatusOK {
			t.Errorf("%s is answered with %.80s", path, got.body)
		}
	}
	e.checkServes()
}

// A browser sends no token when it opens the address, so the page comes with the refusal.
func TestThePageAsksForAToken(t *testing.T) {
	var log lockedBuffer
	e := serveHTTP(t, setup{log: jsonLog(&log)}, httpd.Options{Callers: openTokens(t, "team: "+goodToken)})
	got := e.page(http.MethodGet, nil)
	wantPage(t, got, http.StatusUnauthorized)
	if challenge := got.Header.Get("WWW-Authenticate"); challenge != `Bearer realm="ai-endpoints-mcp"` {
		t.Errorf("the challenge is %q", challenge)
	}
	right := e.page(http.MethodGet, func(r *http.Request) { as(r, goodToken) })
	wantPage(t, right, http.StatusOK)
	refused, accepted := header(got), header(right)
	refused.Del("WWW-Authenticate")
	accepted.Del("Accept-Ranges")
	if diff := cmp.Diff(accepted, refused); diff != "" {
		t.Errorf("headers without a token (-with +without):\n%s", diff)
	}
	if head := e.page(http.MethodHead, nil); head.StatusCode != http.StatusUnauthorized || head.body != "" || head.Header.Get("WWW-Authenticate") == "" {
		t.Errorf("HEAD: status %d, %d bytes", head.StatusCode, len(head.body))
	}
	wantPage(t, e.page(http.MethodGet, func(r *http.Request) { r.Header.Set("If-None-Match", got.Header.Get("Etag")) }), http.StatusUnauthorized)
	wrong := e.page(http.MethodGet, func(r *http.Request) { as(r, "nobody-knows-this-token") })
	wantPage(t, wrong, http.StatusUnauthorized)
	if !strings.Contains(wrong.Header.Get("WWW-Authenticate"), "invalid_token") {
		t.Errorf("a wrong token: %v", wrong.Header)
	}
	e.page(http.MethodGet, func(r *http.Request) { r.URL.RawQuery = "token=" + goodToken }).check(t, http.StatusBadRequest, "URL")
	if strings.Contains(log.String(), goodToken) {
		t.Errorf("the log is %s", log.String())
	}
	reasons := map[any]int{}
	for _, line := range log.lines(t, "refused", 5) {
		reasons[line["reason"]]++
	}
	if diff := cmp.Diff(map[any]int{"no_token": 3, "unknown_token": 1, "token_in_url": 1}, reasons); diff != "" {
		t.Errorf("reasons in the log (-want +got):\n%s", diff)
	}
}

func TestThePageIsForTheCallersOfTheFile(t *testing.T) {
	file := newCallersFile(t, "callers:\n  alice: {token: "+goodToken+", expires: 2000-01-02}\n  bob: {token: "+otherToken+", tools: [chat]}\n")
	e := serveHTTP(t, setup{}, httpd.Options{Callers: file.open()})
	expired := e.page(http.MethodGet, func(r *http.Request) { as(r, goodToken) })
	wantPage(t, expired, http.StatusUnauthorized)
	if !strings.Contains(expired.Header.Get("WWW-Authenticate"), "expired") {
		t.Errorf("an expired token: %v", expired.Header)
	}
	wantPage(t, e.page(http.MethodGet, func(r *http.Request) { as(r, otherToken) }), http.StatusOK)
}

func TestThePageWithAnIssuer(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	e := serveHTTP(t, setup{}, httpd.Options{OAuth: i.verifier(setup{}, "")})
	token := i.token(nil)
	e.ready(token)
	got := e.page(http.MethodGet, nil)
	wantPage(t, got, http.StatusUnauthorized)
	if want := `resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/mcp"`; !strings.Contains(got.Header.Get("WWW-Authenticate"), want) {
		t.Errorf("the challenge is %q", got.Header.Get("WWW-Authenticate"))
	}
	wantPage(t, e.page(http.MethodGet, func(r *http.Request) { as(r, token) }), http.StatusOK)
	wantPage(t, e.page(http.MethodGet, func(r *http.Request) { as(r, i.token(map[string]any{"exp": time.Now().Add(-time.Hour).Unix()})) }),
		http.StatusUnauthorized)
}

// Guesses at the page are slowed down as those at the endpoint, and counted with them.
func TestGuessesAtThePageSlowDown(t *testing.T) {
	guessing(t, func(g guesser) {
		atPage := func(token string) int {
			status, _ := g.send(attacker, "", func(r *http.Request) {
				r.Method, r.URL.Path, r.Body = http.MethodGet, "/", http.NoBody
				as(r, token)
			})
			return status
		}
		for i := range free {
			if status := atPage("guess " + strings.Repeat("x", i)); status != http.StatusUnauthorized {
				t.Errorf("guess %d: status %d", i, status)
			}
		}
		if status := atPage(goodToken); status != http.StatusTooManyRequests {
			t.Errorf("after %d guesses: status %d", free, status)
		}
		g.want(http.StatusTooManyRequests, attacker, goodToken)
	})
}

func TestThePageCountsInTheTokenRate(t *testing.T) {
	e := serveHTTP(t, setup{}, httpd.Options{Callers: openTokens(t, "team: "+goodToken), TokenRate: 2})
	for range 2 {
		wantPage(t, e.page(http.MethodGet, func(r *http.Request) { as(r, goodToken) }), http.StatusOK)
	}
	e.page(http.MethodGet, func(r *http.Request) { as(r, goodToken) }).check(t, http.StatusTooManyRequests, "too many requests")
}

func TestThePageChecksHostAndOrigin(t *testing.T) {
	e := serveHTTP(t, setup{}, httpd.Options{AllowOrigins: []string{"https://chat.example.com"}})
	navigation := map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
	for name, test := range map[string]struct {
		headers map[string]string
		status  int
	}{
		"its own origin":       {map[string]string{"Origin": "http://" + e.host, "Sec-Fetch-Site": "same-origin"}, http.StatusOK},
		"typed":                {map[string]string{"Sec-Fetch-Site": "none", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}, http.StatusOK},
		"a link elsewhere":     {navigation, http.StatusOK},
		"an allowed origin":    {map[string]string{"Origin": "https://chat.example.com", "Sec-Fetch-Site": "cross-site"}, http.StatusOK},
		"a fetch elsewhere":    {map[string]string{"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}, http.StatusForbidden},
		"a picture elsewhere":  {map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"}, http.StatusForbidden},
		"a frame elsewhere":    {map[string]string{"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"}, http.StatusForbidden},
		"an opaque origin":     {map[string]string{"Origin": "null"}, http.StatusForbidden},
		"another host":         {map[string]string{"Host": "evil.example"}, http.StatusForbidden},
		"a link, another host": {map[string]string{"Host": "evil.example", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}, http.StatusForbidden},
	} {
		got := e.page(http.MethodGet, func(r *http.Request) {
			for name, value := range test.headers {
				r.Header.Set(name, value)
			}
			r.Host = test.headers["Host"]
		})
		if got.StatusCode != test.status {
			t.Errorf("%s: status %d, want %d", name, got.StatusCode, test.status)
		}
	}
}

// Where the endpoint is elsewhere, the page says so; where it is at /, there is no page.
func TestThePageFindsTheEndpoint(t *testing.T) {
	for path, endpoint := range map[string]string{
		"": "./mcp", "/mcp": "./mcp", "/a/b": "./a/b", `/"<x>'`: "./&#34;&lt;x&gt;&#39;",
		"/javascript:x": "./javascript:x", "//elsewhere.example/mcp": ".//elsewhere.example/mcp", // a path, not an address
	} {
		e := serveHTTP(t, setup{}, httpd.Options{Path: path})
		got := e.page(http.MethodGet, nil)
		if want := `<meta name="endpoint" content="` + endpoint + `">`; got.StatusCode != http.StatusOK || !strings.Contains(got.body, want) {
			t.Errorf("%s: status %d, without %s", path, got.StatusCode, want)
		}
	}
	e := serveHTTP(t, setup{}, httpd.Options{Path: "/"})
	if got := e.page(http.MethodGet, nil); got.StatusCode != http.StatusMethodNotAllowed || strings.Contains(got.body, "<html") {
		t.Errorf("status %d: %.80s", got.StatusCode, got.body)
	}
}

func TestWithoutAPage(t *testing.T) {
	for name, tokens := range map[string]*httpd.Callers{"with tokens": openTokens(t, "team: "+goodToken), "without": nil} {
		e := serveHTTP(t, setup{}, httpd.Options{NoPage: true, Callers: tokens})
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			got := e.page(method, nil)
			got.check(t, http.StatusNotFound, "there is nothing here; the MCP endpoint is /mcp")
			if got.Header.Get("Content-Security-Policy") != "" {
				t.Errorf("%s: headers %v", name, got.Header)
			}
		}
	}
}

// The MCP App is the same page, for callers of the tools that it is for.
func TestTheAppIsForCallersOfItsTools(t *testing.T) {
	file := newCallersFile(t, "callers:\n  alice: {token: "+goodToken+", tools: [chat]}\n  bob: {token: "+otherToken+", tools: [resolve-virtual-model]}\n")
	e := serveHTTP(t, setup{}, httpd.Options{Callers: file.open()})
	read := func(version, token string) response {
		r := as(e.request(t.Context(), version, "resources/read", `{"uri":"`+view.URI+`"}`), token)
		if version == modern {
			r.Header.Set("Mcp-Name", view.URI)
		}
		return e.do(r)
	}
	for _, version := range eras {
		if got := read(version, otherToken); got.StatusCode != http.StatusOK || !strings.Contains(got.body, `"text/html;profile=mcp-app"`) {
			t.Errorf("%s: status %d: %.200s", version, got.StatusCode, got.body)
		}
		if got := read(version, goodToken); !strings.Contains(got.body, `"error"`) || !strings.Contains(got.body, "list-models and resolve-virtual-model") {
			t.Errorf("%s: status %d: %.200s", version, got.StatusCode, got.body)
		}
	}
}
