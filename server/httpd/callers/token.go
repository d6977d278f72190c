package callers

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"sync"
)

// MinTokenLength is in characters, for tokens that a file holds as text: a shorter one
// can be guessed.
const MinTokenLength = 16

// tokenHash stands for a token, so that the token itself cannot get into a log or a dump.
type tokenHash [sha256.Size]byte

func hashOf(token string) tokenHash { return sha256.Sum256([]byte(token)) }

// hashPrefix marks a token that a file holds as its hash.
const hashPrefix = "sha256:"

// NewToken returns a fresh token of 256 random bits, and the line of the token file for
// it, which holds only its hash.
func NewToken(name string) (token, line string, err error) {
	if !isTokenName(name) {
		return "", "", errors.New("a name has 1 to 64 letters, digits, _ . and - only")
	}
	token, hash := RandomToken()
	return token, name + ": " + hash, nil
}

// RandomToken returns a fresh token of 256 random bits, and its hash as a file holds it.
func RandomToken() (token, hash string) {
	var secret [32]byte
	_, _ = rand.Read(secret[:]) // never fails
	token = base64.RawURLEncoding.EncodeToString(secret[:])
	sum := hashOf(token)
	return token, hashPrefix + hex.EncodeToString(sum[:])
}

// parseToken reads the token of a caller, as text or as its hash. The error does not show
// it.
func parseToken(name, secret string) (hash tokenHash, err error) {
	if encoded, hashed := strings.CutPrefix(secret, hashPrefix); hashed {
		return parseHash(encoded)
	}
	// A recipe that lost its token and the name of the hash leaves a token that all know.
	if _, err := parseHash(secret); errors.Is(err, errEmptyToken) {
		return hash, err
	}
	switch {
	case looksHashed(secret):
		return hash, errors.New("a hash is written sha256:HEX, and no other is known; a token must not look like one")
	case hashAfterName().MatchString(name + ":" + secret):
		return hash, errors.New("the caller's name is missing before the hash; write name: sha256:HEX")
	case secret == "" || strings.ContainsFunc(secret, func(r rune) bool { return r <= ' ' || r > '~' }):
		return hash, errors.New("the token is missing, or holds a blank, a control or a non-ASCII character")
	case len(secret) < MinTokenLength:
		return hash, fmt.Errorf("the token has fewer than %d characters", MinTokenLength)
	}
	return hashOf(secret), nil
}

var errEmptyToken = errors.New("this is the hash of an empty token")

func parseHash(encoded string) (hash tokenHash, err error) {
	decoded, err := hex.DecodeString(encoded)
	if err != nil || len(decoded) != sha256.Size {
		return hash, fmt.Errorf("sha256: must be followed by %d hexadecimal digits", 2*sha256.Size)
	}
	if hash = tokenHash(decoded); hash == hashOf("") {
		return hash, errEmptyToken
	}
	return hash, nil
}

// lineOfTinyToken returns the line of a hash that is of a token of one or two characters,
// 0 for any other hash. How long the others are cannot be seen, but these few are all tried
// in a moment, here as by somebody who guesses.
func (s *Set) lineOfTinyToken() int {
	for first := byte(' '); first <= '~'; first++ {
		if e := s.byToken[hashOf(string([]byte{first}))]; e != nil {
			return e.Line
		}
		for second := byte(' '); second <= '~'; second++ {
			if e := s.byToken[hashOf(string([]byte{first, second}))]; e != nil {
				return e.Line
			}
		}
	}
	return 0
}

// hashName matches the names of common hashes in any spelling: sha256, SHA-512,
// sha3_256, md5, argon2id.
const hashName = `(?i:(?:sha|shake|md|blake|ripemd|argon|pbkdf)[-_]?[0-9][0-9a-z]{0,3}(?:[-_/][0-9]+)?|[bs]crypt)`

// hexDigest matches hexadecimal digits that are long enough for a hash.
const hexDigest = `[0-9A-Fa-f]{32,}`

var hashAfterName = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^` + hashName + `:` + hexDigest + `$`) })

// looksHashed recognizes the notation of other hashes. As a plain token, such a hash
// would lock out the holder of the real token, and let in whoever has read the file.
func looksHashed(secret string) bool { return hashNotation().MatchString(secret) }

var hashNotation = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^(?:` + strings.Join([]string{
		hashName + `[:=(]`,
		hashName + `\w*\$`,                      // pbkdf2_sha256$600000$…
		hashName + `-[A-Za-z0-9+/]{22,}={0,2}$`, // of a page's integrity attribute
		`\$[0-9A-Za-z-]+\$`,                     // of crypt: $2y$10$…
		`\{[0-9A-Za-z-]+\}`,                     // of LDAP: {SSHA}…
		`[A-Za-z][A-Za-z0-9_-]*:` + hexDigest + `$`,
	}, `|`) + `)`)
})
