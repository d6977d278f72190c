package server

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
)

// Tokens are the bearer tokens of a file, which is read again when it changes.
type Tokens struct {
	file *watchedFile[[]token]
}

// token is known by its hash only, so that it cannot get into a log or a dump
// from here.
type token struct {
	name string
	hash [sha256.Size]byte
	line int
}

// OpenTokens reads a file with a line for each token, "name: token" or
// "name: sha256:HEX"; blank lines and lines that start with # do not count. The
// error names the line and never shows it.
func OpenTokens(path string, log *slog.Logger) (*Tokens, error) {
	file, err := watchFiles("token file", cmp.Or(log, slog.New(slog.DiscardHandler)), parseTokens, path)
	if err != nil {
		return nil, fmt.Errorf("token file %s: %w", path, err)
	}
	return &Tokens{file}, nil
}

// name gives the name of a token that a caller presents. Every known token is
// compared in full, so that the time tells nothing.
func (t *Tokens) name(presented string) (name string, ok bool) {
	hash := sha256.Sum256([]byte(presented))
	for _, known := range t.file.get() {
		if subtle.ConstantTimeCompare(hash[:], known.hash[:]) == 1 {
			name = known.name
		}
	}
	return name, name != ""
}

func parseTokens(contents [][]byte) ([]token, error) {
	var tokens []token
	lines := bufio.NewScanner(bytes.NewReader(contents[0]))
	for number := 1; lines.Scan(); number++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		next, err := parseToken(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
		next.line = number
		for _, earlier := range tokens {
			if earlier.name == next.name || earlier.hash == next.hash {
				return nil, fmt.Errorf("line %d: the name or the token is that of line %d", number, earlier.line)
			}
		}
		tokens = append(tokens, next)
	}
	if err := lines.Err(); err != nil {
		return nil, errors.New("a line is too long")
	}
	if len(tokens) == 0 {
		return nil, errors.New("it holds no token; give a line such as alice: TOKEN")
	}
	return tokens, nil
}

func parseToken(line string) (token, error) {
	name, secret, ok := strings.Cut(line, ":")
	name, secret = strings.TrimSpace(name), strings.TrimSpace(secret)
	if !ok || !regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`).MatchString(name) {
		return token{}, errors.New("not of the form name: token, where a name has letters, digits, _ . and - only")
	}
	if encoded, hashed := strings.CutPrefix(secret, "sha256:"); hashed {
		hash, err := hex.DecodeString(encoded)
		if err != nil || len(hash) != sha256.Size {
			return token{}, fmt.Errorf("sha256: must be followed by %d hexadecimal digits", 2*sha256.Size)
		}
		return token{name: name, hash: [sha256.Size]byte(hash)}, nil
	}
	if secret == "" || strings.ContainsFunc(secret, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return token{}, errors.New("the token is missing, or holds a blank, a control or a non-ASCII character")
	}
	return token{name: name, hash: sha256.Sum256([]byte(secret))}, nil
}
