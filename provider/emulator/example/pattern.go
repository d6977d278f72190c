package example

import (
	"regexp"
	"regexp/syntax"
	"strings"
)

// patterned gives a string that matches a pattern and has the length that the
// schema wants: from the text, else a short one. It gives up on a pattern that
// Go cannot read.
func (g *generator) patterned(key, pattern string, s map[string]any) (string, bool) {
	loose, err := regexp.Compile(strings.TrimSuffix(strings.TrimPrefix(pattern, "^"), "$"))
	if err == nil {
		right := func(text string) bool { return text != "" && fitsText(s, text) }
		if found, ok := g.source.find(key, loose, right); ok {
			return found, true
		}
	}
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return "", false
	}
	const tries = 64
	for repeats := range tries {
		var b strings.Builder
		exemplify(&b, parsed, repeats)
		if text := b.String(); fitsText(s, text) {
			return text, true
		}
	}
	return "", false
}

// exemplify writes a string that matches an expression, with so many rounds of
// a repetition that has no upper bound.
func exemplify(b *strings.Builder, e *syntax.Regexp, repeats int) {
	switch e.Op {
	case syntax.OpLiteral:
		b.WriteString(string(e.Rune))
	case syntax.OpCharClass:
		b.WriteRune(member(e.Rune))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		b.WriteByte('x')
	case syntax.OpConcat, syntax.OpCapture:
		for _, sub := range e.Sub {
			exemplify(b, sub, repeats)
		}
	case syntax.OpAlternate:
		exemplify(b, e.Sub[0], repeats)
	case syntax.OpStar:
		exemplifyTimes(b, e.Sub[0], repeats, repeats)
	case syntax.OpPlus:
		exemplifyTimes(b, e.Sub[0], max(repeats, 1), repeats)
	case syntax.OpQuest:
		exemplifyTimes(b, e.Sub[0], min(repeats, 1), repeats)
	case syntax.OpRepeat:
		times := max(e.Min, repeats)
		if e.Max >= 0 {
			times = min(times, e.Max)
		}
		exemplifyTimes(b, e.Sub[0], times, repeats)
	default:
		// Anchors and word boundaries write nothing.
	}
}

func exemplifyTimes(b *strings.Builder, e *syntax.Regexp, times, repeats int) {
	for range times {
		if b.Len() > longestText {
			return
		}
		exemplify(b, e, repeats)
	}
}

// member gives a character of a class: a readable one if the class has any.
func member(ranges []rune) rune {
	for _, wish := range "aA0x-_ " {
		for i := 0; i+1 < len(ranges); i += 2 {
			if ranges[i] <= wish && wish <= ranges[i+1] {
				return wish
			}
		}
	}
	if len(ranges) == 0 {
		return ' '
	}
	return ranges[0]
}
