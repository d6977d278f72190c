package callers

import (
	"bufio"
	"bytes"
	"errors"
	"regexp"
	"strings"
	"sync"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/caller"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/yamlfile"
)

// ParseTokens reads a file with a line for each token, "name: token" or
// "name: sha256:HEX"; blank lines and lines that start with # are ignored. A name or a
// token that occurs twice, a short token and another kind of hash are errors. The error
// names the line but does not show it. Its callers use the server's key.
func ParseTokens(content []byte) (*Set, error) {
	s := newSet()
	lines := bufio.NewScanner(bytes.NewReader(content))
	for number := 1; lines.Scan(); number++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if err := s.addLine(line, number); err != nil {
			return nil, err
		}
	}
	if err := lines.Err(); err != nil {
		return nil, errors.New("a line is too long")
	}
	if s.Len() == 0 {
		return nil, errors.New("it holds no token; give a line such as alice: TOKEN")
	}
	return s, s.checkHashes()
}

func (s *Set) addLine(line string, number int) error {
	name, secret, ok := strings.Cut(line, ":")
	name, secret = strings.TrimSpace(name), strings.TrimSpace(secret)
	if !ok || !isTokenName(name) {
		return yamlfile.Errorf(number, "not of the form name: token, where a name has letters, digits, _ . and - only")
	}
	token, err := parseToken(name, secret)
	if err != nil {
		return yamlfile.Errorf(number, "%v", err)
	}
	c := &caller.Caller{Name: name, Rules: caller.Rules{SharedKey: true}}
	return s.add(&Entry{Caller: c, Token: formOf(secret), Line: number}, &token)
}

func formOf(secret string) TokenForm {
	if strings.HasPrefix(secret, hashPrefix) {
		return TokenHash
	}
	return TokenText
}

func isTokenName(name string) bool { return tokenName().MatchString(name) }

var tokenName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`) })
