package httpd_test

import (
	"crypto/sha512"
	"encoding/hex"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd/callers"
)

// badTokenFiles are contents that a server refuses at its start and at a reload.
var badTokenFiles = map[string]struct{ content, want string }{
	"no colon":           {"team: " + goodToken + "\nsecret-line-of-the-file", "line 2: not of the form"},
	"no name":            {": secret-line-of-the-file", "line 1: not of the form"},
	"a bad name":         {"a team: secret-line-of-the-file", "line 1: not of the form"},
	"a long name":        {strings.Repeat("a", 65) + ": secret-line-of-the-file", "line 1: not of the form"},
	"no token":           {"#\n\nteam:", "line 3: the token is missing"},
	"a blank in a token": {"team: secret line of the file", "line 1: the token is missing, or holds a blank"},
	"a short token":      {"team: " + goodToken + "\nbot: secret-of-15-ch", "line 2: the token has fewer than 16 characters"},

	"a hash of nothing": {"team: " + goodToken + "\nbot: " + hashed(""), "line 2: this is the hash of an empty token"},
	"a hash of nothing, upper case": {"team: sha256:" + strings.ToUpper(strings.TrimPrefix(hashed(""), "sha256:")),
		"line 1: this is the hash of an empty token"},
	"a hash of a letter":       {"team: " + goodToken + "\nbot: " + hashed("x"), "line 2: this is the hash of a token of one or two characters"},
	"a hash of two characters": {"bot: " + hashed("~9"), "line 1: this is the hash of a token of one or two characters"},
	"a letter":                 {"team: " + goodToken + "\nbot: x", "line 2: the token has fewer than 16 characters"},
	"a short hash":             {"team: sha256:secret", "line 1: sha256: must be followed by 64 hexadecimal digits"},
	"no hash":                  {"team: sha256:", "line 1: sha256: must be followed by 64 hexadecimal digits"},
	"a blank before a hash":    {"team: sha256: " + digestOf("secret"), "line 1: sha256: must be followed by 64"},
	"a hash of no hex": {"team: sha256:" + strings.Repeat("secret--", 8),
		"line 1: sha256: must be followed by 64 hexadecimal digits"},

	"a hash name in upper case":      {"team: SHA256:" + digestOf("secret"), "line 1: a hash is written sha256:HEX"},
	"a hash name in mixed case":      {"team: Sha-256:" + digestOf("secret"), "line 1: a hash is written sha256:HEX"},
	"a hash name with a hyphen":      {"team: sha-256:" + digestOf("secret"), "line 1: a hash is written sha256:HEX"},
	"a hash name with an underscore": {"team: sha_256:" + digestOf("secret"), "line 1: a hash is written sha256:HEX"},
	"a hash after an equals sign":    {"team: sha256=" + digestOf("secret"), "line 1: a hash is written sha256:HEX"},
	"what openssl prints":            {"team: SHA2-256(stdin)= " + digestOf("secret"), "line 1: a hash is written sha256:HEX"},
	"an unknown hash":                {"team: sha512:" + longDigestOf("secret"), "line 1: a hash is written sha256:HEX"},
	"a truncated hash":               {"team: sha512/256:" + digestOf("secret"), "line 1: a hash is written sha256:HEX"},
	"an old hash":                    {"team: " + goodToken + "\nbot: md5:" + digestOf("secret")[:32], "line 2: a hash is written sha256:HEX"},
	"an unknown hash, not of hex":    {"team: SHA512:secret-line-of-the-file", "line 1: a hash is written sha256:HEX"},
	"a password's hash":              {"team: bcrypt:$2y$10$secret-line-of-the-file", "line 1: a hash is written sha256:HEX"},
	"a hash of crypt":                {"team: $2y$10$secret-line-of-the-file", "line 1: a hash is written sha256:HEX"},
	"a hash of crypt with settings":  {"team: $argon2id$v=19$m=65536$secret-line-of-the-file", "line 1: a hash is written sha256:HEX"},
	"a hash of a directory":          {"team: {SSHA512}secret-line-of-the-file", "line 1: a hash is written sha256:HEX"},
	"a hash of a web framework":      {"team: pbkdf2_sha256$600000$secret-line-of-the-file", "line 1: a hash is written sha256:HEX"},
	"a hash in base64":               {"team: sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", "line 1: a hash is written sha256:HEX"},
	"a hash of nothing, unnamed":     {"team: " + digestOf(""), "line 1: this is the hash of an empty token"},
	"a hash of an unheard-of name":   {"team: Whirlpool:" + longDigestOf("secret"), "line 1: a hash is written sha256:HEX"},
	"a hash without a name":          {"# the team\n" + hashed("secret"), "line 2: the caller's name is missing before the hash"},
	"an unknown hash without a name": {"SHA-512: " + longDigestOf("secret"), "line 1: the caller's name is missing before the hash"},

	"a name twice": {"team: secret-line-of-the-file\nbot: " + otherToken + "\nteam: " + goodToken,
		"line 3: the name or the token is that of line 1"},
	"a token twice": {"team: secret-line-of-the-file\nbot: secret-line-of-the-file",
		"line 2: the name or the token is that of line 1"},
	"a token as text and as its hash": {"team: " + goodToken + "\nbot: " + hashed(goodToken),
		"line 2: the name or the token is that of line 1"},
	"a token as its hash and as text": {"team: " + hashed(goodToken) + "\n\nbot: " + goodToken,
		"line 3: the name or the token is that of line 1"},
	"a hash twice, once in upper case": {"team: " + hashed(goodToken) + "\nbot: sha256:" + strings.ToUpper(digestOf(goodToken)),
		"line 2: the name or the token is that of line 1"},

	"nothing":          {"", "no token"},
	"comments only":    {"# secret\n", "no token"},
	"one endless line": {strings.Repeat("secret", 100_000), "a line is too long"},
}

