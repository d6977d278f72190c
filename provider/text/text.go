// Package text formats short texts for people: excerpts that are safe to print, counts
// and numbers.
package text

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Cut returns the first limit characters of s, followed by an ellipsis if there are more.
func Cut(s string, limit int) string {
	count := 0
	for i := range s {
		if count == limit {
			return s[:i] + "…"
		}
		count++
	}
	return s
}

// Excerpt returns the first limit characters of s as one line that is safe to print.
func Excerpt(s string, limit int) string { return Printable(Cut(strings.TrimSpace(s), limit)) }

// Printable returns s as one line that is safe to print: control characters become
// blanks, and other characters that do not print become U+FFFD.
func Printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.IsPrint(r):
			return r
		case unicode.IsControl(r), unicode.IsSpace(r):
			return ' '
		default:
			return utf8.RuneError
		}
	}, s)
}

// Lines returns s with its lines, safe to print on a terminal: carriage returns are left
// out, and other control characters and those that turn the direction of text become
// U+FFFD. Characters that only join others stay, since emoji and some scripts need them.
func Lines(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n', r == '\t':
			return r
		case r == '\r':
			return -1
		case unicode.IsControl(r), r >= '\u202a' && r <= '\u202e', r >= '\u2066' && r <= '\u2069':
			return utf8.RuneError
		default:
			return r
		}
	}, s)
}

// EscapeJSON returns a JSON text that is safe to print and means the same: invisible
// characters in its strings, which JSON allows as they are, become \u escapes.
func EscapeJSON(data string) string {
	var b strings.Builder
	for _, r := range data {
		switch {
		case r != '\n' && unicode.IsControl(r), unicode.Is(unicode.Cf, r):
			for _, unit := range utf16.AppendRune(nil, r) {
				fmt.Fprintf(&b, `\u%04x`, unit)
			}
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// Count returns n with the noun in its singular or plural: "1 model", "2 models".
func Count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return strconv.Itoa(n) + " " + noun
}

// Number returns v with as few digits as represent it exactly, without an exponent.
func Number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }

// Bytes returns a number of bytes in a unit that is easy to read: "512 bytes", "1.5 MB".
func Bytes(n int64) string {
	if n >= 1<<20 {
		return strconv.FormatFloat(math.Round(float64(n)/(1<<20)*10)/10, 'f', -1, 64) + " MB"
	}
	return strconv.FormatInt(n, 10) + " bytes"
}
