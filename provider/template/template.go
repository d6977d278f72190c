// Package template fills a prompt with the items of a batch.
//
// A [Template] is text with references in double braces: {{input}} is an item's text,
// {{field}} and {{input.field}} are a field of an item that is a JSON object, with a dot
// between the levels. All other braces stay. Start at [Parse].
//
// The package is pure, and its work is linear in the template, the item and the result.
// Its errors are an [*Error].
package template

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
)

const (
	input   = "input"
	maxName = 200 // bytes between the braces
	// maxLevels bounds the work on an item, each of whose levels is decoded once.
	maxLevels = 16
	// maxReferences bounds the work on each of many items.
	maxReferences = 1000
	maxShown      = 60 // characters of a name in an error
)

// Error says what is wrong with a template, or with an item for it.
type Error struct{ Message, Hint string }

func (e *Error) Error() string { return e.Message }

// Template is a parsed template. It is safe for concurrent use.
type Template struct {
	parts []part
	names []string // of the references, each once
}

// part is literal text, and then the value of a reference.
type part struct {
	literal string
	name    int // index in the template's names; -1 ends the template
}

// Parse reads a template.
func Parse(source string) (*Template, error) {
	t := &Template{}
	known := map[string]int{}
	lastClose := strings.LastIndex(source, "}}")
	literal, from := 0, 0 // where the literal began, and where to go on
	for {
		open := strings.Index(source[from:], "{{")
		if open < 0 {
			t.parts = append(t.parts, part{source[literal:], -1})
			return t, nil
		}
		open += from
		for strings.HasPrefix(source[open+2:], "{") {
			open++ // of a run of braces, the last two open
		}
		name, end := scan(source[open+2:])
		switch {
		case end < 0 && (name != "" || open > lastClose):
			return nil, unclosed(source[open:])
		case end < 0 || name == "":
			from = open + 2
			continue
		case strings.Count(name, ".") > maxLevels:
			return nil, &Error{
				Message: fmt.Sprintf("{{%s}} has more than %d levels", text.Excerpt(name, maxShown), maxLevels),
				Hint:    "name a field higher up",
			}
		}
		if len(t.parts) == maxReferences {
			return nil, &Error{Message: fmt.Sprintf("it has more than %d references in double braces", maxReferences), Hint: "write fewer"}
		}
		index, ok := known[name]
		if !ok {
			index = len(t.names)
			known[name] = index
			t.names = append(t.names, name)
		}
		t.parts = append(t.parts, part{source[literal:open], index})
		from = open + 2 + end
		literal = from
	}
}

// scan returns the name behind two open braces without the blanks around it, and where
// the reference ends; -1 if the braces are not closed.
func scan(source string) (name string, end int) {
	source = source[:min(len(source), maxName+2)]
	stop := strings.IndexAny(source, `{}"`)
	if stop < 0 {
		return strings.TrimSpace(source), -1
	}
	name = strings.TrimSpace(source[:stop])
	if !strings.HasPrefix(source[stop:], "}}") {
		return name, -1
	}
	if strings.ContainsFunc(name, unicode.IsControl) {
		name = "" // not a name: it goes over several lines
	}
	return name, stop + 2
}

func unclosed(rest string) *Error {
	return &Error{
		Message: fmt.Sprintf("%q is not closed", text.Excerpt(rest, 20)),
		Hint:    "close it with }}, as in {{input}}, or put a blank between braces that are meant as such: { {",
	}
}

// Uses reports whether the template has any reference.
func (t *Template) Uses() bool { return len(t.names) > 0 }

// Size returns how many bytes the template has with an item, which it also checks.
func (t *Template) Size(item *Item) (int, error) {
	_, size, err := t.values(item)
	return size, err
}

// Fill returns the template with an item, if that is at most so many bytes.
func (t *Template) Fill(item *Item, most int) (string, error) {
	values, size, err := t.values(item)
	switch {
	case err != nil:
		return "", err
	case size > most:
		return "", &Error{
			Message: fmt.Sprintf("the text with this item has %s, and %s are allowed", text.Bytes(int64(size)), text.Bytes(int64(most))),
			Hint:    "split the item",
		}
	}
	var filled strings.Builder
	filled.Grow(size)
	for _, p := range t.parts {
		filled.WriteString(p.literal)
		if p.name >= 0 {
			filled.WriteString(values[p.name])
		}
	}
	return filled.String(), nil
}

// values returns the values of the names, and the size of the whole.
func (t *Template) values(item *Item) (values []string, size int, err error) {
	values = make([]string, len(t.names))
	for i, name := range t.names {
		if values[i], err = item.value(name); err != nil {
			return nil, 0, err
		}
	}
	for _, p := range t.parts {
		size += len(p.literal)
		if p.name >= 0 {
			size += len(values[p.name])
		}
	}
	return values, size, nil
}
