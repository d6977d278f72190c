package caller

import (
	"errors"
	"regexp"
	"strings"
)

// Pattern is a pattern of ids of models: * stands for any characters, and case does not
// matter.
type Pattern struct {
	text    string
	matches *regexp.Regexp
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
	parts := strings.Split(text, "*")
	for i, part := range parts {
		parts[i] = regexp.QuoteMeta(part)
	}
	matches, err := regexp.Compile("(?i)^" + strings.Join(parts, ".*") + "$")
	return Pattern{text, matches}, err
}

// Matches reports whether the pattern matches an id.
func (p Pattern) Matches(id string) bool { return p.matches != nil && p.matches.MatchString(id) }

// String returns the pattern as it was written.
func (p Pattern) String() string { return p.text }
