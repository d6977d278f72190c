package schema

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
)

// node is a JSON value of a schema, in the order in which it was written, so that it
// can be changed in place and written again.
type node struct {
	raw     json.RawMessage // as it was written
	members []field         // of an object
	items   []*node         // of a list
	kind    byte            // '{' for an object, '[' for a list, 0 for anything else
	isOpen  bool            // is a schema, or holds one: only these are changed and written anew
}

type field struct {
	name  string
	value *node
}

// parseNode reads JSON that is known to be valid.
func parseNode(raw json.RawMessage) *node {
	r := nodeReader{raw: raw}
	return r.node()
}

// nodeReader reads each byte once, whatever the depth.
type nodeReader struct {
	raw json.RawMessage
	at  int
}

func (r *nodeReader) node() *node {
	char := r.next()
	start, n := r.at, &node{}
	switch char {
	case '{':
		n.kind = '{'
		r.at++
		r.members(n)
	case '[':
		n.kind = '['
		r.at++
		for r.next() != ']' {
			n.items = append(n.items, r.node())
		}
		r.at++
	case '"':
		r.skipText()
	default:
		for r.at < len(r.raw) && !isBetween(r.raw[r.at]) && r.raw[r.at] != ']' && r.raw[r.at] != '}' {
			r.at++
		}
	}
	n.raw = r.raw[start:r.at]
	return n
}

// members reads the members of an object and its end. A name that comes twice has its
// last value, in the place of the first.
func (r *nodeReader) members(n *node) {
	places := map[string]int{}
	for r.next() != '}' {
		start := r.at
		r.skipText()
		var name string
		_ = json.Unmarshal(r.raw[start:r.at], &name) // it is valid
		value := r.node()
		if place, repeated := places[name]; repeated {
			n.members[place].value = value
			continue
		}
		places[name] = len(n.members)
		n.members = append(n.members, field{name, value})
	}
	r.at++
}

// next skips what is between values, and returns the character that follows, 0 at the
// end.
func (r *nodeReader) next() byte {
	for ; r.at < len(r.raw); r.at++ {
		if !isBetween(r.raw[r.at]) {
			return r.raw[r.at]
		}
	}
	return 0
}

func isBetween(char byte) bool {
	return char == ' ' || char == '\t' || char == '\r' || char == '\n' || char == ',' || char == ':'
}

func (r *nodeReader) skipText() { r.at = quoteEnd(r.raw, r.at) }

func textNode(text string) *node { return &node{raw: Text(text)} }

// objectNode and listNode make schemas, or lists of schemas.
func objectNode(members ...field) *node { return &node{kind: '{', isOpen: true, members: members} }
func listNode(items ...*node) *node     { return &node{kind: '[', isOpen: true, items: items} }

// json writes a value: what is not open as it was written.
func (n *node) json() json.RawMessage {
	var b bytes.Buffer
	n.write(&b)
	return b.Bytes()
}

func (n *node) write(b *bytes.Buffer) {
	switch {
	case n.isOpen && n.kind == '{':
		b.WriteByte('{')
		for i, m := range n.members {
			if i > 0 {
				b.WriteByte(',')
			}
			b.Write(Text(m.name))
			b.WriteByte(':')
			m.value.write(b)
		}
		b.WriteByte('}')
	case n.isOpen && n.kind == '[':
		b.WriteByte('[')
		for i, item := range n.items {
			if i > 0 {
				b.WriteByte(',')
			}
			item.write(b)
		}
		b.WriteByte(']')
	default:
		b.Write(n.raw)
	}
}

// get returns the value of a member, or nil.
func (n *node) get(name string) *node {
	for _, m := range n.members {
		if m.name == name {
			return m.value
		}
	}
	return nil
}

// set replaces the value of a member, or adds it at the end.
func (n *node) set(name string, value *node) {
	for i := range n.members {
		if n.members[i].name == name {
			n.members[i].value = value
			return
		}
	}
	n.members = append(n.members, field{name, value})
}

// rename gives a member another name, in its place.
func (n *node) rename(name, to string) {
	for i := range n.members {
		if n.members[i].name == name {
			n.members[i].name = to
		}
	}
}

func (n *node) remove(names ...string) {
	var kept []field
	for _, m := range n.members {
		isRemoved := false
		for _, name := range names {
			isRemoved = isRemoved || m.name == name
		}
		if !isRemoved {
			kept = append(kept, m)
		}
	}
	n.members = kept
}

// text returns the value of a JSON text. It returns false for any other value, and
// for nil.
func (n *node) text() (string, bool) {
	var text string
	if n == nil || len(n.raw) == 0 || n.raw[0] != '"' || json.Unmarshal(n.raw, &text) != nil {
		return "", false
	}
	return text, true
}

// is reports whether a value is the literal true, false or null.
func (n *node) is(literal string) bool { return n != nil && string(n.raw) == literal }

func (n *node) isBool() bool { return n.is("true") || n.is("false") }

// child returns what one step of a JSON pointer leads to, or nil.
func (n *node) child(step string) *node {
	if n.kind == '{' {
		return n.get(step)
	}
	i, err := strconv.Atoi(step)
	if err != nil || i < 0 || i >= len(n.items) || strconv.Itoa(i) != step {
		return nil
	}
	return n.items[i]
}

// subschemas returns the schemas that a schema holds where keywords have them.
func (n *node) subschemas() []*node {
	var found []*node
	for _, m := range n.members {
		switch m.name {
		case "properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "dependencies":
			if m.value.kind != '{' {
				continue
			}
			m.value.isOpen = true
			for _, named := range m.value.members {
				found = append(found, named.value)
			}
		case "items", "prefixItems", "additionalItems", "additionalProperties", "unevaluatedProperties", "unevaluatedItems", "contains",
			"propertyNames", "anyOf", "oneOf", "allOf", "not", "if", "then", "else", "contentSchema":
			if m.value.kind != '[' {
				found = append(found, m.value)
				continue
			}
			m.value.isOpen = true
			found = append(found, m.value.items...)
		}
	}
	return found
}

// schemas returns about how many schemas a value has, and the length of the JSON
// pointers to them, where its own takes pointer bytes.
func (n *node) schemas(pointer int) (count, pointers int) {
	if !n.isOpen && !n.isBool() {
		return 0, 0
	}
	count, pointers = 1, pointer
	add := func(child *node, step int) {
		more, length := child.schemas(pointer + 1 + step)
		count, pointers = count+more, pointers+length
	}
	for _, m := range n.members {
		add(m.value, len(m.name))
	}
	for _, item := range n.items {
		add(item, 5)
	}
	return count, pointers
}

// pointerStep writes a name as a step of a JSON pointer.
func pointerStep(name string) string {
	return strings.ReplaceAll(strings.ReplaceAll(name, "~", "~0"), "/", "~1")
}

// pointerSteps splits a JSON pointer into names.
func pointerSteps(pointer string) []string {
	if pointer == "" {
		return nil
	}
	steps := strings.Split(strings.TrimPrefix(pointer, "/"), "/")
	for i := range steps {
		steps[i] = strings.ReplaceAll(strings.ReplaceAll(steps[i], "~1", "/"), "~0", "~")
	}
	return steps
}
