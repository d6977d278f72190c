package httpd_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd"
)

func TestTokensOfAnIssuer(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	var log lockedBuffer
	s := setup{log: jsonLog(&log)}
	e := serveHTTP(t, s, httpd.Options{OAuth: i.verifier(s, ""), Callers: openTokens(t, "bot: "+goodToken)})
	all, embedOnly := i.token(nil), i.token(map[string]any{"scope": "openid ai-endpoints:embed", "sub": "bob"})
	e.ready(all)
	const chat, embed = `{"name":"chat","arguments":{"prompt":"hi"}}`, `{"name":"embed","arguments":{"input":"hi"}}`
	for _, version := range eras {
		for name, token := range map[string]string{"a JWT": all, "a token of the file": goodToken} {
			e.send(version, "tools/call", chat, token).check(t, http.StatusOK)
			if got := e.send(version, "tools/list", `{}`, token); !strings.Contains(got.body, `"name":"chat"`) {
				t.Errorf("%s, %s: the list is %s", version, name, got.body)
			}
		}
		e.send(version, "tools/call", embed, embedOnly).check(t, http.StatusOK)
		if got := e.send(version, "tools/list", `{}`, embedOnly); strings.Contains(got.body, `"name":"chat"`) || !strings.Contains(got.body, `"name":"embed"`) {
			t.Errorf("%s: the list is %s", version, got.body)
		}
		got := e.send(version, "tools/call", chat, embedOnly)
		got.check(t, http.StatusForbidden, "do not allow the tool chat", "Hint")
		want := `Bearer realm="ai-endpoints-mcp", error="insufficient_scope", error_description="the scopes of the token do not allow this tool", ` +
			`scope="openid ai-endpoints:embed ai-endpoints:chat", resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/mcp"`
		if challenge := got.Header.Get("WWW-Authenticate"); challenge != want {
			t.Errorf("%s: %s, want %s", version, challenge, want)
		}
		e.send(version, "ping", `{}`, embedOnly)
	}
	for _, line := range log.lines(t, "call", 1) {
		if name := line["token"]; name != "alice" && name != "bot" && name != "bob" {
			t.Errorf("the call is logged as of %v", name)
		}
	}
}

func TestRefusedTokensOfAnIssuer(t *testing.T) {
	t.Parallel()
	i, other := newIssuer(t), newIssuer(t)
	var log lockedBuffer
	s := setup{log: jsonLog(&log)}
	e := serveHTTP(t, s, httpd.Options{OAuth: i.verifier(s, "")})
	e.ready(i.token(nil))
	const realm, metadata = `Bearer realm="ai-endpoints-mcp", `, `resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/mcp"`
	for _, tt := range []struct {
		token     string
		status    int
		reason    string
		challenge string
		text      string
	}{
		{"", 401, "no_token", realm + metadata + `, scope="ai-endpoints"`, "let your client log in"},
		{goodToken, 401, "malformed", `error="invalid_token"`, "not one of this server"},
		{i.token(map[string]any{"exp": time.Now().Add(-3 * time.Hour).Unix()}), 401, "expired", `error="invalid_token", error_description="the token has expired"`, "expired"},
		{i.token(map[string]any{"aud": "https://other.example.com"}), 401, "wrong_audience", `error="invalid_token"`, "another resource"},
		{i.token(map[string]any{"iss": other.url}), 401, "wrong_issuer", `error="invalid_token"`, "another issuer"},
		{other.token(map[string]any{"iss": i.url}), 401, "unknown_key", `error="invalid_token"`, "does not have"},
		{i.token(map[string]any{"nbf": time.Now().Add(time.Hour).Unix()}), 401, "not_yet_valid", `error="invalid_token"`, "a clock is wrong"},
		{i.token(map[string]any{"scope": "openid email"}), 403, "no_scope", `error="insufficient_scope"`, "allow no tool"},
		{i.token(map[string]any{"sub": nil}), 403, "no_caller", "", "does not name a caller"},
	} {
		got := e.send(modern, "ping", `{}`, tt.token)
		got.check(t, tt.status, tt.text, "Hint")
		challenge := got.Header.Get("WWW-Authenticate")
		if !strings.Contains(challenge, tt.challenge) || (tt.challenge == "") != (challenge == "") || challenge != "" && !strings.Contains(challenge, metadata) {
			t.Errorf("%s: %s", tt.reason, challenge)
		}
		found := false
		for _, line := range log.lines(t, "refused", 1) {
			found = found || line["reason"] == tt.reason
		}
		if !found {
			t.Errorf("%s is not in the log: %s", tt.reason, log.String())
		}
		for part := range strings.SplitSeq(tt.token, ".") {
			if part != "" && (strings.Contains(log.String(), part) || strings.Contains(got.body, part)) {
				t.Errorf("%s: a part of the token is in the log or the answer", tt.reason)
			}
		}
	}
	if strings.Contains(log.String(), "other.example.com") {
		t.Error("a claim is in the log")
	}
}

