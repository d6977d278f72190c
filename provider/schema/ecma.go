package schema

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
)

// ecmaSpaces are what \s matches in ECMAScript, as a part of a class.
const ecmaSpaces = `\s\x{b}\x{a0}\x{feff}\x{2028}\x{2029}\p{Zs}`

// linearSyntax writes an ECMAScript pattern for the standard library: the escapes
// that it lacks, and those characters that it reads in another way. What has no
// counterpart is left, and refused by the library.
func linearSyntax(pattern string) string {
	if strings.Contains(pattern, `\Q`) || hasFlags(pattern) {
		return pattern // not ECMAScript, but what Go and Python write
	}
	var b strings.Builder
	inClass := false
	for i := 0; i < len(pattern); i++ {
		switch rest := pattern[i:]; {
		case rest[0] == '\\' && len(rest) > 1:
			text, read := linearEscape(rest, inClass)
			b.WriteString(text)
			i += read - 1
		case inClass:
			inClass = rest[0] != ']'
			b.WriteByte(rest[0])
		case strings.HasPrefix(rest, "[^]"): // any character
			b.WriteString(`(?s:.)`)
			i += len("[^]") - 1
		case rest[0] == '[':
			inClass = true
			b.WriteByte('[')
		case rest[0] == '.':
			b.WriteString(`[^\n\r\x{2028}\x{2029}]`)
		default:
			b.WriteByte(rest[0])
		}
	}
	return b.String()
}

// linearEscape writes the escape that a text begins with, and returns its length.
func linearEscape(text string, inClass bool) (written string, read int) {
	switch text[1] {
	case 'u':
		if char, read := unicodeEscape(text); read > 0 {
			return fmt.Sprintf(`\x{%x}`, char), read
		}
	case 'c':
		if len(text) > 2 && (text[2]|0x20 >= 'a' && text[2]|0x20 <= 'z') {
			return fmt.Sprintf(`\x{%x}`, text[2]&0x1f), 3
		}
	case 'b':
		if inClass {
			return `\x{8}`, 2 // a backspace
		}
	case 's':
		if inClass {
			return ecmaSpaces, 2
		}
		return "[" + ecmaSpaces + "]", 2
	case 'S':
		if !inClass {
			return "[^" + ecmaSpaces + "]", 2
		}
	}
	return text[:2], 2
}

// unicodeEscape reads \u0041, \u{1f600}, or the two halves of a surrogate pair.
func unicodeEscape(text string) (char rune, read int) {
	if braced, ok := strings.CutPrefix(text, `\u{`); ok {
		const maxDigits = 16 // of which most are zeros
		digits, _, closed := strings.Cut(braced[:min(len(braced), maxDigits+1)], "}")
		code, err := strconv.ParseUint(digits, 16, 32)
		if err != nil || !closed || code > 0x10ffff {
			return 0, 0
		}
		return rune(code), len(`\u{}`) + len(digits)
	}
	first := escaped([]byte(text))
	switch {
	case first < 0:
		return 0, 0
	case !utf16.IsSurrogate(first):
		return first, len(`\u0000`)
	}
	char = utf16.DecodeRune(first, escaped([]byte(text[len(`\u0000`):])))
	if char == '\uFFFD' {
		return 0, 0
	}
	return char, 2 * len(`\u0000`)
}

// hasFlags reports whether a pattern sets flags, as (?i) does.
func hasFlags(pattern string) bool {
	for {
		_, after, ok := strings.Cut(pattern, "(?")
		if !ok {
			return false
		}
		if after != "" && strings.ContainsRune("imsU-", rune(after[0])) {
			return true
		}
		pattern = after
	}
}
