package httpd_test

import (
	"maps"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd/oauth"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd/oauth/oauthtest"
)

const resource = "https://mcp.example.com/mcp"

// issuer is an OAuth issuer on loopback, which may be down.
type issuer struct {
	*testing.T
	*oauthtest.Issuer
	url  string
	down atomic.Bool
}

func newIssuer(t *testing.T) *issuer {
	t.Helper()
	provider, err := oauthtest.New(oauthtest.Options{Audience: []string{resource}})
	if err != nil {
		t.Fatal(err)
	}
	i := &issuer{T: t, Issuer: provider}
	at := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if i.down.Load() {
			http.Error(w, "down", http.StatusBadGateway)
			return
		}
		provider.ServeHTTP(w, r)
	}))
	t.Cleanup(at.Close)
	i.url = at.URL
	return i
}

// token returns a token with changed claims; nil removes one.
func (i *issuer) token(changes map[string]any) string {
	i.Helper()
	now := time.Now()
	claims := map[string]any{"iss": i.url, "aud": resource, "sub": "alice", "exp": now.Add(time.Hour).Unix(), "iat": now.Unix()}
	maps.Copy(claims, changes)
	maps.DeleteFunc(claims, func(_ string, v any) bool { return v == nil })
	token, err := i.Sign(claims)
	if err != nil {
		i.Fatal(err)
	}
	return token
}

// verifier returns a verifier of the issuer's tokens, with claims for names of callers.
func (i *issuer) verifier(s setup, claim string) *oauth.Verifier {
	i.Helper()
	transport := &http.Transport{}
	i.Cleanup(transport.CloseIdleConnections)
	v, err := oauth.New(oauth.Options{
		Issuer: i.url, Audiences: []string{resource}, CallerClaim: claim, Tools: []string{"chat", "embed", "batch"}, Path: "/mcp",
		Logger: s.log, HTTPClient: &http.Client{Transport: transport},
	})
	if err != nil {
		i.Fatal(err)
	}
	return v
}

// callersWithoutTokens opens a file of callers for a server with OAuth.
func callersWithoutTokens(t *testing.T, content string) *httpd.Callers {
	t.Helper()
	path := filepath.Join(t.TempDir(), "callers.yaml")
	writeFile(t, path, content)
	found, err := httpd.OpenCallers(path, httpd.CallersOptions{Tools: []string{"chat", "embed", "batch"}, WithoutTokens: true})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func (e *endpoint) send(version, method, params, token string) response {
	e.Helper()
	r := e.request(e.Context(), version, method, params)
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	return e.do(r)
}

// ready waits until the server has found the issuer.
func (e *endpoint) ready(token string) {
	e.Helper()
	eventually(e, "the issuer is known", func() bool { return e.tokenStatus(token) != http.StatusServiceUnavailable })
}
