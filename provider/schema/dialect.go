package schema

import (
	"slices"
	"strings"
)

// rewrite writes what other dialects than the one of $schema say in its words: those
// of OpenAPI 3.0, of Google's API and of older drafts, which libraries mix freely.
func (d *document) rewrite() {
	d.rewriteDraft()
	for _, s := range d.schemas {
		liftRequired(s)
	}
	for _, s := range d.schemas {
		if s.get("required").isBool() {
			s.remove("required") // not of a property
		}
		lowerTypes(s)
		dropDuplicates(s, d.draft)
		rewriteBound(s, "minimum", "exclusiveMinimum")
		rewriteBound(s, "maximum", "exclusiveMaximum")
		if d.draft.number == draft2020 {
			rewriteTuple(s)
		}
		rewriteNullable(s)
	}
}

// rewriteDraft makes $schema name a draft that the validator has.
func (d *document) rewriteDraft() {
	for _, s := range d.schemas {
		keyword := s.get("$schema")
		if keyword == nil {
			continue
		}
		switch draftOf(keyword) {
		case 0:
			s.remove("$schema")
		case draft4, draft6:
			s.set("$schema", textNode(draft7URL))
		}
	}
	if d.draft.idKeyword == "id" {
		for _, s := range d.schemas {
			if _, ok := s.get("id").text(); ok && s.get("$id") == nil {
				s.rename("id", "$id")
			}
		}
	}
}

// liftRequired reads draft 3: "required": true in the schema of a property.
func liftRequired(s *node) {
	properties := s.get("properties")
	if properties == nil || properties.kind != '{' {
		return
	}
	required := s.get("required")
	var names []*node
	for _, property := range properties.members {
		flag := property.value.get("required")
		if !flag.isBool() || !property.value.isOpen {
			continue
		}
		property.value.remove("required")
		if flag.is("true") {
			names = append(names, textNode(property.name))
		}
	}
	switch {
	case len(names) == 0:
	case required == nil:
		s.set("required", listNode(names...))
	case required.kind == '[':
		known := map[string]bool{}
		for _, item := range required.items {
			name, _ := item.text()
			known[name] = true
		}
		names = slices.DeleteFunc(names, func(n *node) bool { name, _ := n.text(); return known[name] })
		s.set("required", listNode(slices.Concat(required.items, names)...))
	}
}

// lowerTypes reads the names of Google's API: STRING, OBJECT.
func lowerTypes(s *node) {
	types := s.get("type")
	if name, ok := lowerType(types); ok {
		s.set("type", name)
	}
	if types == nil {
		return
	}
	for i, item := range types.items {
		if name, ok := lowerType(item); ok {
			types.items[i], types.isOpen = name, true
		}
	}
}

func lowerType(n *node) (*node, bool) {
	name, _ := n.text()
	lower := strings.ToLower(name)
	return textNode(lower), lower != name && isType(lower)
}

// rewriteBound reads draft 4 and OpenAPI 3.0, where true makes a bound exclusive.
func rewriteBound(s *node, bound, exclusive string) {
	flag := s.get(exclusive)
	if !flag.isBool() {
		return
	}
	limit := s.get(bound)
	if flag.is("false") || limit == nil {
		s.remove(exclusive)
		return
	}
	s.remove(exclusive)
	s.rename(bound, exclusive)
}

// rewriteTuple reads draft 2019-09 and older, where items is a list.
func rewriteTuple(s *node) {
	items := s.get("items")
	if items == nil || items.kind != '[' || s.get("prefixItems") != nil {
		return
	}
	rest := s.get("additionalItems")
	s.remove("additionalItems")
	s.rename("items", "prefixItems")
	if len(items.items) == 0 { // 2020-12 wants an item
		s.remove("prefixItems")
	}
	if rest != nil {
		s.set("items", rest)
	}
}

// rewriteNullable reads OpenAPI 3.0, where null is valid too beside "nullable": true.
func rewriteNullable(s *node) {
	flag := s.get("nullable")
	if !flag.isBool() {
		return
	}
	s.remove("nullable")
	if flag.is("false") {
		return
	}
	switch {
	case hasAny(s, "$ref", "allOf", "oneOf", "not", "if", "then", "else", "$dynamicRef", "$recursiveRef") ||
		s.get("anyOf") != nil && hasAny(s, "type", "enum", "const"):
		wrapNullable(s)
	case s.get("anyOf") != nil:
		if anyOf := s.get("anyOf"); anyOf.kind == '[' {
			s.set("anyOf", listNode(append(slices.Clone(anyOf.items), nullSchema())...))
		}
	default:
		allowNull(s)
	}
}

// allowNull adds null to the keywords that exclude it. Without any of them, null is
// valid as it is.
func allowNull(s *node) {
	null := &node{raw: []byte("null")}
	if types := s.get("type"); types != nil {
		names := types.items
		if types.kind != '[' {
			names = []*node{types}
		}
		if !slices.ContainsFunc(names, func(n *node) bool { return n.is(`"null"`) }) {
			names = append(slices.Clone(names), textNode("null"))
		}
		s.set("type", listNode(names...))
	}
	if values := s.get("enum"); values != nil && values.kind == '[' &&
		!slices.ContainsFunc(values.items, func(n *node) bool { return n.is("null") }) {
		s.set("enum", listNode(append(slices.Clone(values.items), null)...))
	}
	if value := s.get("const"); value != nil && !value.is("null") {
		s.rename("const", "enum")
		s.set("enum", listNode(value, null))
	}
}

// wrapNullable makes null an alternative to all that a schema asserts.
func wrapNullable(s *node) {
	inner, outer := objectNode(), []field{}
	for _, m := range s.members {
		switch m.name {
		case "$schema", "$id", "id", "$anchor", "$dynamicAnchor", "$recursiveAnchor", "$defs", "definitions",
			"title", "description", "default", "$comment", "example", "examples", "deprecated", "readOnly", "writeOnly":
			outer = append(outer, m)
		default:
			inner.members = append(inner.members, m)
		}
	}
	s.members = append(outer, field{"anyOf", listNode(inner, nullSchema())})
}

func nullSchema() *node { return objectNode(field{"type", textNode("null")}) }

func hasAny(s *node, names ...string) bool {
	return slices.ContainsFunc(names, func(name string) bool { return s.get(name) != nil })
}
