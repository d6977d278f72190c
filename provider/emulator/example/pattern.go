package example

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode/utf8"
)

// patterned returns a string of least to most characters that matches a
// pattern: from the text, else a short one. It returns false for a
// pattern that Go cannot read, such as one with a look-ahead.
func (g *generator) patterned(key, pattern string, least, most int) (string, bool) {
	whole, err := regexp.Compile(pattern)
	if err != nil || pattern == "" {
		return "", false
	}
	fits := func(text string) bool {
		n := utf8.RuneCountInString(text)
		return n >= least && n <= most && whole.MatchString(text)
	}
	inText := strings.TrimSuffix(strings.TrimPrefix(pattern, "^"), "$")
	if found, ok := g.source.match(key, inText, func(text string) bool { return text != "" && fits(text) }); ok {
		return found, true
	}
	parsed, err := syntax.Parse(pattern, syntax.Perl)
	if err != nil {
		return "", false
	}
	const tries = 64
	for repeats := range tries {
		w := &patternWriter{repeats: repeats, budget: g.budget}
		w.write(parsed)
		if text := w.String(); fits(text) {
			return text, true
		}
	}
	return "", false
}

// patternWriter writes a string that matches an expression, with so many rounds
// of each repetition that has no upper bound.
type patternWriter struct {
	strings.Builder
	repeats int
	budget  *budget
}

func (w *patternWriter) write(e *syntax.Regexp) {
	switch e.Op {
	case syntax.OpLiteral:
		w.WriteString(string(e.Rune))
	case syntax.OpCharClass:
		w.WriteRune(member(e.Rune))
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		w.WriteByte('x')
	case syntax.OpConcat, syntax.OpCapture:
		for _, sub := range e.Sub {
			w.write(sub)
		}
	case syntax.OpAlternate:
		w.write(e.Sub[0])
	case syntax.OpStar:
		w.repeat(e.Sub[0], w.repeats)
	case syntax.OpPlus:
		w.repeat(e.Sub[0], max(w.repeats, 1))
	case syntax.OpQuest:
		w.repeat(e.Sub[0], min(w.repeats, 1))
	case syntax.OpRepeat:
		times := max(e.Min, w.repeats)
		if e.Max >= 0 {
			times = min(times, e.Max)
		}
		w.repeat(e.Sub[0], times)
	default:
		// Anchors and word boundaries write nothing.
	}
}

func (w *patternWriter) repeat(e *syntax.Regexp, times int) {
	for range times {
		// Repetitions of repetitions grow without end, also those of nothing.
		if w.Len() > maxText || !w.budget.spend(1) {
			return
		}
		w.write(e)
	}
}

// member returns a character of a class: a readable one if the class has any.
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