func digestOf(token string) string { return strings.TrimPrefix(hashed(token), "sha256:") }

func longDigestOf(token string) string {
	hash := sha512.Sum512([]byte(token))
	return hex.EncodeToString(hash[:])
}

// shows reports whether a text contains more of a token file than its names.
func shows(text, content string) bool {
	for word := range strings.FieldsSeq(strings.ReplaceAll(content, ":", " ")) {
		if len(word) > 12 && strings.Contains(text, word) {
			return true
		}
	}
	return strings.Contains(text, "secret")
}

func TestABadTokenFileIsAnErrorThatNamesTheLine(t *testing.T) {
	for name, test := range badTokenFiles {
		path := filepath.Join(t.TempDir(), "tokens")
		writeFile(t, path, test.content)
		_, err := httpd.OpenTokens(path, nil)
		if err == nil || !strings.HasPrefix(err.Error(), "token file "+path+": ") {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if text := strings.ReplaceAll(err.Error(), path, ""); !strings.Contains(text, test.want) || shows(text, test.content) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := httpd.OpenTokens(filepath.Join(t.TempDir(), "missing"), nil); err == nil {
		t.Error("a file that is not there is taken")
	}
}

func TestABadTokenFileLeavesTheLastGoodOneInForce(t *testing.T) {
	for name, test := range badTokenFiles {
		t.Run(name, func(t *testing.T) {
			var log lockedBuffer
			path := filepath.Join(t.TempDir(), "tokens")
			writeFile(t, path, "first: "+goodToken)
			tokens, err := httpd.OpenTokens(path, jsonLog(&log))
			if err != nil {
				t.Fatal(err)
			}
			e := serveHTTP(t, setup{}, httpd.Options{Callers: tokens})
			writeFile(t, path, test.content)
			e.http.Reload()
			eventually(t, "the log says why", func() bool { return strings.Contains(log.String(), test.want) })
			for token, want := range map[string]int{goodToken: http.StatusOK, otherToken: http.StatusUnauthorized, "": http.StatusUnauthorized} {
				if got := e.tokenStatus(token); got != want {
					t.Errorf("%q is answered with %d, want %d", token, got, want)
				}
			}
			if shows(log.String(), test.content) {
				t.Errorf("the log says %s", log.String())
			}
		})
	}
}

// A token that only resembles a hash is valid.
func TestTokensThatResembleAHashAreTaken(t *testing.T) {
	tests := map[string]struct{ name, token string }{
		"hex":                      {"team", digestOf("a token")},
		"long hex":                 {"team", longDigestOf("a token")},
		"16 characters":            {"team", "sixteen-letters!"},
		"a colon":                  {"team", "user:password-of-the-team"},
		"a colon and a little hex": {"team", "team-7:0123456789abcdef"},
		"a hash name within":       {"team", "my-sha256:token-of-the-team"},
		"a hash name without end":  {"team", "sha256-token-of-the-team"},
		"padding":                  {"team", "md5hMjU2IGlzIG5vdA=="},
		"a name with a hash in it": {"team.sha256", goodToken},
		"a name that a hash has":   {"sha1", goodToken},
	}
	for name, test := range tests {
		e := serveHTTP(t, setup{}, httpd.Options{Callers: openTokens(t, test.name+": "+test.token)})
		if got := e.tokenStatus(test.token); got != http.StatusOK {
			t.Errorf("%s is answered with %d", name, got)
		}
	}
}

func TestNewTokens(t *testing.T) {
	seen := map[string]bool{}
	for range 100 {
		token, line, err := callers.NewToken("alice")
		if err != nil || seen[token] || len(token) != 43 || line != "alice: "+hashed(token) {
			t.Fatalf("got %q and %q, %v", token, line, err)
		}
		seen[token] = true
		_ = openTokens(t, line)
		_ = openTokens(t, "alice: "+token)
	}
	for _, name := range []string{"", "a b", "a:b", "é", "a\nb: c", strings.Repeat("a", 65)} {
		if token, line, err := callers.NewToken(name); err == nil || token != "" || line != "" {
			t.Errorf("%q is taken for a name: %q", name, line)
		}
	}
}
