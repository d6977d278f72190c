package server_test

import (
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server"
)

// Whatever a token file holds, it is taken or refused in words of this program.
func FuzzTokenFile(f *testing.F) {
	for _, seed := range []string{"team: a-token", "# comment\n\n a:b\r\n", "a: sha256:" + strings.Repeat("ab", 32), "a: sha256:", "::", "a:\x00", "a: b\na: c", "é: b"} {
		f.Add(seed)
	}
	path := filepath.Join(f.TempDir(), "tokens")
	allowed := regexp.MustCompile(`^token file [^ ]+: (it holds no token; give a line such as alice: TOKEN|a line is too long|` +
		`line \d+: (not of the form name: token, where a name has letters, digits, _ \. and - only|sha256: must be followed by 64 hexadecimal digits|` +
		`the token is missing, or holds a blank, a control or a non-ASCII character|the name or the token is that of line \d+))$`)
	f.Fuzz(func(t *testing.T, content string) {
		writeFile(t, path, content)
		if _, err := server.OpenTokens(path, nil); err != nil && !allowed.MatchString(err.Error()) {
			t.Errorf("%q: %v", content, err)
		}
	})
}
