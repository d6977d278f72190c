package oauth_test

import (
	"crypto/rand"
	"crypto/rsa"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/go-jose/go-jose/v4"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd/oauth"
)

func TestOptions(t *testing.T) {
	t.Parallel()
	for _, issuer := range []string{
		"", "id.example.com", "http://id.example.com", "ftp://id.example.com", "https://", "https://id.example.com?x=1",
		"https://user:s3cret-value@id.example.com", "https://id.example.com/#x", "https://id.example.com/#", "http://localhost.example.com", "://",
	} {
		if err := oauth.CheckIssuer(issuer); err == nil || strings.Contains(err.Error(), "s3cret-value") {
			t.Errorf("%q: %v", issuer, err)
		}
	}
	for _, issuer := range []string{issuerURL, "https://id.example.com/realms/team/", "http://localhost:8080", "http://127.0.0.1:1", "http://[::1]:1/x"} {
		if err := oauth.CheckIssuer(issuer); err != nil {
			t.Errorf("%q: %v", issuer, err)
		}
	}
	for _, audiences := range [][]string{nil, {""}, {audience, "a b"}, {`"`}} {
		if _, err := oauth.New(oauth.Options{Issuer: issuerURL, Audiences: audiences}); err == nil {
			t.Errorf("%q is taken", audiences)
		}
	}
}

// TestWeakAndForeignKeys has a set of keys of which only one may be used.
func TestWeakAndForeignKeys(t *testing.T) {
	t.Parallel()
	weak, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		f := prepare(t)
		shared := make([]byte, 64)
		encryption := key{"enc", jose.RS256, rsaKey()}.public()
		encryption.Use, encryption.Algorithm = "enc", ""
		f.issuer.keys = append(f.issuer.keys, jose.JSONWebKey{Key: shared, KeyID: "shared"},
			key{"weak", jose.RS256, weak}.public(), encryption, jose.JSONWebKey{Key: edKey(), KeyID: "private", Algorithm: "EdDSA"})
		t.Cleanup(f.Start(t.Context()))
		synctest.Wait()
		for name, token := range map[string]string{
			"shared": signWith(jose.HS256, shared, "shared", with(nil)),
			"weak":   key{"weak", jose.RS256, weak}.sign(with(nil)),
			"enc":    key{"enc", jose.RS256, rsaKey()}.sign(with(nil)),
			"ed":     key{"private", jose.EdDSA, edKey()}.sign(with(nil)),
		} {
			if got := f.reason(t, token); got != oauth.UnknownKey && got != oauth.Algorithm {
				t.Errorf("%s: %q", name, got)
			}
		}
		if got := f.reason(t, f.key.sign(with(nil))); got != "" {
			t.Errorf("the good key: %q", got)
		}
	})
}
