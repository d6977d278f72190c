package oauth_test

import (
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"reflect"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd/oauth"
)

func encode(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }

// unsigned returns a token with a header of one's own.
func unsigned(header, signature string, payload any) string {
	body, _ := json.Marshal(payload)
	return encode(header) + "." + encode(string(body)) + "." + signature
}

func publicPEM(t *testing.T, public any) []byte {
	t.Helper()
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		t.Fatal(err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
}

// encrypted returns a token that is signed, then encrypted for the public key.
func encrypted(t *testing.T, inner string) string {
	t.Helper()
	encrypter, err := jose.NewEncrypter(jose.A256GCM, jose.Recipient{Algorithm: jose.RSA_OAEP, Key: rsaKey().Public()},
		(&jose.EncrypterOptions{}).WithContentType("JWT"))
	if err != nil {
		t.Fatal(err)
	}
	object, err := encrypter.Encrypt([]byte(inner))
	if err != nil {
		t.Fatal(err)
	}
	token, err := object.CompactSerialize()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := start(t)
		f.issuer.set(func() {
			f.issuer.keys = append(f.issuer.keys, key{"rsa", jose.RS256, rsaKey()}.public(), key{"ed", jose.EdDSA, edKey()}.public())
		})
		sleep(11 * time.Minute)
		now := time.Now()
		in := func(d time.Duration) int64 { return now.Add(d).Unix() }
		good := f.key.sign(with(nil))
		parts := strings.Split(good, ".")
		other := f.key.sign(with(claims{"sub": "mallory"}))
		for _, tt := range []struct {
			name  string
			token string
			want  oauth.Reason
		}{
			{"good", good, ""},
			{"good, RS256", key{"rsa", jose.RS256, rsaKey()}.sign(with(nil)), ""},
			{"good, EdDSA", key{"ed", jose.EdDSA, edKey()}.sign(with(nil)), ""},
			{"good, without a key's id", signWith(jose.ES256, f.key.private, "", with(nil)), ""},
			{"good, RFC 9068", f.key.sign(with(nil), claims{"typ": "at+jwt"}), ""},
			{"good, one audience", f.key.sign(with(claims{"aud": audience})), ""},
			{"good, with a slash", f.key.sign(with(claims{"aud": audience + "/"})), ""},
			{"good, without a slash", f.key.sign(with(claims{"aud": "https://other.example.com/mcp"})), ""},
			{"good, fractions of seconds", f.key.sign(with(claims{"exp": float64(in(time.Hour)) + 0.5})), ""},

			{"empty", "", oauth.Malformed},
			{"opaque", "s3cret-value-of-some-other-kind", oauth.Malformed},
			{"two dots only", "..", oauth.Malformed},
			{"two parts", parts[0] + "." + parts[1], oauth.Malformed},
			{"four parts", good + ".x", oauth.Malformed},
			{"over 16 KiB", f.key.sign(with(claims{"x": strings.Repeat("x", 16<<10)})), oauth.Malformed},
			{"not base64url", parts[0] + "." + parts[1] + "+." + parts[2], oauth.Malformed},
			{"padded", parts[0] + "." + parts[1] + "=." + parts[2], oauth.Malformed},
			{"with a blank", parts[0] + ". " + parts[1] + "." + parts[2], oauth.Malformed},
			{"with a line break", parts[0] + ".\n" + parts[1] + "." + parts[2], oauth.Malformed},
			{"JSON serialization", `{"payload":"` + parts[1] + `","protected":"` + parts[0] + `","signature":"` + parts[2] + `"}`, oauth.Malformed},
			{"header is not JSON", encode("s3cret-value") + "." + parts[1] + "." + parts[2], oauth.Malformed},
			{"duplicated member of the header", unsigned(`{"alg":"ES256","kid":"first","kid":"first"}`, parts[2], with(nil)), oauth.Malformed},
			{"critical header", f.key.sign(with(nil), claims{"crit": []string{"s3cret-value"}, "s3cret-value": 1}), oauth.BadSignature},
			{"payload is not JSON", f.key.sign("s3cret-value"), oauth.Malformed},
			{"payload is a list", f.key.sign("[]"), oauth.Malformed},
			{"payload is null", f.key.sign("null"), oauth.Malformed},
			{"encrypted", encrypted(t, good), oauth.Malformed},
			{"a logout token", f.key.sign(with(nil), claims{"typ": "logout+jwt"}), oauth.Malformed},
			{"exp is missing", f.key.sign(with(claims{"exp": nil})), oauth.Malformed},
			{"exp is text", f.key.sign(with(claims{"exp": "s3cret-value"})), oauth.Malformed},
			{"exp is beyond all times", f.key.sign(with(claims{"exp": 1e300})), oauth.Malformed},
			{"exp is negative", f.key.sign(with(claims{"exp": -1})), oauth.Malformed},
			{"nbf is beyond all times", f.key.sign(with(claims{"nbf": 1e300})), oauth.Malformed},
			{"scope is a number", f.key.sign(with(claims{"scope": 1})), oauth.Malformed},

			{"alg none", unsigned(`{"alg":"none"}`, "", with(nil)), oauth.Algorithm},
			{"alg None, signed", unsigned(`{"alg":"None","kid":"first"}`, parts[2], with(nil)), oauth.Algorithm},
			{"alg missing", unsigned(`{"kid":"first"}`, parts[2], with(nil)), oauth.Algorithm},
			{"HS256 with the public key", signWith(jose.HS256, publicPEM(t, rsaKey().Public()), "rsa", with(nil)), oauth.Algorithm},
			{"HS512", signWith(jose.HS512, make([]byte, 64), "first", with(nil)), oauth.Algorithm},

			{"another key of the same name", newKey("first").sign(with(nil)), oauth.BadSignature},
			{"another key without a name", signWith(jose.ES256, newKey("").private, "", with(nil)), oauth.BadSignature},
			{"another key", newKey("mallory").sign(with(nil)), oauth.UnknownKey},
			{"key in the header", f.key.sign(with(nil), claims{"kid": "x", "jwk": newKey("x").public()}), oauth.UnknownKey},
			{"URL of keys in the header", newKey("x").sign(with(nil), claims{"jku": "https://evil.example.com/s3cret-value"}), oauth.UnknownKey},
			{"another algorithm of the key", key{"rsa", jose.PS256, rsaKey()}.sign(with(nil)), oauth.UnknownKey},
			{"empty signature", parts[0] + "." + parts[1] + ".", oauth.BadSignature},
			{"payload of another token", parts[0] + "." + strings.Split(other, ".")[1] + "." + parts[2], oauth.BadSignature},

			{"another issuer", f.key.sign(with(claims{"iss": "https://mallory.example.com"})), oauth.WrongIssuer},
			{"issuer with a slash", f.key.sign(with(claims{"iss": issuerURL + "/"})), oauth.WrongIssuer},
			{"issuer in other case", f.key.sign(with(claims{"iss": nil, "ISS": issuerURL})), oauth.WrongIssuer},
			{"no issuer", f.key.sign(with(claims{"iss": nil})), oauth.WrongIssuer},
			{"another resource", f.key.sign(with(claims{"aud": "https://mallory.example.com/mcp"})), oauth.WrongAud},
			{"no audience", f.key.sign(with(claims{"aud": nil})), oauth.WrongAud},
			{"audiences are none", f.key.sign(with(claims{"aud": []string{}})), oauth.WrongAud},
			{"audience is longer", f.key.sign(with(claims{"aud": audience + "/s3cret-value"})), oauth.WrongAud},

			{"expired", f.key.sign(with(claims{"exp": in(-3 * time.Hour)})), oauth.Expired},
			{"expired a minute ago", f.key.sign(with(claims{"exp": in(-time.Minute)})), oauth.Expired},
			{"expired within the leeway", f.key.sign(with(claims{"exp": in(-59 * time.Second)})), ""},
			{"valid from tomorrow", f.key.sign(with(claims{"nbf": in(24 * time.Hour)})), oauth.NotYetValid},
			{"valid within the leeway", f.key.sign(with(claims{"nbf": in(time.Minute), "iat": in(time.Minute)})), ""},
			{"valid beyond the leeway", f.key.sign(with(claims{"nbf": in(61 * time.Second)})), oauth.NotYetValid},
			{"issued in the future", f.key.sign(with(claims{"iat": in(61 * time.Second)})), oauth.NotYetValid},

			{"no name", f.key.sign(with(claims{"sub": nil})), oauth.NoCaller},
			{"an empty name", f.key.sign(with(claims{"sub": ""})), oauth.NoCaller},
			{"a long name", f.key.sign(with(claims{"sub": strings.Repeat("ä", 129)})), oauth.NoCaller},
			{"a name that is not printable", f.key.sign(with(claims{"sub": "alice\nlevel=ERROR"})), oauth.NoCaller},
			{"the name of an invisible character", f.key.sign(with(claims{"sub": "alice\u200b"})), oauth.NoCaller},

			{"scopes of others", f.key.sign(with(claims{"scope": "openid profile"})), oauth.NoScope},
			{"no scopes", f.key.sign(with(claims{"scope": ""})), oauth.NoScope},
			{"scopes that only look so", f.key.sign(with(claims{"scp": []string{"my-ai-endpoints", "chats", "ai-endpoints:transcribes"}})), oauth.NoScope},
		} {
			if got := f.reason(t, tt.token); got != tt.want {
				t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
			}
		}
		if text := f.log.String(); strings.Count(text, "\n") != 1 {
			t.Errorf("more is logged than the start:\n%s", text)
		}
	})
}

