// Package text formats short texts for people: excerpts that are safe to print, counts
// and numbers.
package text

import (
	"strconv"
	"strings"
	"unicode"
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

// Count returns n with the noun in its singular or plural: "1 model", "2 models".
func Count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return strconv.Itoa(n) + " " + noun
}

// Number returns v with as few digits as represent it exactly, without an exponent.
func Number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
