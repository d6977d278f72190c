package oauth_test

import (
	"crypto/tls"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd/oauth"
)

func newVerifier(t *testing.T, path string, audiences ...string) *oauth.Verifier {
	t.Helper()
	v, err := oauth.New(oauth.Options{Issuer: issuerURL, Audiences: audiences, Tools: tools, Path: path})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

const wellKnown = "/.well-known/oauth-protected-resource"

// TestMetadata asks for it while the issuer was never asked for anything.
func TestMetadata(t *testing.T) {
	t.Parallel()
	v := newVerifier(t, "/mcp", "client-id", audience)
	w := httptest.NewRecorder()
	v.ServeMetadata(w, httptest.NewRequest(http.MethodGet, wellKnown+"/mcp", nil))
	var got map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"resource": audience, "authorization_servers": []any{issuerURL}, "bearer_methods_supported": []any{"header"},
		"scopes_supported": []any{"ai-endpoints", "ai-endpoints:chat", "ai-endpoints:embed"}, "resource_name": "AI Endpoints",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	header := w.Result().Header
	if header.Get("Access-Control-Allow-Origin") != "*" || header.Get("Cache-Control") == "" || header.Get("Content-Type") != "application/json" {
		t.Errorf("%v", header)
	}
}

func TestWhereTheMetadataIs(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		path, audience, host string
		tls                  bool
		resource, metadata   string
	}{
		{"/mcp", audience, "localhost:8080", false, audience, "https://mcp.example.com" + wellKnown + "/mcp"},
		{"/mcp", "https://example.com/team/mcp/", "x", false, "https://example.com/team/mcp/", "https://example.com" + wellKnown + "/team/mcp"},
		{"/mcp", "https://mcp.example.com", "x", false, "https://mcp.example.com", "https://mcp.example.com" + wellKnown},
		{"/mcp", "api://4f", "mcp.example.com", false, "https://mcp.example.com/mcp", "https://mcp.example.com" + wellKnown + "/mcp"},
		{"/mcp", "api://4f", "127.0.0.1:8080", false, "http://127.0.0.1:8080/mcp", "http://127.0.0.1:8080" + wellKnown + "/mcp"},
		{"/mcp", "api://4f", "[::1]:8080", true, "https://[::1]:8080/mcp", "https://[::1]:8080" + wellKnown + "/mcp"},
		{"/", "api://4f", "localhost", false, "http://localhost/", "http://localhost" + wellKnown},
	} {
		v := newVerifier(t, tt.path, tt.audience)
		r := httptest.NewRequest(http.MethodPost, tt.path, nil)
		r.Host, r.TLS = tt.host, nil
		if tt.tls {
			r.TLS = &tls.ConnectionState{}
		}
		g := r.Clone(t.Context())
		g.Method = http.MethodGet
		w := httptest.NewRecorder()
		v.ServeMetadata(w, g)
		var got struct{ Resource string }
		if err := json.Unmarshal(w.Body.Bytes(), &got); err != nil || got.Resource != tt.resource {
			t.Errorf("%+v: %q, %v", tt, got.Resource, err)
		}
		want := `Bearer realm="ai-endpoints-mcp", resource_metadata="` + tt.metadata + `", scope="ai-endpoints"`
		if got := v.Challenge(r, nil); got != want {
			t.Errorf("%+v: %s", tt, got)
		}
		u, err := url.Parse(tt.metadata)
		if err != nil {
			t.Fatal(err)
		}
		path := u.Path
		if !v.Serves(path) || !v.Serves(path+"/") || !v.Serves(wellKnown) {
			t.Errorf("%+v: %s is not served", tt, path)
		}
	}
	v := newVerifier(t, "/mcp", audience)
	for _, path := range []string{"/", "/mcp", "/.well-known/openid-configuration", wellKnown + "x", wellKnown + "/other", wellKnown + "/mcp/x"} {
		if v.Serves(path) {
			t.Errorf("%s is served", path)
		}
	}
}

func TestChallenges(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := start(t)
		r := httptest.NewRequest(http.MethodPost, "/mcp", nil)
		const metadata = `resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/mcp"`
		for _, tt := range []struct {
			token  string
			status int
			want   string
		}{
			{"opaque", 401, `error="invalid_token", error_description="the token is not one of this server, and not a signed JWT of its issuer", ` + metadata + `, scope="ai-endpoints"`},
			{newKey("x").sign(with(nil)), 401, `error="invalid_token", error_description="the token is signed with a key that the issuer does not have", ` + metadata + `, scope="ai-endpoints"`},
			{f.key.sign(with(claims{"exp": 1})), 401, `error="invalid_token", error_description="the token has expired", ` + metadata + `, scope="ai-endpoints"`},
			{f.key.sign(with(claims{"sub": nil})), 403, ""},
			{f.key.sign(with(claims{"scope": `openid a"b profile`})), 403, `error="insufficient_scope", error_description="the scopes of the token allow no tool of this server", scope="openid profile ai-endpoints", ` + metadata},
		} {
			_, err := f.Verify(t.Context(), tt.token)
			refusal, ok := errors.AsType[*oauth.Error](err)
			if !ok {
				t.Fatal(err)
			}
			want := tt.want
			if want != "" {
				want = `Bearer realm="ai-endpoints-mcp", ` + want
			}
			if got := f.Challenge(r, refusal); refusal.Status() != tt.status || got != want {
				t.Errorf("%d %s, want %d %s", refusal.Status(), got, tt.status, want)
			}
		}
		identity, err := f.Verify(t.Context(), f.key.sign(with(claims{"scope": "openid ai-endpoints:embed"})))
		if err != nil {
			t.Fatal(err)
		}
		want := `Bearer realm="ai-endpoints-mcp", error="insufficient_scope", error_description="the scopes of the token do not allow this tool", ` +
			`scope="openid ai-endpoints:embed ai-endpoints:chat", ` + metadata
		if got := f.ToolChallenge(r, identity, "chat"); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	})
}
