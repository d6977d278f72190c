package virtual

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
)

// take reads the longest run of characters for which belongs returns true.
func (p *parser) take(belongs func(rune) bool) string {
	run := p.text[p.pos:]
	if end := strings.IndexFunc(run, func(r rune) bool { return !belongs(r) }); end >= 0 {
		run = run[:end]
	}
	p.pos += len(run)
	return run
}

// accept skips blanks and then c, and reports whether c was there.
func (p *parser) accept(c byte) bool {
	if p.atEnd() || p.text[p.pos] != c {
		return false
	}
	p.pos++
	return true
}

// atEnd skips blanks and reports whether nothing else is left.
func (p *parser) atEnd() bool {
	p.skipBlanks()
	return p.pos == len(p.text)
}

func (p *parser) skipBlanks() {
	for p.pos < len(p.text) && isBlank(rune(p.text[p.pos])) {
		p.pos++
	}
}

// absent returns the error for something that should start here: it is missing,
// or an unexpected word or character is in its place, without a suggestion.
func (p *parser) absent(what, expected, suggestion string) error {
	if !p.atEnd() && strings.IndexByte(structural, p.text[p.pos]) < 0 {
		return p.unexpected(expected)
	}
	return p.fail(p.pos, "missing "+what, expected, suggestion)
}

// unexpected returns the error for the word or character that starts here.
func (p *parser) unexpected(expected string) error {
	start := p.pos
	found := p.take(isWordRune)
	if found == "" {
		_, size := utf8.DecodeRuneInString(p.text[start:])
		found = p.text[start : start+size]
	}
	return p.fail(start, "unexpected "+quote(found), expected, "")
}

// fail returns the error for the byte offset at.
func (p *parser) fail(at int, problem, expected, suggestion string) error {
	if len(suggestion) > maxExcerpt {
		suggestion = ""
	}
	return &SyntaxError{
		Query:      text.Printable(text.Cut(p.text, maxExcerpt)),
		Column:     utf8.RuneCountInString(p.text[:at]) + 1,
		Problem:    problem,
		Suggestion: suggestion,
		Expected:   expected,
	}
}

func isBlank(r rune) bool { return r == ' ' || r == '\t' }

func isTagRune(r rune) bool { return isWordRune(r) || r == '/' }

func isWordRune(r rune) bool {
	return unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_' || r == '-' || r == '.'
}

func isDigits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// named returns the word of the grammar that s spells, in any case.
func named[W ~string](s string, words []W) (W, bool) {
	for _, w := range words {
		if strings.EqualFold(s, string(w)) {
			return w, true
		}
	}
	return "", false
}
