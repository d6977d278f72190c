package caller

import (
	"errors"
	"strings"
)

// Pattern is a pattern of ids of models: * stands for any characters, and case does not
// matter.
type Pattern struct {
	text  string
	parts []string // between the *, in lower case
}

// maxPattern is longer than any id.
const maxPattern = 200

// ParsePattern reads a pattern. The error says what is allowed.
func ParsePattern(text string) (Pattern, error) {
	switch {
	case strings.TrimSpace(text) == "":
		return Pattern{}, errors.New("a pattern is an id, or a part of one with * for any characters, such as Mistral-*")
	case len(text) > maxPattern:
		return Pattern{}, errors.New("a pattern has at most 200 characters")
	case strings.ContainsAny(text, "@?[]{}!,"), strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' }):
		return Pattern{}, errors.New("a pattern is matched with ids, not with queries: only * stands for other characters, as in Mistral-*")
	}
	return Pattern{text, strings.Split(strings.ToLower(text), "*")}, nil
}

// Matches reports whether the pattern matches an id.
func (p Pattern) Matches(id string) bool {
	last := len(p.parts) - 1
	if last < 0 {
		return false
	}
	rest, begins := strings.CutPrefix(strings.ToLower(id), p.parts[0])
	if last == 0 {
		return begins && rest == ""
	}
	for _, part := range p.parts[1:last] {
		at := strings.Index(rest, part)
		if at < 0 {
			return false
		}
		rest = rest[at+len(part):]
	}
	return begins && strings.HasSuffix(rest, p.parts[last])
}

// String returns the pattern as it was written.
func (p Pattern) String() string { return p.text }
