package schema

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// HugeNumber finds a number in decoded JSON that no machine number can hold, such
// as 1e999999999. It must not reach a validator: one computes with exact
// fractions, and such a fraction takes all memory.
func HugeNumber(value any) (json.Number, bool) {
	switch value := value.(type) {
	case json.Number:
		_, exponent, _ := strings.Cut(strings.ToLower(string(value)), "e")
		return value, len(value) > 400 || len(strings.TrimLeft(exponent, "+-0")) > 3
	case []any:
		for _, item := range value {
			if number, huge := HugeNumber(item); huge {
				return number, true
			}
		}
	case map[string]any:
		for _, member := range value {
			if number, huge := HugeNumber(member); huge {
				return number, true
			}
		}
	}
	return "", false
}

// Shorten cuts a number of many digits, for a message.
func Shorten(number json.Number) string {
	const maxDigits = 40
	if len(number) > maxDigits {
		return string(number[:maxDigits]) + "…"
	}
	return string(number)
}

// depth returns how many levels of members decoded JSON has.
func depth(value any) int {
	levels := 0
	switch value := value.(type) {
	case []any:
		for _, item := range value {
			levels = max(levels, 1+depth(item))
		}
	case map[string]any:
		for _, member := range value {
			levels = max(levels, 1+depth(member))
		}
	}
	return levels
}

// hasLoneSurrogate reports whether JSON text has an escape of half a character
// outside of the basic plane: it is valid JSON, but strict decoders refuse the
// whole text.
func hasLoneSurrogate(text []byte) bool {
	for {
		i := bytes.IndexByte(text, '\\')
		if i < 0 || i+1 >= len(text) {
			return false
		}
		if text[i+1] != 'u' {
			text = text[i+2:] // a backslash escapes itself, so the next character starts no escape
			continue
		}
		first := escaped(text[i:])
		text = text[i+len(`\u0000`):]
		if !utf16.IsSurrogate(first) {
			continue
		}
		if utf16.DecodeRune(first, escaped(text)) == utf8.RuneError {
			return true
		}
		text = text[len(`\u0000`):]
	}
}

// escaped returns the character of the \u escape that valid JSON text begins
// with, or -1.
func escaped(text []byte) rune {
	if !bytes.HasPrefix(text, []byte(`\u`)) || len(text) < len(`\u0000`) {
		return -1
	}
	code, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	if err != nil {
		return -1
	}
	return rune(code)
}
