package template

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
)

// Item is what a template is filled with. It is not safe for concurrent use.
type Item struct {
	text    string
	objects map[string]object // that were decoded, by the path with a dot behind it
}

// object is a JSON object; nil is another value.
type object map[string]json.RawMessage

// NewItem returns the item of a text. If that is a JSON object, it has fields.
func NewItem(text string) *Item { return &Item{text: text} }

// value returns the text that a name stands for: that of a JSON string, and of any other
// value the JSON as it is written.
func (it *Item) value(name string) (string, error) {
	if name == input {
		return it.text, nil
	}
	field, hasInput := strings.CutPrefix(name, input+".")
	found, ok := it.field("", field)
	if !ok && hasInput {
		found, ok = it.field("", name)
	}
	if !ok {
		return "", it.unknown(name)
	}
	var said string
	if found[0] == '"' && json.Unmarshal(found, &said) == nil {
		return said, nil
	}
	return string(found), nil
}

// field returns the field at a path within the object that is at another path.
func (it *Item) field(parent, path string) (json.RawMessage, bool) {
	members := it.object(parent)
	if found, ok := members[path]; ok { // also of a name with a dot in it
		return found, true
	}
	first, rest, ok := strings.Cut(path, ".")
	if _, known := members[first]; !ok || !known {
		return nil, false
	}
	return it.field(parent+first+".", rest)
}

// object returns the members of the object at a path.
func (it *Item) object(path string) object {
	members, known := it.objects[path]
	if known {
		return members
	}
	raw := json.RawMessage(it.text)
	if path != "" {
		parent, last := "", strings.TrimSuffix(path, ".")
		if dot := strings.LastIndexByte(last, '.'); dot >= 0 {
			parent, last = last[:dot+1], last[dot+1:]
		}
		raw = it.object(parent)[last]
	}
	if json.Unmarshal(raw, &members) != nil {
		members = nil
	}
	if it.objects == nil {
		it.objects = map[string]object{}
	}
	it.objects[path] = members
	return members
}

// unknown says which fields there are instead of one that there is not.
func (it *Item) unknown(name string) *Error {
	e := &Error{Message: fmt.Sprintf("there is no field %q", text.Excerpt(name, maxShown))}
	fields := slices.Sorted(maps.Keys(it.object("")))
	if len(fields) == 0 {
		e.Message += ", because it is not a JSON object with fields"
		e.Hint = "write {{input}} for all of its text"
		return e
	}
	const most = 12
	var names []string
	for _, field := range fields[:min(most, len(fields))] {
		names = append(names, "{{"+text.Excerpt(field, maxShown)+"}}")
	}
	e.Hint = "its fields are " + strings.Join(names, ", ")
	if len(fields) > most {
		e.Hint += fmt.Sprintf(" and %d more", len(fields)-most)
	}
	e.Hint += "; {{input}} is all of it"
	return e
}
