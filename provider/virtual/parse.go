package virtual

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

// maxQuery is in bytes: room for every spec several times over, and little for
// hostile input.
const maxQuery = 512

const (
	blanks     = " \t"
	structural = "@?&<>=!" // ends a value; in the place of a word it means that the word is missing
)

// Parse reads a query. Tags, rankers and specs are case-insensitive, and blanks
// may stand around every part. Its error is always a [*SyntaxError].
func Parse(s string) (Query, error) {
	p := parser{text: s}
	if err := p.checkText(); err != nil {
		return Query{}, err
	}
	q, err := p.query()
	if err != nil {
		return Query{}, err
	}
	return q, nil
}

// parser reads text, starting at the byte offset pos.
type parser struct {
	text string
	pos  int
}

func (p *parser) checkText() error {
	if len(p.text) > maxQuery {
		return p.fail(maxQuery, fmt.Sprintf("query longer than %d bytes", maxQuery), "", "")
	}
	for i, r := range p.text {
		if r == utf8.RuneError && !strings.HasPrefix(p.text[i:], string(utf8.RuneError)) {
			return p.fail(i, "invalid UTF-8", "", "")
		}
		if unicode.IsControl(r) && r != '\t' {
			return p.fail(i, fmt.Sprintf("control character %U", r), "", "")
		}
	}
	return nil
}

func (p *parser) query() (Query, error) {
	var q Query
	var err error
	if q.Tag, err = p.tag(); err != nil {
		return q, err
	}
	if q.Ranker, err = p.ranker(q.Tag); err != nil {
		return q, err
	}
	if p.atEnd() {
		return q, nil
	}
	if !p.accept('?') {
		return q, p.unexpected(`"?" or the end of the query`)
	}
	for {
		c, extended, err := p.condition()
		if err != nil {
			return q, err
		}
		q.Conditions = append(q.Conditions, c)
		q.Extended = q.Extended || extended || len(q.Conditions) > 1
		if p.atEnd() {
			return q, nil
		}
		if !p.accept('&') {
			return q, p.unexpected(`"&" or the end of the query`)
		}
	}
}

// tag reads up to and including the "@".
func (p *parser) tag() (string, error) {
	p.skipBlanks()
	start := p.pos
	tag := strings.TrimRight(p.take(func(r rune) bool { return isTagRune(r) || isBlank(r) }), blanks)
	rest := p.text[p.pos:]
	if tag == "" {
		full := fullForm("text_generation"+p.text[start:], "text_generation@latest")
		return "", p.absent("tag", "a tag such as llama or code_chat", full)
	}
	if !p.accept('@') {
		full := fullForm(tag+"@latest"+rest, tag+"@latest")
		if ranker, ok := named(tag, Rankers()); ok {
			full = fullForm("text_generation@"+string(ranker)+rest, "text_generation@"+string(ranker))
		}
		return "", p.absent(`"@" and ranker`, `"@" and a ranker`, full)
	}
	if i := strings.IndexByte(p.text[p.pos:], '@'); i >= 0 {
		return "", p.fail(p.pos+i, `second "@"`, `one "@", between tag and ranker`, "")
	}
	if strings.Contains(tag, "  ") || strings.Contains(tag, "\t") {
		tag = strings.Join(strings.Fields(tag), " ")
	}
	return tag, nil
}

func (p *parser) ranker(tag string) (Ranker, error) {
	p.skipBlanks()
	start := p.pos
	word := p.take(isWordRune)
	if ranker, ok := named(word, Rankers()); ok {
		return ranker, nil
	}
	expected := oneOf(Rankers())
	if word == "" {
		full := fullForm(tag+"@latest"+p.text[p.pos:], tag+"@latest")
		return "", p.absent("ranker", expected, full)
	}
	return "", p.fail(start, "unknown ranker "+quote(word), expected, suggest(word, rankerSynonym(word), Rankers()))
}

// condition reads one condition; extended reports whether it goes beyond the
// documented grammar.
func (p *parser) condition() (c Condition, extended bool, err error) {
	p.skipBlanks()
	start := p.pos
	word := p.take(isWordRune)
	spec, ok := named(word, Specs())
	if !ok {
		expected := oneOf(Specs())
		if word == "" {
			return c, false, p.absent("condition", expected, "")
		}
		return c, false, p.fail(start, "unknown spec "+quote(word), expected, suggest(word, specSynonym(word), Specs()))
	}
	op, err := p.op()
	if err != nil {
		return c, false, err
	}
	c = Condition{Spec: spec, Op: op}
	thousands, err := p.value(&c)
	return c, thousands || op.extended(), err
}

func (p *parser) op() (Op, error) {
	p.skipBlanks()
	start := p.pos
	sign := p.take(func(r rune) bool { return strings.ContainsRune("<>=!~≤≥≠", r) })
	if op, ok := named(sign, Ops()); ok {
		return op, nil
	}
	expected := oneOf(Ops())
	if sign == "" {
		return "", p.absent("operator", expected, "")
	}
	return "", p.fail(start, "unknown operator "+quote(sign), expected, opSynonym(sign))
}

// value reads into c the number or date that its spec takes.
func (p *parser) value(c *Condition) (thousands bool, err error) {
	p.skipBlanks()
	start := p.pos
	text := p.take(func(r rune) bool { return !isBlank(r) && !strings.ContainsRune(structural, r) })
	var ok bool
	expected := "a number such as 100000, 0.5 or 128k"
	if c.Spec == EndpointPublicationDate {
		expected = "a calendar date such as 2025-08-12 or 12/08/2025"
		c.Date, ok = catalog.ParseDate(text)
		ok = ok && !c.Date.IsZero() // 0001-01-01 would read as a missing date
	} else {
		c.Value, thousands, ok = parseNumber(text)
	}
	switch {
	case text == "":
		return false, p.absent("value for "+string(c.Spec), expected, "")
	case !ok:
		return false, p.fail(start, fmt.Sprintf("%s cannot be %s", c.Spec, quote(text)), expected, "")
	}
	return thousands, nil
}

// parseNumber reads digits, with a decimal point between digits and a k for
// thousands allowed. Signs and exponents are not.
func parseNumber(s string) (v float64, thousands, ok bool) {
	digits := strings.TrimRight(s, "kK")
	thousands = len(digits) == len(s)-1
	whole, fraction, dotted := strings.Cut(digits, ".")
	if len(digits) < len(s)-1 || !isDigits(whole) || dotted && !isDigits(fraction) {
		return 0, false, false
	}
	if thousands {
		digits += "e3"
	}
	v, err := strconv.ParseFloat(digits, 64)
	return v, thousands, err == nil
}

// fullForm returns guess in canonical form if it parses, else fallback.
func fullForm(guess, fallback string) string {
	if q, err := Parse(guess); err == nil {
		return q.String()
	}
	return fallback
}
