package server

import (
	"encoding/json"
	"slices"
	"strconv"
	"strings"
)

// item is what a list's items are. The rest of their schema is for models: what holds of a
// message, its reader checks.
type item struct {
	Type      string   `json:"type"`
	AnyOf     []item   `json:"anyOf"` // text or an object
	Enum      []string `json:"enum"`
	MinLength int      `json:"minLength"`
}

// types returns the types that an item has.
func (i item) types() []string {
	if i.AnyOf == nil {
		return []string{i.Type}
	}
	var types []string
	for _, choice := range i.AnyOf {
		types = append(types, choice.Type)
	}
	return types
}

// takes reports whether an item may have a type.
func (i item) takes(kind string) bool { return slices.Contains(i.types(), kind) }

// mayBeBlank reports whether an item may be an empty text.
func (i item) mayBeBlank() bool {
	return i.takes(typeString) && i.MinLength == 0 && !slices.ContainsFunc(i.AnyOf, func(choice item) bool { return choice.MinLength > 0 })
}

// takesAll reports whether the items may have the types of all of these.
func (i item) takesAll(items []json.RawMessage) bool {
	return !slices.ContainsFunc(items, func(item json.RawMessage) bool { return !i.takes(typeOf(item)) })
}

// item returns an item of a list; nil is absent, which only an item of an optional list
// of texts that may be empty can be: the others have an index by which results name them.
func (r *reading) item(p parameter, i int, item json.RawMessage) json.RawMessage {
	kind := typeOf(item)
	switch {
	case !p.required && p.Items.mayBeBlank() && !isPresent(item):
		return nil
	case kind == p.Items.Type && p.Items.Enum != nil:
		word, ok := wordOf(p.Items.Enum, item)
		if !ok {
			r.wrongParameter(p.name, p.name+"["+strconv.Itoa(i)+"] is "+quoted(decodeText(item)), "allowed are "+strings.Join(p.Items.Enum, ", "))
		}
		return word
	case p.Items.takes(kind):
		return item
	case p.Items.Type == typeObject && kind == typeString:
		if decoded := json.RawMessage(strings.TrimSpace(decodeText(item))); json.Valid(decoded) && typeOf(decoded) == typeObject {
			if !r.fits(p, decoded) {
				return nil
			}
			return decoded
		}
	}
	r.wrongParameter(p.name, p.name+"["+strconv.Itoa(i)+"] is of type "+kind, strings.Join(p.Items.types(), " or ")+" is allowed")
	return nil
}
