package schema

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
)

const (
	// maxNesting is how deep the JSON decoder follows a value.
	maxNesting = 10_000
	// maxKept bounds the values that are kept of one container, of which the last are
	// tried. A text can have millions.
	maxKept = 4 * maxValues
)

// scanner looks for JSON in a text, from left to right. A bracket that begins no
// value is found out where the text stops being JSON: all brackets that are open
// there begin none either, and what was closed before is a value of its own. So each
// byte is looked at a fixed number of times, whatever the text.
type scanner struct {
	text   string
	open   []container
	values []span // whole values of the open containers
	quote  int    // where the last text began, if it is the last token, or -1
}

// container is an object or a list that is not closed yet.
type container struct {
	start  int
	isList bool
	state  int
	values int // how many values there were before
}

// What a container has just read.
const (
	atStart = iota
	afterName
	afterColon
	afterValue
	afterComma
)

// tokensBetween is how many tokens are read before the scanner asks again whether
// somebody waits.
const tokensBetween = 4096

// embedded returns the objects and lists between other text.
func embedded(ctx context.Context, text string) []span {
	var found []span
	s := scanner{text: text, quote: -1}
	for at, tokens := 0, 0; at < len(text); tokens++ {
		if tokens%tokensBetween == 0 && ctx.Err() != nil {
			return nil
		}
		if len(s.open) == 0 {
			next := strings.IndexAny(text[at:], "{[")
			if next < 0 {
				break
			}
			at += next
		}
		next, ok := s.read(at)
		if ok && next > len(text) {
			return found // cut off: what is open there is no value, nor is a part of it
		}
		if !ok {
			next = s.restart(at)
		}
		if len(s.open) == 0 {
			for _, value := range s.values {
				if json.Valid([]byte(text[value.start:value.end])) {
					found = lastOf(append(found, value), 0)
				}
			}
			s.values = s.values[:0]
		}
		at = next
	}
	return found
}

// restart closes all that is open, and returns where to go on: what was taken for a
// text may be none, if it is not followed by what follows a text.
func (s *scanner) restart(at int) int {
	s.open = s.open[:0]
	if s.quote >= 0 {
		at = s.quote + 1
	}
	s.quote = -1
	return at
}

// read reads a token or white space, and returns its end, which is beyond the text if
// that ends within a token. It returns false if the token does not fit here.
func (s *scanner) read(at int) (end int, ok bool) {
	char := s.text[at]
	switch char {
	case ' ', '\t', '\r', '\n':
		return at + 1, true
	case '"':
		end, ok = textEnd(s.text, at)
		if s.quote = at; ok && end <= len(s.text) {
			ok = json.Valid([]byte(s.text[at:end]))
		}
		return end, ok && s.top().text()
	case '{', '[':
		end, ok = at+1, len(s.open) == 0 || len(s.open) < maxNesting && s.top().value()
		if ok {
			s.open = append(s.open, container{start: at, isList: char == '[', values: len(s.values)})
		}
	case '}', ']':
		end, ok = at+1, s.closes(at)
	case ',', ':':
		end, ok = at+1, s.top().separates(char)
	default:
		for end = at; end < len(s.text) && !strings.ContainsRune(" \t\r\n,:{}[]\"", rune(s.text[end])); {
			end++
		}
		if end == len(s.text) {
			return end + 1, true
		}
		ok = json.Valid([]byte(s.text[at:end])) && s.top().value()
	}
	if ok {
		s.quote = -1
	}
	return end, ok
}

func (s *scanner) top() *container { return &s.open[len(s.open)-1] }

// closes closes the innermost container, whose values become a part of it.
func (s *scanner) closes(at int) bool {
	c := s.top()
	if c.isList != (s.text[at] == ']') || c.state != atStart && c.state != afterValue {
		return false
	}
	s.values = append(s.values[:c.values], span{c.start, at + 1})
	if s.open = s.open[:len(s.open)-1]; len(s.open) > 0 {
		s.values = lastOf(s.values, s.top().values)
	}
	return true
}

// lastOf drops the first values after a number of others, if there are too many.
func lastOf(values []span, others int) []span {
	if len(values)-others > maxKept {
		return slices.Delete(values, others, others+maxKept/2)
	}
	return values
}

// value reads a value, and reports whether one may stand here.
func (c *container) value() bool {
	ok := c.state == afterColon || c.isList && (c.state == atStart || c.state == afterComma)
	c.state = afterValue
	return ok
}

// text reads a text, which may be a name.
func (c *container) text() bool {
	if !c.isList && (c.state == atStart || c.state == afterComma) {
		c.state = afterName
		return true
	}
	return c.value()
}

func (c *container) separates(char byte) bool {
	switch {
	case char == ':' && c.state == afterName:
		c.state = afterColon
	case char == ',' && c.state == afterValue:
		c.state = afterComma
	default:
		return false
	}
	return true
}

// textEnd returns the end of a quoted text, which is beyond all if it has none. It
// returns false if a text cannot go on so.
func textEnd(text string, start int) (end int, ok bool) {
	for i := start + 1; i < len(text); i++ {
		switch char := text[i]; {
		case char == '"':
			return i + 1, true
		case char == '\\':
			i++
		case char < ' ':
			return i, false
		}
	}
	return len(text) + 1, true
}
