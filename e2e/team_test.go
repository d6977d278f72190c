package e2e

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/shared/redistest"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd/oauth/oauthtest"
)

// The three servers of docs/teams.md behind nginx: people log in at an issuer, the file has
// their rules, and all servers together keep to one limit.
func TestNginxBeforeThreeServers(t *testing.T) {
	issuer, err := oauthtest.New(oauthtest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	at := httptest.NewServer(issuer)
	t.Cleanup(at.Close)
	callers := filepath.Join(t.TempDir(), "callers.yaml")
	team := "callers:\n  alice: {shared_key: true, max_cost: 2.5}\n  bob: {shared_key: true, tools: [embed], max_cost: 1}\n"
	if err := os.WriteFile(callers, []byte(team), 0o600); err != nil {
		t.Fatal(err)
	}
	const perMinute, audience = 6, "https://" + nginxHost + "/mcp"
	u, redis := newCountingUpstream(t), redistest.Start(t)
	var servers []*httpProcess
	for range 3 {
		servers = append(servers, startHTTPOfCallers(t, callers, slices.Concat(u.flags, []string{
			"--redis-url", redis.URL(), "--allow-host", nginxHost, "--rate-limit", "6", "--max-wait", "0s", "--metrics-addr", "127.0.0.1:0",
			"--oauth-issuer", at.URL, "--oauth-audience", audience, "--oauth-caller-claim", "preferred_username", "--cache-dir", t.TempDir(),
		})...))
	}
	for _, p := range servers {
		eventually(t, "the servers see each other, and their issuer", func() bool {
			text, err := p.metrics()
			return err == nil && strings.Contains(text, "\nai_endpoints_mcp_replicas 3\n") && strings.Contains(p.log.String(), "OAuth tokens of the issuer are accepted")
		})
	}
	n := startNginx(t, servers...)
	call := func(name string) (status int, body string) {
		token, err := issuer.Sign(map[string]any{
			"iss": at.URL, "aud": audience, "preferred_username": name, "exp": time.Now().Add(time.Hour).Unix(),
		})
		if err != nil {
			t.Fatal(err)
		}
		answer := n.post(testContext(t), sayHi, map[string]string{"Authorization": "Bearer " + token})
		defer answer.Body.Close()
		text, _ := io.ReadAll(answer.Body)
		return answer.StatusCode, string(text)
	}

	answered := 0
	for range 4 * perMinute {
		status, body := call("alice")
		switch {
		case status == http.StatusOK && strings.Contains(body, `"finish_reason":"stop"`):
			answered++
		case status != http.StatusOK || !strings.Contains(body, "rate_limited: "):
			t.Errorf("%d %s", status, body)
		}
	}
	if _, sent := u.busiestMinute(); answered != perMinute || sent != perMinute {
		t.Errorf("%d calls were answered and %d sent, of %d a minute", answered, sent, perMinute)
	}
	for i, p := range servers {
		if text, err := p.metrics(); err != nil || !strings.Contains(text, `ai_endpoints_mcp_calls_total{`) {
			t.Errorf("server %d got no call: %v", i, err)
		}
	}
	if status, body := call("bob"); status != http.StatusOK || !strings.Contains(body, "not_permitted: ") {
		t.Errorf("a tool that is not bob's: %d %s", status, body)
	}
	if status, body := call("mallory"); status != http.StatusForbidden || !strings.Contains(body, "mallory") {
		t.Errorf("somebody who is not in the file: %d %s", status, body)
	}
	answer, err := n.web.Get("https://" + nginxHost + "/.well-known/oauth-protected-resource/mcp")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if text, _ := io.ReadAll(answer.Body); answer.StatusCode != http.StatusOK || !strings.Contains(string(text), `"`+audience+`"`) {
		t.Errorf("the metadata is %s %s", answer.Status, text)
	}
}
