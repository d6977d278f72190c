package oauth_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd/oauth"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd/oauth/oauthtest"
)

// login runs the authorization code flow with PKCE at a provider, and returns the access
// token.
func login(t *testing.T, provider, scope string) string {
	t.Helper()
	const verifier = "a-verifier-of-at-least-forty-three-characters"
	challenge := sha256.Sum256([]byte(verifier))
	redirect := "http://127.0.0.1:1/callback"
	client := &http.Client{CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if r.URL.Port() == "1" {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	answer, err := client.Get(provider + "/authorize?" + url.Values{
		"response_type": {"code"}, "client_id": {oauthtest.ClientID}, "redirect_uri": {redirect}, "scope": {scope}, "state": {"x"},
		"code_challenge": {base64.RawURLEncoding.EncodeToString(challenge[:])}, "code_challenge_method": {"S256"},
	}.Encode())
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	back, err := answer.Location()
	if err != nil || back.Query().Get("code") == "" {
		t.Fatalf("%d, %v, %v", answer.StatusCode, back, err)
	}
	answer, err = http.PostForm(provider+"/oauth/token", url.Values{
		"grant_type": {"authorization_code"}, "client_id": {oauthtest.ClientID}, "redirect_uri": {redirect},
		"code": {back.Query().Get("code")}, "code_verifier": {verifier},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var got struct {
		AccessToken string `json:"access_token"`
		IDToken     string `json:"id_token"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&got); err != nil || got.AccessToken == "" {
		t.Fatalf("%d, %v", answer.StatusCode, err)
	}
	return got.AccessToken
}

// TestRealIssuer gets tokens of zitadel/oidc, over a network.
func TestRealIssuer(t *testing.T) {
	t.Parallel()
	provider, err := oauthtest.New(oauthtest.Options{Audience: []string{audience}})
	if err != nil {
		t.Fatal(err)
	}
	at := httptest.NewServer(provider)
	t.Cleanup(at.Close)
	v, err := oauth.New(oauth.Options{Issuer: at.URL, Audiences: []string{audience}, Tools: tools, Path: "/mcp"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Start(t.Context()))
	for scope, want := range map[string][]string{
		"openid ai-endpoints":       tools,
		"openid ai-endpoints:embed": {"embed"},
	} {
		got := verifyOnceAvailable(t, v, login(t, at.URL, scope))
		if !reflect.DeepEqual(got.Candidates, []string{"alice"}) || !reflect.DeepEqual(got.Tools, want) {
			t.Errorf("%s: %+v", scope, got)
		}
	}
}

func verifyOnceAvailable(t *testing.T, v *oauth.Verifier, token string) *oauth.Identity {
	t.Helper()
	for {
		identity, err := v.Verify(context.WithoutCancel(t.Context()), token)
		if err == nil {
			return identity
		}
		if refusal, ok := errors.AsType[*oauth.Error](err); !ok || refusal.Reason != oauth.Unavailable {
			t.Fatal(err)
		}
	}
}
