package oauth_test

import (
	"encoding/base64"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/go-jose/go-jose/v4"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd/oauth"
)

// forger makes tokens that nobody has issued, out of good ones.
type forger struct {
	*rand.Rand
	good      []string
	own       key // which is not the issuer's
	public    []byte
	encrypted string
}

func newForger(t *testing.T, keys ...key) *forger {
	t.Helper()
	g := &forger{Rand: rand.New(rand.NewPCG(1, 2)), own: newKey("first")}
	for _, k := range keys {
		for _, name := range []string{"alice", "bob"} {
			g.good = append(g.good, k.sign(with(claims{"sub": name, "scope": "ai-endpoints"})))
		}
	}
	g.public, g.encrypted = publicPEM(t, rsaKey().Public()), encrypted(t, g.good[0])
	return g
}

func (g *forger) pick() string { return g.good[g.IntN(len(g.good))] }

// forge returns a token by one of many methods. Each is of another than the good tokens.
func (g *forger) forge() string {
	token := g.pick()
	parts := strings.Split(token, ".")
	join := func() string { return strings.Join(parts, ".") }
	admin := with(claims{"sub": "admin"})
	switch g.IntN(14) {
	case 0: // a flipped bit
		bytes := []byte(token)
		bytes[g.IntN(len(bytes))] ^= 1 << g.IntN(8)
		return string(bytes)
	case 1: // another character of the alphabet, which base64 may read as the same bytes
		bytes := []byte(token)
		const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
		bytes[g.IntN(len(bytes))] = alphabet[g.IntN(len(alphabet))]
		return string(bytes)
	case 2: // segments of several tokens
		i := g.IntN(3)
		parts[i] = strings.Split(g.pick(), ".")[i]
		return join()
	case 3: // segments in another order
		g.Shuffle(3, func(i, j int) { parts[i], parts[j] = parts[j], parts[i] })
		return join()
	case 4: // another key
		return g.own.sign(admin, g.header())
	case 5: // no algorithm
		return unsigned(`{"alg":"`+g.one("none", "None", "NONE", "nOnE", "", " ")+`"}`, g.one("", parts[2]), admin)
	case 6: // the public key as a shared secret
		return signWith(jose.HS256, g.public, g.one("rsa", "first", ""), admin, g.header())
	case 7: // no signature, or a part of it
		parts[2] = parts[2][:g.IntN(len(parts[2]))]
		return join()
	case 8: // cut anywhere
		return token[:g.IntN(len(token))]
	case 9: // a member twice
		header := `{"alg":"ES256","alg":"` + g.one("none", "HS256", "ES256") + `","kid":"first"}`
		return unsigned(header, parts[2], admin)
	case 10: // huge
		return g.own.sign(with(claims{"sub": strings.Repeat("a", g.IntN(1<<17))}))
	case 11: // encrypted, with a part of it lost
		parts = strings.Split(g.encrypted, ".")
		return strings.Join(parts[:2+g.IntN(4)], ".")
	case 12: // something more
		return g.one("", " ", ".", "\n", "Bearer ") + token + g.one(".", "=", "\n", ".e30", " ", "\x00")
	default: // claims of one's own below a good signature
		body, _ := json.Marshal(admin)
		parts[1] = base64.RawURLEncoding.EncodeToString(body)
		return join()
	}
}

func (g *forger) one(texts ...string) string { return texts[g.IntN(len(texts))] }

// header returns a header that points to a key.
func (g *forger) header() claims {
	name := g.one("kid", "jku", "x5u", "jwk", "x5t", "crit")
	switch name {
	case "jwk":
		return claims{name: g.own.public()}
	case "crit":
		return claims{name: []string{"exp"}}
	}
	return claims{name: g.one("../../dev/null", "first' OR '1'='1", "https://evil.example.com/keys", "file:///etc/passwd", "rsa", "first", "\x00", "")}
}

// TestForgedTokens sends ten thousand forged or damaged tokens. None gets in, and the issuer
// hardly notices.
func TestForgedTokens(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := start(t)
		rotated := []key{f.key, {"rsa", jose.RS256, rsaKey()}, {"ed", jose.EdDSA, edKey()}}
		f.issuer.set(func() {
			f.issuer.keys = []jose.JSONWebKey{rotated[0].public(), rotated[1].public(), rotated[2].public()}
		})
		sleep(fetchPause)
		g := newForger(t, rotated...)
		for _, token := range g.good {
			if got := f.reason(t, token); got != "" {
				t.Fatalf("a good token: %q", got)
			}
		}
		before := f.issuer.fetches
		good, seen := map[string]bool{}, map[oauth.Reason]int{}
		for _, token := range g.good {
			good[token] = true
		}
		for range 10_000 {
			token := g.forge()
			for good[token] { // nothing was changed
				token = g.forge()
			}
			identity, err := f.Verify(t.Context(), token)
			if err == nil {
				t.Fatalf("%q gets in as %v", token, identity)
			}
			checkNothingOf(t, err.Error(), token)
			seen[err.(*oauth.Error).Reason]++ //nolint:errorlint // Verify returns no other
		}
		t.Log(seen)
		if fetches := f.issuer.fetches - before; fetches > 2 {
			t.Errorf("the keys were fetched %d times", fetches)
		}
		for _, reason := range []oauth.Reason{oauth.Malformed, oauth.Algorithm, oauth.UnknownKey, oauth.BadSignature} {
			if seen[reason] < 50 {
				t.Errorf("only %d tokens are refused for %s", seen[reason], reason)
			}
		}
		checkNothingOf(t, f.log.String(), g.good[0])
		if got := f.reason(t, g.good[0]); got != "" {
			t.Errorf("a good token is refused afterwards: %q", got)
		}
	})
}

// FuzzVerify has a verifier with one key, and looks for a token that gets in.
func FuzzVerify(f *testing.F) {
	k := newKey("first")
	keys := &issuer{keys: []jose.JSONWebKey{k.public()}}
	v, err := oauth.New(oauth.Options{Issuer: issuerURL, Audiences: []string{audience}, HTTPClient: &http.Client{Transport: keys}})
	if err != nil {
		f.Fatal(err)
	}
	f.Cleanup(v.Start(f.Context()))
	good := k.sign(with(nil))
	for {
		if _, err := v.Verify(f.Context(), good); err == nil {
			break
		}
	}
	for _, seed := range []string{
		good, "", "..", unsigned(`{"alg":"none"}`, "", with(nil)), newKey("first").sign(with(nil)), newKey("x").sign(with(nil)),
		unsigned(`{"alg":"ES256","kid":"first","crit":["b64"],"b64":false}`, strings.Split(good, ".")[2], with(nil)),
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, token string) {
		identity, err := v.Verify(t.Context(), token)
		if err == nil && token != good {
			t.Errorf("%q gets in as %v", token, identity)
		}
	})
}
