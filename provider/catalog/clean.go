package catalog

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// The bounds of texts and lists, each far above what the real catalogue has. They
// keep what others wrote from filling a model's context or a terminal.
const (
	maxID          = 200 // bytes; longer ids are not ids
	maxLabel       = 100 // characters of a tag, publisher, series, category …
	maxDescription = 2000
	maxList        = 100 // values of a list
)

// clean returns s as one line without escape sequences, control characters and
// invisible ones, and at most limit characters of it.
func clean(s string, limit int) string {
	var b strings.Builder
	characters := 0
	for _, r := range strings.TrimSpace(withoutEscapes(s)) {
		switch {
		case unicode.IsSpace(r):
			r = ' '
		case isInvisible(r):
			continue
		}
		if characters == limit {
			b.WriteRune('…')
			break
		}
		characters++
		b.WriteRune(r)
	}
	return b.String()
}

const escape = "\x1b"

// withoutEscapes returns s without ANSI escape sequences.
func withoutEscapes(s string) string {
	before, after, found := strings.Cut(s, escape)
	if !found {
		return s
	}
	var b strings.Builder
	for found {
		b.WriteString(before)
		before, after, found = strings.Cut(after[sequenceLength(after):], escape)
	}
	b.WriteString(before)
	return b.String()
}

// sequenceLength returns the bytes of the sequence whose escape character stands
// before s.
func sequenceLength(s string) int {
	if s == "" {
		return 0
	}
	switch s[0] {
	case '[': // parameters, then one letter or mark
		end := 1
		for end < len(s) && s[end] >= ' ' && s[end] <= '?' {
			end++
		}
		if end < len(s) && s[end] >= '@' && s[end] <= '~' {
			end++
		}
		return end
	case ']', 'P', 'X', '^', '_': // a text, which ends with BEL or ESC \
		end := strings.IndexAny(s, "\a"+escape)
		switch {
		case end < 0:
			return len(s)
		case strings.HasPrefix(s[end:], escape+"\\"):
			return end + 2
		case s[end] == '\a':
			return end + 1
		default:
			return end
		}
	default:
		if s[0] >= ' ' && s[0] <= '~' {
			return 1
		}
		return 0
	}
}

// isInvisible reports whether r changes how the text around it shows, or hides in it:
// a control character, or a format character such as those that turn the direction of
// text.
func isInvisible(r rune) bool { return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) }

// idOf returns s without blanks around it, and false if it cannot be an id or alias.
func idOf(s string) (id string, ok bool) {
	s = strings.TrimSpace(s)
	return s, s != "" && len(s) <= maxID && utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return isInvisible(r) || (r != ' ' && unicode.IsSpace(r))
	})
}
