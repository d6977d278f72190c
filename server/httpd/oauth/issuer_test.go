package oauth_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd/oauth"
)

// fetchPause is the least time between two fetches of the keys.
const fetchPause = 10 * time.Second

func sleep(d time.Duration) { <-time.After(d) }

func TestIssuerIsDownAtStart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := prepare(t)
		good := f.key.sign(with(nil))
		if got := f.reason(t, good); got != oauth.Unavailable {
			t.Errorf("before the start: %q", got)
		}
		f.issuer.set(func() { f.issuer.down = true })
		t.Cleanup(f.Start(t.Context()))
		sleep(10 * time.Minute)
		_, err := f.Verify(t.Context(), good)
		if err == nil || !strings.HasPrefix(err.Error(), "unavailable: it cannot be reached: ") {
			t.Errorf("while it is down: %v", err)
		}
		if got := f.reason(t, "opaque"); got != oauth.Malformed {
			t.Errorf("what is no token: %q", got)
		}
		f.issuer.set(func() { f.issuer.down = false })
		sleep(45 * time.Second) // the longest pause, and its jitter
		if got := f.reason(t, good); got != "" {
			t.Errorf("once it answers: %q", got)
		}
		if n := strings.Count(f.log.String(), "no OAuth token can be verified"); n != 1 {
			t.Errorf("the same failure is logged %d times:\n%s", n, f.log)
		}
	})
}

func TestDiscoveryFails(t *testing.T) {
	t.Parallel()
	const secret = "s3cret-value"
	for _, tt := range []struct {
		name, path string
		answer     http.HandlerFunc
		want       string
	}{
		{"status", "/.well-known/openid-configuration", status(500, secret), "it answered with status 500"},
		{"not JSON", "/.well-known/openid-configuration", status(200, secret), "its answer is not a discovery document"},
		{"a huge answer", "/.well-known/openid-configuration", status(200, strings.Repeat(" ", 2<<20)), "its answer is over 1 MiB"},
		{"no keys", "/.well-known/openid-configuration", status(200, `{"issuer":"`+issuerURL+`"}`), "names no https URL of its keys"},
		{"keys without TLS", "/.well-known/openid-configuration",
			status(200, `{"issuer":"`+issuerURL+`","jwks_uri":"http://localhost/keys"}`), "names no https URL of its keys"},
		{"another name", "/.well-known/openid-configuration",
			status(200, `{"issuer":"`+issuerURL+`/","jwks_uri":"https://x/keys"}`), `the issuer calls itself "https://id.example.com/"`},
		{"another host", "/.well-known/openid-configuration", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://evil.example.com/", http.StatusFound)
		}, "it redirects to another host"},
		{"in circles", "/.well-known/openid-configuration", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, r.URL.String(), http.StatusFound)
		}, "it redirects to another host, or in circles"},
		{"keys: status", "/keys", status(404, secret), "the keys of the issuer cannot be fetched: it answered with status 404"},
		{"keys: not JSON", "/keys", status(200, secret), "its answer is not a set of keys"},
		{"keys: another JSON", "/keys", status(200, `{}`), "its answer is not a set of keys"},
		{"keys: too many", "/keys", status(200, `{"keys":[`+strings.Repeat("{},", 100)+`{}]}`), "it has more than 100 keys"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := prepare(t)
				f.issuer.answer(tt.path, tt.answer)
				t.Cleanup(f.Start(t.Context()))
				synctest.Wait()
				_, err := f.Verify(t.Context(), f.key.sign(with(nil)))
				if err == nil || !strings.HasPrefix(err.Error(), "unavailable: ") || !strings.Contains(err.Error(), tt.want) {
					t.Errorf("%v, want %q", err, tt.want)
				}
				if strings.Contains(f.log.String(), secret) || !strings.Contains(f.log.String(), "level=WARN") {
					t.Errorf("log:\n%s", f.log)
				}
				f.issuer.answer("", nil)
				sleep(time.Minute)
				if got := f.reason(t, f.key.sign(with(nil))); got != "" {
					t.Errorf("once it answers rightly: %q", got)
				}
			})
		})
	}
}