func TestTokensNameCallersOfTheFile(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	e := serveHTTP(t, setup{}, httpd.Options{OAuth: i.verifier(setup{}, "groups"), Callers: callersWithoutTokens(t, `callers:
  team: {shared_key: true, tools: [chat, embed]}
  staff: {shared_key: true, tools: [embed]}
  former: {shared_key: true, expires: 2020-01-31}
  bot: {shared_key: true, token: `+goodToken+`}
  old: {shared_key: true, token: `+otherToken+`, expires: 2020-01-31}
`)})
	e.ready(i.token(nil))
	groups := func(names ...string) map[string]any { return map[string]any{"groups": names} }
	const call = `{"name":%q,"arguments":{"prompt":"hi"}}`
	for _, tt := range []struct {
		name, token, tool string
		status            int
		text              string
	}{
		{"one", i.token(groups("team")), "chat", 200, `"content"`},
		{"the first that there is", i.token(groups("nobody", "team", "staff")), "chat", 200, `"content"`},
		{"as a text", i.token(map[string]any{"groups": "team"}), "chat", 200, `"content"`},
		{"rules of the file", i.token(groups("staff")), "chat", 200, "not_permitted"},
		{"rules of the file and scopes", i.token(map[string]any{"groups": "staff", "scope": "ai-endpoints:embed"}), "chat", 200, "not_permitted"},
		{"rules of the file and other scopes", i.token(map[string]any{"groups": "team", "scope": "ai-endpoints:embed"}), "chat", 403, "do not allow the tool chat"},
		{"a tool that there is not", i.token(map[string]any{"groups": "team", "scope": "ai-endpoints:embed"}), "sing", 400, "sing"},
		{"nobody", i.token(groups("nobody", "somebody")), "chat", 403, `the caller \"nobody\" or \"somebody\" is not in the file of callers`},
		{"expired", i.token(groups("former")), "chat", 403, "has expired"},
		{"a token of the file", goodToken, "chat", 200, `"content"`},
		{"an expired token of the file", otherToken, "chat", 401, "this token has expired"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := e.send(modern, "tools/call", fmt.Sprintf(call, tt.tool), tt.token)
			got.check(t, tt.status, tt.text)
			if challenge := got.Header.Get("WWW-Authenticate"); (tt.status == 401) != strings.Contains(challenge, "resource_metadata") && tt.name != "rules of the file and other scopes" {
				t.Errorf("the challenge is %q", challenge)
			}
		})
	}
}

func TestAnIssuerThatIsDown(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	i.down.Store(true)
	var log lockedBuffer
	s := setup{log: jsonLog(&log)}
	e := serveHTTP(t, s, httpd.Options{OAuth: i.verifier(s, ""), Callers: openTokens(t, "bot: "+goodToken)})
	token := i.token(nil)
	for range 30 {
		got := e.send(modern, "ping", `{}`, token)
		got.check(t, http.StatusServiceUnavailable, "the issuer does not answer", "Hint")
		if got.Header.Get("Retry-After") != "5" || got.Header.Get("WWW-Authenticate") != "" {
			t.Errorf("%v", got.Header)
		}
	}
	if status := e.tokenStatus(goodToken); status != http.StatusOK {
		t.Errorf("a token of the file is answered with %d", status)
	}
	metadata, err := e.web.Get("http://" + e.host + "/.well-known/oauth-protected-resource/mcp")
	if err != nil || metadata.StatusCode != http.StatusOK {
		t.Errorf("%v, %v", metadata, err)
	}
	_ = metadata.Body.Close()
	log.lines(t, "no OAuth token can be verified: the issuer could not be asked for its keys, trying again", 1)
	i.down.Store(false)
	eventually(t, "the issuer is found", func() bool { return e.tokenStatus(token) == http.StatusOK })
}

