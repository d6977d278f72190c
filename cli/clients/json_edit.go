package clients

import (
	"bytes"
	"encoding/json"
	"slices"
	"strconv"
	"strings"

	"github.com/tailscale/hujson"
)

const blanks = " \t\r\n"

// set makes the value at a path say what it should. What is missing of the path is
// created.
func (c *jsonConfig) set(path []string, wanted any) error {
	for depth := range path {
		parent, err := c.object(path[:depth]...)
		if err != nil {
			return err
		}
		at, err := c.find(parent, path[depth])
		if err != nil {
			return err
		}
		if at < 0 {
			value := wanted
			for _, key := range slices.Backward(path[depth+1:]) {
				value = object{{key, value}}
			}
			return c.insert(parent, path[:depth], path[depth], value)
		}
	}
	found, err := c.value(path...)
	if err != nil || same(decode(*found), wanted) {
		return err
	}
	indent, ok := c.indentOf(found.StartOffset)
	if !ok {
		indent = strings.Repeat(c.indent, len(path))
	}
	return c.replace(found.StartOffset, found.EndOffset, c.render(wanted, indent, true))
}

// replace changes a part of the text.
func (c *jsonConfig) replace(start, end int, with string) error {
	return c.parse(slices.Concat(c.text[:start], []byte(with), c.text[end:]))
}

// insert adds a member to an object: on a line of its own, unless the object's members
// share one.
func (c *jsonConfig) insert(into *hujson.Object, path []string, key string, value any) error {
	self, err := c.value(path...)
	if err != nil {
		return err
	}
	name := quote(key) + ": "
	return c.insertInto(*self, into, func(indent string, pretty bool) string {
		return name + c.render(value, indent, pretty)
	})
}

// insertInto adds a member or an element, as text, behind the last one and its comments.
func (c *jsonConfig) insertInto(self hujson.Value, list any, text func(indent string, pretty bool) string) error {
	var first, last *hujson.Value
	switch list := list.(type) {
	case *hujson.Object:
		if n := len(list.Members); n > 0 {
			first, last = &list.Members[0].Name, &list.Members[n-1].Value
		}
	case *hujson.Array:
		if n := len(list.Elements); n > 0 {
			first, last = &list.Elements[0], &list.Elements[n-1]
		}
	}
	closing := self.EndOffset - 1
	end := len(bytes.TrimRight(c.text[:closing], blanks)) // of the last member, or its comment
	outer, _ := c.indentOf(self.StartOffset)
	if first == nil {
		added := c.newline + outer + c.indent + text(outer+c.indent, true)
		if !bytes.Contains(c.text[end:closing], []byte("\n")) {
			added += c.newline + outer
		}
		return c.replace(end, end, added)
	}
	indent, ownLine := c.indentOf(first.StartOffset)
	if !ownLine {
		indent = outer + c.indent
	}
	added := " " + text("", false)
	if ownLine || bytes.Contains(c.text[last.EndOffset:end], []byte("//")) { // nothing may follow a comment on its line
		added = c.newline + indent + text(indent, true)
	}
	if last.AfterExtra != nil { // a trailing comma
		return c.replace(end, end, added+",")
	}
	comma := last.EndOffset
	return c.replace(comma, end, ","+string(c.text[comma:end])+added)
}

// indentOf returns the blanks before a place of a line; not ok is a place behind
// something else.
func (c *jsonConfig) indentOf(offset int) (indent string, ok bool) {
	line := c.text[bytes.LastIndexByte(c.text[:offset], '\n')+1 : offset]
	rest := bytes.TrimLeft(line, " \t")
	indent = string(line[:len(line)-len(rest)])
	return indent, len(rest) == 0 && offset > len(line)
}

// remove deletes the member at a path, if it is there.
func (c *jsonConfig) remove(path ...string) error {
	parent, err := c.object(path[:len(path)-1]...)
	if parent == nil || err != nil {
		return err
	}
	at, err := c.find(parent, path[len(path)-1])
	if at < 0 || err != nil {
		return err
	}
	self, err := c.value(path[:len(path)-1]...)
	if err != nil {
		return err
	}
	m := parent.Members[at]
	var before *hujson.Value
	if at > 0 {
		before = &parent.Members[at-1].Value
	}
	return c.cut(*self, before, m.Name, m.Value, at == len(parent.Members)-1)
}

// cut deletes a member or element from its first to its last value, with the blanks
// before it and one comma.
func (c *jsonConfig) cut(self hujson.Value, before *hujson.Value, first, last hujson.Value, isLast bool) error {
	start, end := len(bytes.TrimRight(c.text[:first.StartOffset], blanks)), last.EndOffset
	if !isLast || last.AfterExtra != nil {
		end += len(last.AfterExtra) + 1
	}
	if before == nil && !isLast && !bytes.Contains(c.text[start:first.StartOffset], []byte("\n")) { // the next one moves to its place
		start = first.StartOffset
		end += len(c.text[end:]) - len(bytes.TrimLeft(c.text[end:], " \t"))
	}
	rest := bytes.TrimLeft(c.text[end:], " \t\r")
	if bytes.Contains(first.BeforeExtra, []byte("//")) && !bytes.HasPrefix(rest, []byte("\n")) {
		start += bytes.IndexByte(c.text[start:], '\n') + 1 // the end of the comment
	}
	text := slices.Concat(c.text[:start], c.text[end:])
	switch {
	case isLast && last.AfterExtra == nil && before != nil:
		comma := before.EndOffset + len(before.AfterExtra)
		text = slices.Delete(text, comma, comma+1)
	case isLast && before == nil:
		open, closing := self.StartOffset+1, self.EndOffset-1-(end-start)
		if len(bytes.TrimSpace(text[open:closing])) == 0 {
			text = slices.Delete(text, open, closing)
		}
	}
	return c.parse(text)
}

// render writes a value; pretty puts members on lines of their own, with the indent
// before the closing brace.
func (c *jsonConfig) render(value any, indent string, pretty bool) string {
	switch value := value.(type) {
	case object:
		if len(value) == 0 {
			return "{}"
		}
		inner := indent + c.indent
		begin, separator, end := "{", ", ", "}"
		if pretty {
			begin, separator, end = "{"+c.newline+inner, ","+c.newline+inner, c.newline+indent+"}"
		}
		var parts []string
		for _, m := range value {
			parts = append(parts, quote(m.key)+": "+c.render(m.value, inner, pretty))
		}
		return begin + strings.Join(parts, separator) + end
	case []object:
		inner := indent + c.indent
		var parts []string
		for _, element := range value {
			parts = append(parts, c.newline+inner+c.render(element, inner, true))
		}
		return "[" + strings.Join(parts, ",") + c.newline + indent + "]"
	case []string:
		var parts []string
		for _, text := range value {
			parts = append(parts, quote(text))
		}
		return "[" + strings.Join(parts, ", ") + "]"
	case string:
		return quote(value)
	case bool:
		return strconv.FormatBool(value)
	case int:
		return strconv.Itoa(value)
	case atLeast:
		return strconv.Itoa(int(value))
	default:
		return "null"
	}
}

// quote writes a text without the escapes that only HTML needs.
func quote(text string) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text) // a text can be encoded
	return strings.TrimSuffix(b.String(), "\n")
}
