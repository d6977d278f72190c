// Package text writes small things for people to read: excerpts of what others
// wrote, short and safe to print, counts and numbers.
package text

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Cut returns the first most characters of s, with an ellipsis for the rest.
func Cut(s string, most int) string {
	count := 0
	for i := range s {
		if count == most {
			return s[:i] + "…"
		}
		count++
	}
	return s
}

// Excerpt makes s one line of at most so many characters that is safe to print,
// whatever it holds: controls become blanks, and what else does not print U+FFFD.
func Excerpt(s string, most int) string { return Printable(Cut(strings.TrimSpace(s), most)) }

// Printable makes s one line without controls and invisible characters.
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

// Number writes v in as few digits as say it exactly, without an exponent.
func Number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
