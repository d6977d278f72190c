package oauth_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/go-jose/go-jose/v4"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd/oauth"
)

const (
	issuerURL = "https://id.example.com"
	audience  = "https://mcp.example.com/mcp"
)

var tools = []string{"chat", "embed"}

// issuer answers the requests of a verifier, without a network.
type issuer struct {
	mu        sync.Mutex
	keys      []jose.JSONWebKey
	answers   map[string]http.HandlerFunc // in the place of its own, by path
	down      bool
	discovery int // requests
	fetches   int // requests for the keys
}

func (i *issuer) RoundTrip(r *http.Request) (*http.Response, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.down {
		return nil, errors.New("connection refused")
	}
	w := httptest.NewRecorder()
	w.Header().Set("Content-Type", "application/json")
	switch r.URL.Path {
	case "/.well-known/openid-configuration":
		i.discovery++
	case "/keys":
		i.fetches++
	}
	switch answer := i.answers[r.URL.Path]; {
	case answer != nil:
		answer(w, r)
	case r.URL.Path == "/.well-known/openid-configuration":
		writeJSON(w, map[string]any{"issuer": issuerURL, "jwks_uri": issuerURL + "/keys"})
	case r.URL.Path == "/keys":
		writeJSON(w, jose.JSONWebKeySet{Keys: i.keys})
	default:
		http.NotFound(w, r)
	}
	return w.Result(), nil
}

func writeJSON(w io.Writer, v any) {
	if err := json.NewEncoder(w).Encode(v); err != nil {
		panic(err)
	}
}

func (i *issuer) set(change func()) {
	i.mu.Lock()
	defer i.mu.Unlock()
	change()
}

func (i *issuer) answer(path string, h http.HandlerFunc) {
	i.set(func() { i.answers = map[string]http.HandlerFunc{path: h} })
}

func status(code int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(code)
		_, _ = io.WriteString(w, body)
	}
}

// fixture is a verifier with its issuer and log.
type fixture struct {
	*oauth.Verifier
	issuer *issuer
	key    key
	log    *bytes.Buffer
}

func start(t *testing.T, change ...func(*oauth.Options)) *fixture {
	t.Helper()
	f := prepare(t, change...)
	t.Cleanup(f.Start(t.Context()))
	synctest.Wait()
	return f
}

func prepare(t *testing.T, change ...func(*oauth.Options)) *fixture {
	t.Helper()
	f := &fixture{key: newKey("first"), log: &bytes.Buffer{}}
	f.issuer = &issuer{keys: []jose.JSONWebKey{f.key.public()}}
	o := oauth.Options{
		Issuer: issuerURL, Audiences: []string{audience, "https://other.example.com/mcp/"}, Tools: tools, Path: "/mcp",
		Logger: slog.New(slog.NewTextHandler(f.log, nil)), HTTPClient: &http.Client{Transport: f.issuer},
	}
	for _, c := range change {
		c(&o)
	}
	var err error
	if f.Verifier, err = oauth.New(o); err != nil {
		t.Fatal(err)
	}
	return f
}

// reason verifies a token and returns why it is refused, "" if it is not. It checks that
// the error and the log hold nothing of the token.
func (f *fixture) reason(t *testing.T, token string) oauth.Reason {
	t.Helper()
	_, err := f.Verify(t.Context(), token)
	if err == nil {
		return ""
	}
	refusal, ok := errors.AsType[*oauth.Error](err)
	if !ok {
		t.Fatalf("not an oauth.Error: %v", err)
	}
	for _, text := range []string{err.Error(), refusal.Description(), f.log.String()} {
		checkNothingOf(t, text, token)
	}
	return refusal.Reason
}

// checkNothingOf fails if a text contains a part of a token, or a value of its claims or
// header: those of the tests here are made of these words.
func checkNothingOf(t *testing.T, text, token string) {
	t.Helper()
	for segment := range strings.SplitSeq(token, ".") {
		if len(segment) > 8 && strings.Contains(text, segment) {
			t.Errorf("%q holds a segment of the token", text)
		}
	}
	for _, value := range []string{"s3cret-value", "mallory", "alice"} {
		if strings.Contains(text, value) {
			t.Errorf("%q holds the value %q of the token", text, value)
		}
	}
}

// hangingKeys is an issuer whose keys can hang.
type hangingKeys struct {
	*issuer
	hangs atomic.Bool
}

func (h *hangingKeys) RoundTrip(r *http.Request) (*http.Response, error) {
	if h.hangs.Load() && r.URL.Path == "/keys" {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	return h.issuer.RoundTrip(r)
}