func TestRotation(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := start(t)
		second, third := newKey("second"), newKey("first")
		f.issuer.set(func() { f.issuer.keys = []jose.JSONWebKey{second.public()} })
		if got := f.reason(t, second.sign(with(nil))); got != oauth.UnknownKey {
			t.Errorf("right after the keys were fetched: %q", got)
		}
		sleep(fetchPause)
		if got := f.reason(t, second.sign(with(nil))); got != "" {
			t.Errorf("the new key: %q", got)
		}
		if got := f.reason(t, f.key.sign(with(nil))); got != oauth.UnknownKey {
			t.Errorf("the old key: %q", got)
		}
		// A key that is withdrawn is refused, though no token asks for a new one.
		f.issuer.set(func() { f.issuer.keys = []jose.JSONWebKey{} })
		sleep(10 * time.Minute)
		synctest.Wait()
		if got := f.reason(t, second.sign(with(nil))); got != oauth.UnknownKey {
			t.Errorf("the withdrawn key: %q", got)
		}
		// Another key with the name of an old one.
		f.issuer.set(func() { f.issuer.keys = []jose.JSONWebKey{third.public()} })
		sleep(fetchPause)
		if got := f.reason(t, third.sign(with(nil))); got != "" {
			t.Errorf("the third key: %q", got)
		}
	})
}

func TestKeysAreDownLater(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := start(t)
		f.issuer.set(func() { f.issuer.down = true })
		sleep(time.Hour)
		if got := f.reason(t, f.key.sign(with(nil))); got != "" {
			t.Errorf("a key that is known: %q", got)
		}
		if got := f.reason(t, newKey("first").sign(with(nil))); got != oauth.BadSignature {
			t.Errorf("a wrong signature of a key that is known: %q", got)
		}
		second := newKey("second")
		for range 2 {
			if got := f.reason(t, second.sign(with(nil))); got != oauth.Unavailable {
				t.Errorf("a key that is not known: %q", got)
			}
		}
		f.issuer.set(func() { f.issuer.down, f.issuer.keys = false, []jose.JSONWebKey{second.public()} })
		sleep(fetchPause)
		if got := f.reason(t, second.sign(with(nil))); got != "" {
			t.Errorf("once they are back: %q", got)
		}
		log := f.log.String()
		if strings.Count(log, "could not be fetched") != 1 || strings.Count(log, "fetched again") != 1 {
			t.Errorf("log:\n%s", log)
		}
	})
}

// TestFloodOfUnknownKeys sends tokens of ever new keys for a minute.
func TestFloodOfUnknownKeys(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := start(t)
		forger := newKey("")
		for i := range 600 {
			token := signWith(jose.ES256, forger.private, fmt.Sprint("forged", i), with(nil))
			if got := f.reason(t, token); got != oauth.UnknownKey {
				t.Fatalf("%q", got)
			}
			sleep(100 * time.Millisecond)
		}
		if f.issuer.fetches > 7 || f.issuer.discovery != 1 {
			t.Errorf("%d fetches of the keys in a minute, %d discoveries", f.issuer.fetches, f.issuer.discovery)
		}
	})
}

// TestSlowIssuer has keys that do not come: callers wait only so long, and none of those
// whose key is known.
func TestSlowIssuer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := prepare(t)
		hanging := &hangingKeys{issuer: f.issuer}
		var err error
		f.Verifier, err = oauth.New(oauth.Options{
			Issuer: issuerURL, Audiences: []string{audience}, HTTPClient: &http.Client{Transport: hanging},
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(f.Start(t.Context()))
		synctest.Wait()
		hanging.hangs.Store(true)
		sleep(fetchPause)
		began, done := time.Now(), make(chan oauth.Reason)
		go func() { done <- f.reason(t, newKey("second").sign(with(nil))) }()
		synctest.Wait()
		if got := f.reason(t, f.key.sign(with(nil))); got != "" || time.Since(began) > 0 {
			t.Errorf("a key that is known: %q after %v", got, time.Since(began))
		}
		if got := <-done; got != oauth.Unavailable || time.Since(began) > 5*time.Second {
			t.Errorf("a key that is not known: %q after %v", got, time.Since(began))
		}
	})
}
