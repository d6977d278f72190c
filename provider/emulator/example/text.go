package example

import (
	"strings"
	"unicode/utf8"
)

// maxText bounds a string, in characters.
const maxText = 100_000

// text returns a string: what the schema's pattern or format allows, else the
// value that the text labels with key, else its next phrase.
func (g *generator) text(key string, all schemas) (any, error) {
	least, most, err := all.counts("minLength", "maxLength", maxText)
	if err != nil {
		return nil, err
	}
	text, ok := g.patterned(key, all.word("pattern"), least, most)
	if !ok {
		text, ok = g.formatted(key, all.word("format"))
	}
	if !ok {
		text = g.plain(key, least, most)
	}
	if !g.budget.spend(len(text)) {
		return nil, errTooLarge
	}
	return text, nil
}

// plain returns the value that the text labels with key, else its next phrase,
// made longer with further phrases or cut.
func (g *generator) plain(key string, least, most int) string {
	text, ok := g.source.labelled(key)
	if !ok {
		text = g.source.phrase()
	}
	var b strings.Builder
	b.WriteString(text)
	for length := utf8.RuneCountInString(text); length < least; {
		phrase := " " + g.source.phrase()
		length += utf8.RuneCountInString(phrase)
		b.WriteString(phrase)
	}
	runes := []rune(b.String())
	if len(runes) <= most {
		return b.String()
	}
	// Blanks at the cut go, unless the text would be too short without them.
	cut := string(runes[:most])
	if trimmed := strings.TrimSpace(cut); utf8.RuneCountInString(trimmed) >= least {
		return trimmed
	}
	return cut
}
