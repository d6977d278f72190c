package e2e

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd/oauth/oauthtest"
)

// TestOAuth starts the binary while its issuer is down.
func TestOAuth(t *testing.T) {
	t.Parallel()
	issuer, err := oauthtest.New(oauthtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	at := httptest.NewUnstartedServer(issuer)
	t.Cleanup(at.Close)
	url := "http://" + at.Listener.Addr().String() // connections wait until it starts
	p := startHTTP(t, "--sandbox", "--oauth-issuer", url, "--oauth-audience", "team", "--oauth-caller-claim", "email", "--tools", "embed")
	token, err := issuer.Sign(map[string]any{
		"iss": url, "aud": "team", "email": "alice@example.com", "scope": "ai-endpoints", "exp": time.Now().Add(time.Hour).Unix(),
	})
	if err != nil {
		t.Fatal(err)
	}
	const list = `{"jsonrpc":"2.0","id":1,"method":"tools/list"}`
	if status, body := p.status(http.MethodPost, "/mcp", token, list); status != http.StatusServiceUnavailable {
		t.Errorf("while the issuer is down: %d %s", status, body)
	}
	if status, body := p.status(http.MethodPost, "/mcp", teamToken, list); status != http.StatusOK {
		t.Errorf("a token of the file: %d %s", status, body)
	}
	at.Start()
	deadline := time.Now().Add(maxWait)
	status, body := 0, ""
	for status != http.StatusOK && time.Now().Before(deadline) {
		status, body = p.status(http.MethodPost, "/mcp", token, list)
	}
	if status != http.StatusOK || !strings.Contains(body, `"embed"`) {
		t.Errorf("once the issuer answers: %d %s", status, body)
	}
	if status, _ := p.status(http.MethodPost, "/mcp", "", list); status != http.StatusUnauthorized {
		t.Errorf("without a token: %d", status)
	}
	status, body = p.status(http.MethodGet, "/.well-known/oauth-protected-resource/mcp", "", "")
	if status != http.StatusOK || !strings.Contains(body, url) || !strings.Contains(body, `"ai-endpoints:embed"`) || strings.Contains(body, "chat") {
		t.Errorf("the metadata is %d %s", status, body)
	}
	for part := range strings.SplitSeq(token, ".") {
		if strings.Contains(p.log.String(), part) {
			t.Errorf("a part of the token is in the log: %s", p.log.String())
		}
	}
}