func TestClockIsSuspected(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := start(t)
		for _, tt := range []struct {
			claim string
			in    time.Duration
			want  string
		}{
			{"exp", -3 * time.Hour, "expired: expired 3h0m0s ago"},
			{"exp", -2 * time.Minute, "expired: expired 2m0s ago; the clock of this machine may be fast, or that of the issuer slow"},
			{"nbf", 5 * time.Minute, "not_yet_valid: valid only in 5m0s (nbf); the clock of this machine may be slow, or that of the issuer fast"},
		} {
			_, err := f.Verify(t.Context(), f.key.sign(with(claims{tt.claim: time.Now().Add(tt.in).Unix()})))
			if err == nil || err.Error() != tt.want {
				t.Errorf("%v, want %s", err, tt.want)
			}
		}
	})
}

func TestIdentity(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for _, tt := range []struct {
			name, claim string
			claims      claims
			names       []string
			tools       []string // nil: not limited
		}{
			{"the subject", "", nil, []string{"alice"}, nil},
			{"null scopes", "", claims{"scope": json.RawMessage("null")}, []string{"alice"}, nil},
			{"an e-mail address", "email", claims{"email": "alice@example.com"}, []string{"alice@example.com"}, nil},
			{"a URL", "https://example.com/team.name", claims{"https://example.com/team.name": "Équipe 1"}, []string{"Équipe 1"}, nil},
			{"a name with dots", "a.b", claims{"a.b": "bob", "a": claims{"b": "mallory"}}, []string{"bob"}, nil},
			{"groups", "groups", claims{"groups": []string{"", "staff", "a\tb", "team"}}, []string{"staff", "team"}, nil},
			{"all tools", "", claims{"scope": "openid ai-endpoints"}, []string{"alice"}, tools},
			{"all tools, prefixed", "", claims{"scp": "api://4f/ai-endpoints"}, []string{"alice"}, tools},
			{"all tools, in another word", "", claims{"scp": []string{"mcp:tools"}}, []string{"alice"}, tools},
			{"one tool", "", claims{"scope": "ai-endpoints:embed profile"}, []string{"alice"}, []string{"embed"}},
			{"one tool, prefixed", "", claims{"scp": "https://mcp.example.com/embed"}, []string{"alice"}, []string{"embed"}},
			{"each tool", "", claims{"scope": "x.embed", "scp": []string{"chat embed", "sing"}}, []string{"alice"}, []string{"embed", "chat"}},
		} {
			f := start(t, func(o *oauth.Options) { o.CallerClaim = tt.claim })
			got, err := f.Verify(t.Context(), f.key.sign(with(tt.claims)))
			if err != nil {
				t.Errorf("%s: %v", tt.name, err)
				continue
			}
			if !reflect.DeepEqual(got.Candidates, tt.names) || !reflect.DeepEqual(got.Tools, tt.tools) {
				t.Errorf("%s: %q, tools %q", tt.name, got.Candidates, got.Tools)
			}
		}
	})
}
