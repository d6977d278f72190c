package httpd

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
)

// Tokens are the bearer tokens of a file. An [Endpoint] that serves reloads them
// when the file changes.
type Tokens struct {
	file *reloadable[[]token]
}

// minTokenLength is in characters, for tokens that a file holds as text: a shorter one
// can be guessed.
const minTokenLength = 16

// token holds only the hash, so that the token itself cannot get into a log or a dump.
type token struct {
	name string
	hash [sha256.Size]byte
	line int
}

// OpenTokens reads a file with a line for each token, "name: token" or
// "name: sha256:HEX"; blank lines and lines that start with # are ignored. A name or a
// token that occurs twice, a short token and another kind of hash are errors. The error
// names the line but does not show it.
func OpenTokens(path string, log *slog.Logger) (*Tokens, error) {
	file, err := openFiles("token file", log, parseTokens, path)
	if err != nil {
		return nil, fmt.Errorf("token file %s: %w", path, err)
	}
	return &Tokens{file}, nil
}

// name returns the name of a token that a caller presents. It compares every known token
// in full, so that the duration reveals nothing about them. An empty token is never
// valid.
func (t *Tokens) name(presented string) (name string, ok bool) {
	if presented == "" {
		return "", false
	}
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
	if line := lineOfTinyToken(tokens); line > 0 {
		return nil, fmt.Errorf("line %d: this is the hash of a token of one or two characters", line)
	}
	return tokens, nil
}

// lineOfTinyToken returns the line of a hash that is of a token of one or two characters,
// 0 for any other hash. How long the others are cannot be seen, but these few are all tried
// in a moment, here as by somebody who guesses.
func lineOfTinyToken(tokens []token) int {
	lines := map[[sha256.Size]byte]int{}
	for _, t := range tokens {
		lines[t.hash] = t.line
	}
	for first := byte(' '); first <= '~'; first++ {
		if line := lines[sha256.Sum256([]byte{first})]; line > 0 {
			return line
		}
		for second := byte(' '); second <= '~'; second++ {
			if line := lines[sha256.Sum256([]byte{first, second})]; line > 0 {
				return line
			}
		}
	}
	return 0
}

// NewToken returns a fresh token of 256 random bits, and the line of the token file for
// it, which holds only its hash.
func NewToken(name string) (token, line string, err error) {
	if !isTokenName(name) {
		return "", "", errors.New("a name has 1 to 64 letters, digits, _ . and - only")
	}
	var secret [32]byte
	_, _ = rand.Read(secret[:]) // never fails
	token = base64.RawURLEncoding.EncodeToString(secret[:])
	hash := sha256.Sum256([]byte(token))
	return token, name + ": sha256:" + hex.EncodeToString(hash[:]), nil
}

func isTokenName(name string) bool {
	return regexp.MustCompile(`^[A-Za-z0-9_.-]{1,64}$`).MatchString(name)
}

func parseToken(line string) (token, error) {
	name, secret, ok := strings.Cut(line, ":")
	name, secret = strings.TrimSpace(name), strings.TrimSpace(secret)
	if !ok || !isTokenName(name) {
		return token{}, errors.New("not of the form name: token, where a name has letters, digits, _ . and - only")
	}
	if encoded, hashed := strings.CutPrefix(secret, "sha256:"); hashed {
		hash, err := parseHash(encoded)
		return token{name: name, hash: hash}, err
	}
	// A recipe that lost its token and the name of the hash leaves a token that all know.
	if _, err := parseHash(secret); errors.Is(err, errEmptyToken) {
		return token{}, err
	}
	switch {
	case looksHashed(secret):
		return token{}, errors.New("a hash is written sha256:HEX, and no other is known; a token must not look like one")
	case regexp.MustCompile(`^` + hashName + `:` + hexDigest + `$`).MatchString(name + ":" + secret):
		return token{}, errors.New("the caller's name is missing before the hash; write name: sha256:HEX")
	case secret == "" || strings.ContainsFunc(secret, func(r rune) bool { return r <= ' ' || r > '~' }):
		return token{}, errors.New("the token is missing, or holds a blank, a control or a non-ASCII character")
	case len(secret) < minTokenLength:
		return token{}, fmt.Errorf("the token has fewer than %d characters", minTokenLength)
	}
	return token{name: name, hash: sha256.Sum256([]byte(secret))}, nil
}

var errEmptyToken = errors.New("this is the hash of an empty token")

func parseHash(encoded string) (hash [sha256.Size]byte, err error) {
	decoded, err := hex.DecodeString(encoded)
	if err != nil || len(decoded) != sha256.Size {
		return hash, fmt.Errorf("sha256: must be followed by %d hexadecimal digits", 2*sha256.Size)
	}
	if hash = [sha256.Size]byte(decoded); hash == sha256.Sum256(nil) {
		return hash, errEmptyToken
	}
	return hash, nil
}

// hashName matches the names of common hashes in any spelling: sha256, SHA-512,
// sha3_256, md5, argon2id.
const hashName = `(?i:(?:sha|shake|md|blake|ripemd|argon|pbkdf)[-_]?[0-9][0-9a-z]{0,3}(?:[-_/][0-9]+)?|[bs]crypt)`

// hexDigest matches hexadecimal digits that are long enough for a hash.
const hexDigest = `[0-9A-Fa-f]{32,}`

// looksHashed recognizes the notation of other hashes. As a plain token, such a hash
// would lock out the holder of the real token, and let in whoever has read the file.
func looksHashed(secret string) bool {
	return regexp.MustCompile(`^(?:` + strings.Join([]string{
		hashName + `[:=(]`,
		hashName + `\w*\$`,                      // pbkdf2_sha256$600000$…
		hashName + `-[A-Za-z0-9+/]{22,}={0,2}$`, // of a page's integrity attribute
		`\$[0-9A-Za-z-]+\$`,                     // of crypt: $2y$10$…
		`\{[0-9A-Za-z-]+\}`,                     // of LDAP: {SSHA}…
		`[A-Za-z][A-Za-z0-9_-]*:` + hexDigest + `$`,
	}, `|`) + `)`).MatchString(secret)
}
