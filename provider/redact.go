package provider

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// redacted stands for a secret, or a part of one.
const redacted = "[key]"

// redact removes secrets from an upstream text that repeats them, and the parts by which
// services name a key: its first or last characters, also masked as in sk-ab…yz.
func (c *client) redact(text string) string {
	if text == "" { // as nearly every header that is looked at
		return ""
	}
	for _, secret := range c.secrets {
		if len(secret) < shortestSecret {
			text = replaceWord(text, secret, redacted)
		} else {
			text = strings.ReplaceAll(text, secret, redacted)
		}
	}
	for _, key := range c.keys {
		text = key.removeParts(text)
	}
	return text
}

// shortestSecret is how long a secret is at least that is one wherever it stands. Local
// servers are given keys such as "none", which are also parts of words.
const shortestSecret = 6

// replaceWord replaces a word where it stands alone.
func replaceWord(text, word, replacement string) string {
	var b strings.Builder
	for from := 0; ; {
		at := strings.Index(text[from:], word)
		if at < 0 {
			b.WriteString(text[from:])
			return b.String()
		}
		at += from
		end := at + len(word)
		b.WriteString(text[from:at])
		if isAlphanumeric(lastRune(text[:at])) || isAlphanumeric(firstRune(text[end:])) {
			b.WriteString(word)
		} else {
			b.WriteString(replacement)
		}
		from = end
	}
}

const (
	// minEnd is how many characters at the start or end of a key are removed wherever they
	// stand alone, and minPart how many from anywhere in it.
	minEnd  = 6
	minPart = 8
	// maxShown is how many characters beside a mask are looked at: longer parts are found
	// without it.
	maxShown = 64
)

// keyParts finds the parts of a key.
type keyParts struct {
	key    string
	places map[string][]int // where in the key minPart characters stand
	masks  *regexp.Regexp
}

// newKeyParts returns nil for what is too short for a key.
func newKeyParts(key string) *keyParts {
	if len(key) < 2*minEnd {
		return nil
	}
	k := &keyParts{key, map[string][]int{}, regexp.MustCompile(`\*{2,}|\.{3,}|…+|•{2,}|·{3,}|[xX]{4,}|#{3,}|█{2,}`)}
	for i := 0; i+minPart <= len(key); i++ {
		part := key[i : i+minPart]
		k.places[part] = append(k.places[part], i)
	}
	return k
}

// removeParts replaces the parts of the key in a text.
func (k *keyParts) removeParts(text string) string {
	secret := make([]bool, len(text)) // by byte
	mark := func(from, to int) {
		for i := from; i < to; i++ {
			secret[i] = true
		}
	}
	k.findParts(text, mark)
	k.findEnds(text, mark)
	k.findMasked(text, mark)
	var rest strings.Builder
	for i := range len(text) {
		switch {
		case !secret[i]:
			rest.WriteByte(text[i])
		case i == 0 || !secret[i-1]:
			rest.WriteString(redacted)
		}
	}
	return rest.String()
}

// findParts marks parts from anywhere in the key, as long as they can be, unless they are
// plain words: a key may hold some too.
func (k *keyParts) findParts(text string, mark func(from, to int)) {
	for i := 0; i+minPart <= len(text); {
		longest := 0
		for _, place := range k.places[text[i:i+minPart]] {
			longest = max(longest, commonPrefix(text[i:], k.key[place:]))
		}
		part := text[i : i+longest]
		isEnd := strings.HasPrefix(k.key, part) || strings.HasSuffix(k.key, part)
		if longest == 0 || !isEnd && len(part) < 2*minPart && isWords(part) {
			i++
			continue
		}
		mark(i, i+longest)
		i += longest
	}
}

// findEnds marks the first and the last characters of the key where they stand alone.
func (k *keyParts) findEnds(text string, mark func(from, to int)) {
	first, last := k.key[:minEnd], k.key[len(k.key)-minEnd:]
	for _, part := range []string{first, last} {
		if isWords(part) {
			continue
		}
		for i := 0; ; {
			at := strings.Index(text[i:], part)
			if at < 0 {
				break
			}
			from, to := i+at, i+at+minEnd
			if part == first {
				to = from + commonPrefix(text[from:], k.key)
			} else {
				from = to - commonSuffix(text[:to], k.key)
			}
			if !isAlphanumeric(lastRune(text[:from])) && !isAlphanumeric(firstRune(text[to:])) {
				mark(from, to)
			}
			i = to
		}
	}
}

// findMasked marks what is left of a masked key, with its mask.
func (k *keyParts) findMasked(text string, mark func(from, to int)) {
	for _, mask := range k.masks.FindAllStringIndex(text, -1) {
		before, after := k.endBefore(text[:mask[0]]), k.endAfter(text[mask[1]:])
		isStart := before >= minEnd || !isAlphanumeric(lastRune(text[:mask[0]-before]))
		if isStart && before >= 3 || isStart && before > 0 && before+after >= 4 || after >= 4 {
			mark(mask[0]-before, mask[1]+after)
		}
	}
}

// endBefore returns how many of the last characters of a text are the first of the key.
func (k *keyParts) endBefore(text string) int {
	for n := min(maxShown, len(text), len(k.key)-1); n > 0; n-- {
		if strings.HasSuffix(text, k.key[:n]) {
			return n
		}
	}
	return 0
}

// endAfter returns how many of the first characters of a text are the last of the key.
func (k *keyParts) endAfter(text string) int {
	for n := min(maxShown, len(text), len(k.key)-1); n > 0; n-- {
		if strings.HasPrefix(text, k.key[len(k.key)-n:]) {
			return n
		}
	}
	return 0
}

// isWords reports whether a part can be of plain words: it has no digit, and no capital
// within a word.
func isWords(part string) bool {
	inWord := ' '
	for _, r := range part {
		if unicode.IsDigit(r) || unicode.IsUpper(r) && unicode.IsLower(inWord) {
			return false
		}
		inWord = r
	}
	return true
}

func commonPrefix(a, b string) int {
	n := 0
	for n < min(len(a), len(b)) && a[n] == b[n] {
		n++
	}
	return n
}

func commonSuffix(a, b string) int {
	n := 0
	for n < min(len(a), len(b)) && a[len(a)-1-n] == b[len(b)-1-n] {
		n++
	}
	return n
}

func isAlphanumeric(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// firstRune and lastRune return a blank for an empty text.
func firstRune(text string) rune {
	if text == "" {
		return ' '
	}
	r, _ := utf8.DecodeRuneInString(text)
	return r
}

func lastRune(text string) rune {
	if text == "" {
		return ' '
	}
	r, _ := utf8.DecodeLastRuneInString(text)
	return r
}
