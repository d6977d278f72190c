package passage

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	endings     = ".!?…"           // end a sentence in front of a blank
	wideEndings = "。！？．｡"          // end one anywhere: their scripts have no blanks
	closing     = `)]}"'”’»」』）】*_` // may stand behind an ending
)

// sentenceEnd returns where the first sentence of s ends, in bytes: behind its
// punctuation. An ending in front of a small letter or a digit is that of an
// abbreviation.
func sentenceEnd(s string) int {
	for i := 0; i < len(s); {
		at := strings.IndexFunc(s[i:], isEnding)
		if at < 0 {
			break
		}
		mark, size := utf8.DecodeRuneInString(s[i+at:])
		i += at + size
		end := len(s) - len(strings.TrimLeft(s[i:], endings+wideEndings+closing))
		rest := strings.TrimLeftFunc(s[end:], unicode.IsSpace)
		next, _ := utf8.DecodeRuneInString(rest)
		if strings.ContainsRune(wideEndings, mark) || len(rest) < len(s)-end && !unicode.IsLower(next) && !unicode.IsDigit(next) {
			return end
		}
		i = len(s) - len(rest)
	}
	return len(s)
}

func isEnding(r rune) bool {
	switch r {
	case '.', '!', '?':
		return true
	}
	return r >= utf8.RuneSelf && strings.ContainsRune(endings+wideEndings, r)
}

// wordEnd returns where the first word of s ends, in bytes.
func wordEnd(s string) int {
	if i := strings.IndexFunc(s, unicode.IsSpace); i >= 0 {
		return i
	}
	return len(s)
}
