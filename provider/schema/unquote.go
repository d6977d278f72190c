package schema

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Unquote decodes a JSON text. It does what encoding/json does, which writes a text with
// escapes twice, so that a prompt of megabytes would be in memory three times.
func Unquote(quoted json.RawMessage) (string, error) {
	const long = 64 << 10
	// quoteEnd is also the length of a text without its end.
	if len(quoted) > long && quoted[0] == '"' && quoted[len(quoted)-1] == '"' && quoteEnd(quoted, 0) == len(quoted) && isPlain(quoted) {
		if text, ok := withoutQuotes(quoted[1 : len(quoted)-1]); ok {
			return text, nil
		}
	}
	var text string
	err := json.Unmarshal(quoted, &text)
	return text, err
}

// isPlain reports whether all of a text is UTF-8 and no control character.
func isPlain(text []byte) bool {
	for _, c := range text {
		if c < ' ' {
			return false
		}
	}
	return utf8.Valid(text)
}

func withoutQuotes(rest []byte) (text string, ok bool) {
	var b strings.Builder
	b.Grow(len(rest)) // no escape is shorter than what it stands for
	for {
		i := bytes.IndexByte(rest, '\\')
		if i < 0 {
			b.Write(rest)
			return b.String(), true
		}
		b.Write(rest[:i])
		char, length := escape(rest[i:])
		if length == 0 {
			return "", false
		}
		b.WriteRune(char)
		rest = rest[i+length:]
	}
}

// escape returns the character of the escape that a text begins with, and its length: 0
// if the text does not begin with an escape.
func escape(text []byte) (char rune, length int) {
	const unicode = len(`\u0000`)
	if char = escaped(text); char >= 0 {
		if both := utf16.DecodeRune(char, escaped(text[unicode:])); both != utf8.RuneError {
			return both, 2 * unicode
		}
		return char, unicode // half a surrogate pair is written as U+FFFD, as encoding/json does
	}
	const names, chars = `"\/bfnrt`, "\"\\/\b\f\n\r\t"
	if i := strings.IndexByte(names, text[min(1, len(text)-1)]); len(text) > 1 && i >= 0 {
		return rune(chars[i]), 2
	}
	return 0, 0
}
