package httpd_test

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd"
)

// Any token file is accepted, or refused with an error of this program.
func FuzzTokenFile(f *testing.F) {
	for _, seed := range []string{
		"team: a-token-of-the-team", "# comment\n\n a:b\r\n", "a: sha256:" + strings.Repeat("ab", 32),
		"a: sha256:", "::", "a:\x00", "a: b\na: c", "é: b",
	} {
		f.Add(seed)
	}
	for _, bad := range badTokenFiles {
		if len(bad.content) < 1000 {
			f.Add(bad.content)
		}
	}
	path := filepath.Join(f.TempDir(), "tokens")
	allowed := regexp.MustCompile(`^token file [^ ]+: (it holds no token; give a line such as alice: TOKEN|a line is too long|` +
		`line \d+: (not of the form name: token, where a name has letters, digits, _ \. and - only|` +
		`sha256: must be followed by 64 hexadecimal digits|` +
		`this is the hash of an empty token|this is the hash of a token of one or two characters|a hash is written sha256:HEX, and no other is known; a token must not look like one|` +
		`the caller's name is missing before the hash; write name: sha256:HEX|the token has fewer than 16 characters|` +
		`the token is missing, or holds a blank, a control or a non-ASCII character|the name or the token is that of line \d+))$`)
	f.Fuzz(func(t *testing.T, content string) {
		writeFile(t, path, content)
		if _, err := httpd.OpenTokens(path, nil); err != nil && !allowed.MatchString(err.Error()) {
			t.Errorf("%q: %v", content, err)
		}
	})
}
