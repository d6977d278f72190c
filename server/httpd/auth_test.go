package httpd_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd"
)

const (
	goodToken  = "f3a1-good-token-of-the-team"
	otherToken = "77c0-token-of-somebody-else"
)

func writeFile(t testing.TB, path, content string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func openTokens(t testing.TB, content string) *httpd.Callers {
	t.Helper()
	path := filepath.Join(t.TempDir(), "tokens")
	writeFile(t, path, content)
	tokens, err := httpd.OpenTokens(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return tokens
}

func hashed(token string) string {
	hash := sha256.Sum256([]byte(token))
	return "sha256:" + hex.EncodeToString(hash[:])
}

func TestATokenIsNeeded(t *testing.T) {
	e := serveHTTP(t, setup{}, httpd.Options{Callers: openTokens(t, "# the team\n\n  team:"+goodToken+" \r\nbot: "+hashed(otherToken)+"\n")})
	tests := []struct {
		name      string
		given     []string
		status    int
		challenge string // what WWW-Authenticate says of it
	}{
		{"a token", []string{"Bearer " + goodToken}, http.StatusOK, ""},
		{"a token that is known by its hash", []string{"Bearer " + otherToken}, http.StatusOK, ""},
		{"another case of the scheme", []string{"bearer " + goodToken}, http.StatusOK, ""},
		{"none", nil, http.StatusUnauthorized, "Bearer realm"},
		{"an unknown one", []string{"Bearer nobody-knows-it"}, http.StatusUnauthorized, "invalid_token"},
		{"an empty one", []string{"Bearer "}, http.StatusUnauthorized, "invalid_token"},
		{"no more than the scheme", []string{"Bearer"}, http.StatusUnauthorized, "invalid_token"},
		{"blanks", []string{"Bearer  \t "}, http.StatusUnauthorized, "invalid_token"},
		{"a part of one", []string{"Bearer " + goodToken[:10]}, http.StatusUnauthorized, "invalid_token"},
		{"the hash itself", []string{"Bearer " + hashed(otherToken)}, http.StatusUnauthorized, "invalid_token"},
		{"a name", []string{"Bearer team"}, http.StatusUnauthorized, "invalid_token"},
		{"another scheme", []string{"Basic " + goodToken}, http.StatusUnauthorized, "invalid_request"},
		{"two", []string{"Bearer nobody-knows-it", "Bearer " + goodToken}, http.StatusUnauthorized, "invalid_request"},
	}
	for _, test := range tests {
		for _, version := range eras {
			r := e.chat(version)
			r.Header["Authorization"] = test.given
			got := e.do(r)
			if got.StatusCode != test.status || !strings.Contains(got.Header.Get("WWW-Authenticate"), test.challenge) {
				t.Errorf("%s, %s: %d %v", test.name, version, got.StatusCode, got.Header)
			}
			if test.status != http.StatusOK {
				got.check(t, test.status, "Hint", "Bearer TOKEN")
			}
			if strings.Contains(got.body, goodToken) || strings.Contains(got.body, "nobody-knows-it") {
				t.Errorf("%s: the token is in %s", test.name, got.body)
			}
		}
	}
}

func TestATokenInTheURLIsRefused(t *testing.T) {
	for name, tokens := range map[string]*httpd.Callers{"with tokens": openTokens(t, "team: "+goodToken), "without": nil} {
		e := serveHTTP(t, setup{}, httpd.Options{Callers: tokens})
		queries := []string{"access_token=" + goodToken, "token=x", "API_KEY=x", "api-key="}
		if tokens != nil {
			queries = append(queries, "anything="+goodToken, goodToken)
		}
		for _, query := range queries {
			for _, header := range []string{"", "Bearer " + goodToken} {
				r := e.chat(modern)
				r.URL.RawQuery = query
				r.Header.Set("Authorization", header)
				got := e.do(r)
				got.check(t, http.StatusBadRequest, "URL", "Authorization: Bearer")
				if strings.Contains(got.body, goodToken) {
					t.Errorf("%s: the token is in %s", name, got.body)
				}
			}
		}
		r := e.chat(modern)
		r.URL.RawQuery = "from=somewhere"
		r.Header.Set("Authorization", "Bearer "+goodToken)
		e.do(r).check(t, http.StatusOK)
	}
}

// tokenStatus is the status of a request with a token.
func (e *endpoint) tokenStatus(token string) int {
	e.Helper()
	r := e.request(e.Context(), "2025-11-25", "ping", `{}`)
	r.Header.Set("Authorization", "Bearer "+token)
	return e.do(r).StatusCode
}

func TestTokensAreReadAgain(t *testing.T) {
	t.Parallel()
	asked := map[string]func(e *endpoint){"when asked": func(e *endpoint) { e.http.Reload() }, "on change": func(*endpoint) {}}
	for name, ask := range asked {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var log lockedBuffer
			path := filepath.Join(t.TempDir(), "tokens")
			writeFile(t, path, "team: "+goodToken)
			tokens, err := httpd.OpenTokens(path, jsonLog(&log))
			if err != nil {
				t.Fatal(err)
			}
			e := serveHTTP(t, setup{}, httpd.Options{Callers: tokens})
			accepts := func(token string) bool { return e.tokenStatus(token) == http.StatusOK }
			if !accepts(goodToken) || accepts(otherToken) {
				t.Fatal("the first content is not in force")
			}

			writeFile(t, path, "bot: "+otherToken)
			ask(e)
			eventually(t, "the new token is accepted", func() bool { return accepts(otherToken) })
			if accepts(goodToken) {
				t.Error("the old token is accepted still")
			}

			writeFile(t, path, "team: "+goodToken+"\nsecret-line")
			ask(e)
			eventually(t, "the log says what is wrong", func() bool {
				accepts("nothing")
				return strings.Contains(log.String(), "line 2")
			})
			if !accepts(otherToken) || accepts(goodToken) {
				t.Error("after a bad file the last good one is not in force")
			}

			if err := os.Remove(path); err != nil {
				t.Fatal(err)
			}
			ask(e)
			eventually(t, "the log says that the file is gone", func() bool {
				accepts("nothing")
				return strings.Contains(log.String(), "no such file")
			})
			if !accepts(otherToken) {
				t.Error("without a file the last good one is not in force")
			}
			for _, secret := range []string{goodToken, otherToken, "secret-line"} {
				if strings.Contains(log.String(), secret) {
					t.Errorf("the log holds a token: %s", log.String())
				}
			}
			if got := strings.Count(log.String(), "line 2"); got != 1 {
				t.Errorf("the log reports the bad file %d times", got)
			}
		})
	}
}

func TestEachTokenHasARateOfItsOwn(t *testing.T) {
	e := serveHTTP(t, setup{}, httpd.Options{TokenRate: 2, Callers: openTokens(t, fmt.Sprintf("a: %s\nb: %s", goodToken, otherToken))})
	for _, token := range []string{goodToken, otherToken} {
		for i := range 2 {
			if got := e.tokenStatus(token); got != http.StatusOK {
				t.Errorf("request %d is answered with %d", i, got)
			}
		}
		r := e.chat(modern)
		r.Header.Set("Authorization", "Bearer "+token)
		got := e.do(r)
		got.check(t, http.StatusTooManyRequests, "too many requests")
		if after := got.Header.Get("Retry-After"); after != "30" && after != "29" {
			t.Errorf("Retry-After is %q", after)
		}
	}
	if got := e.tokenStatus("unknown"); got != http.StatusUnauthorized {
		t.Errorf("an unknown token is answered with %d", got)
	}
}

func TestWithoutTokensNobodyHasARate(t *testing.T) {
	e := serveHTTP(t, setup{}, httpd.Options{TokenRate: 1})
	for range 5 {
		e.do(e.request(t.Context(), "2025-11-25", "ping", `{}`)).check(t, http.StatusOK)
	}
}