func TestOnlyForgedTokensAreGuesses(t *testing.T) {
	t.Parallel()
	i, other := newIssuer(t), newIssuer(t)
	e := serveHTTP(t, setup{}, httpd.Options{OAuth: i.verifier(setup{}, ""), Callers: openTokens(t, "bot: "+goodToken)})
	good := i.token(nil)
	e.ready(good)
	for n := range 30 {
		expired := i.token(map[string]any{"exp": n})
		if status := e.tokenStatus(expired); status != http.StatusUnauthorized {
			t.Fatalf("expired token %d is answered with %d", n, status)
		}
	}
	for what, claims := range map[string]map[string]any{
		"no expiry": {"exp": nil}, "expiry in milliseconds": {"exp": time.Now().UnixMilli()}, "negative time": {"iat": -1}, "scopes of another type": {"scope": []any{1}},
	} {
		for n := range 15 {
			claims["jti"] = n
			if status := e.tokenStatus(i.token(claims)); status != http.StatusUnauthorized {
				t.Fatalf("%s: token %d of the issuer is answered with %d", what, n, status)
			}
		}
	}
	if status := e.tokenStatus(goodToken); status != http.StatusOK {
		t.Errorf("then a token of the file is answered with %d", status)
	}
	slow := false
	for n := range 30 {
		slow = slow || e.tokenStatus(other.token(map[string]any{"jti": n})) == http.StatusTooManyRequests
	}
	if !slow {
		t.Error("forged tokens are not slowed down")
	}
	if status := e.tokenStatus(good); status != http.StatusOK {
		t.Errorf("then a good token is answered with %d", status)
	}
}

func TestPathsOfOAuth(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	const page = "https://chat.example.com"
	e := serveHTTP(t, setup{}, httpd.Options{OAuth: i.verifier(setup{}, ""), AllowOrigins: []string{page}})
	e.ready(i.token(nil))
	for path, status := range map[string]int{
		"/.well-known/oauth-protected-resource": 200, "/.well-known/oauth-protected-resource/mcp": 200, "/.well-known/oauth-protected-resource/mcp/": 200,
		"/.well-known/oauth-protected-resource/other": 404, "/.well-known/oauth-authorization-server": 404, "/register": 404,
	} {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+e.host+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Origin", "https://anywhere.example.com")
		got := e.do(r)
		if got.StatusCode != status || strings.Contains(got.body, "no OAuth") || status == 200 && (!strings.Contains(got.body, i.url) || got.Header.Get("Access-Control-Allow-Origin") != "*") {
			t.Errorf("%s: %d %s", path, got.StatusCode, got.body)
		}
	}
	r := e.request(t.Context(), modern, "ping", `{}`)
	r.Header.Set("Origin", page)
	if got := e.do(r); got.StatusCode != http.StatusUnauthorized || !strings.Contains(got.Header.Get("Access-Control-Expose-Headers"), "WWW-Authenticate") {
		t.Errorf("%d %v", got.StatusCode, got.Header)
	}
	r = e.request(t.Context(), modern, "ping", `{}`)
	r.URL.RawQuery = "state=" + i.token(nil)
	e.do(r).check(t, http.StatusBadRequest, "URL")
	for _, path := range []string{"/.well-known/oauth-protected-resource", "/.well-known/x", "/.well-known"} {
		if httpd.IsPath(path) {
			t.Errorf("%s can be the path of the endpoint", path)
		}
	}
}

// Without rules everybody with a token of the issuer may call, but not under the name of a
// token of a file.
func TestTokensOfAnIssuerDoNotTakeNames(t *testing.T) {
	t.Parallel()
	i := newIssuer(t)
	e := serveHTTP(t, setup{}, httpd.Options{Callers: openTokens(t, "alice: "+goodToken), OAuth: i.verifier(setup{}, "")})
	e.ready(i.token(nil))
	for token, want := range map[string]int{
		goodToken:                             http.StatusOK,
		i.token(map[string]any{"sub": "bob"}): http.StatusOK,
		i.token(nil):                          http.StatusForbidden,
		i.token(map[string]any{"sub": "alice\n"}): http.StatusForbidden,
	} {
		if got := e.send(modern, "tools/list", "{}", token); got.StatusCode != want {
			t.Errorf("status %d, want %d: %s", got.StatusCode, want, got.body)
		}
	}
}
