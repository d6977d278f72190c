package example

import (
	"strings"
	"unicode/utf8"
)

// longestText bounds a generated string, in characters.
const longestText = 100_000

// text gives a string: what the schema's pattern or format admits, else the
// value that the text labels with key, else its next phrase.
func (g *generator) text(key string, s map[string]any) (any, error) {
	least, most := countOf(s, "minLength", 0), countOf(s, "maxLength", -1)
	if least > longestText {
		return nil, errTooLarge
	}
	if pattern, ok := s["pattern"].(string); ok {
		if text, ok := g.patterned(key, pattern, s); ok {
			return text, nil
		}
	}
	if name, ok := s["format"].(string); ok {
		if text, ok := g.formatted(key, name); ok {
			return text, nil
		}
	}
	text, ok := g.source.labelled(key)
	if !ok {
		text = g.source.phrase()
	}
	for utf8.RuneCountInString(text) < least {
		text += " " + g.source.phrase()
	}
	if runes := []rune(text); most >= 0 && len(runes) > most {
		// Blanks at the cut go, unless the text would be too short without them.
		cut := string(runes[:most])
		if trimmed := strings.TrimSpace(cut); utf8.RuneCountInString(trimmed) >= least {
			cut = trimmed
		}
		return cut, nil
	}
	return text, nil
}
