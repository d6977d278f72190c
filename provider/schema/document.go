package schema

import (
	"encoding/json"
	"net/url"
	"strings"
)

// base is the address of a caller's schema. It has a path, so that person.json is
// another document.
const base = "schema://caller/"

// maxAddresses bounds the length of all addresses that $id and references make:
// each is resolved against the one around it.
const maxAddresses = 4 << 20

// document is a caller's schema as a tree, while it is read for what it means.
type document struct {
	root       *node
	draft      draft
	schemas    []*node // all that are objects, each of them once
	references []*reference
	resources  map[string]*node // by address
	anchors    map[string]*node // by address and fragment
	seen       map[*node]bool
	addresses  int      // the length of all
	isDynamic  bool     // what its references mean cannot be said of each alone
	removed    []string // the keywords that gave addresses
	adapted    []string // what cannot be checked, with its place and reason
}

// reference is the value of one $ref.
type reference struct {
	value   *node
	written string
	base    string // the address around it
	target  *node  // nil if it is not in this document
}

// readDocument finds the schemas of a document, and what its references mean.
func readDocument(raw json.RawMessage) (*document, error) {
	d := &document{root: parseNode(raw), resources: map[string]*node{}, anchors: map[string]*node{}, seen: map[*node]bool{}}
	d.draft = d.readDraft()
	d.resources[base] = d.root
	d.collect(d.root, base)
	// A reference may lead to a schema under a name that is no keyword.
	for i := 0; i < len(d.references); i++ {
		ref := d.references[i]
		if ref.target = d.resolve(ref); ref.target != nil {
			d.collect(ref.target, ref.base)
		}
		if d.addresses > maxAddresses {
			break
		}
	}
	if d.addresses > maxAddresses {
		return nil, errorf("its $id and references make addresses that are too long")
	}
	return d, nil
}

// collect walks a schema and those in it.
func (d *document) collect(s *node, around string) {
	if s.kind != '{' || d.seen[s] || d.addresses > maxAddresses {
		return
	}
	d.seen[s], s.isOpen = true, true
	d.schemas = append(d.schemas, s)
	if id, ok := s.get(d.draft.idKeyword).text(); ok && !d.draft.ignores(s) {
		around = d.identify(s, id, around)
	}
	for _, keyword := range []string{"$anchor", "$dynamicAnchor"} {
		if name, ok := s.get(keyword).text(); ok {
			d.anchors[around+"#"+name] = s
		}
	}
	for _, m := range s.members {
		switch m.name {
		case "$ref":
			if written, ok := m.value.text(); ok {
				d.references = append(d.references, &reference{value: m.value, written: written, base: around})
			}
		case "$dynamicRef", "$recursiveRef":
			d.isDynamic = true
		case "$schema":
			// A part of another draft than the whole keeps its $id, which says where it begins.
			number := draftOf(m.value)
			d.isDynamic = d.isDynamic || s != d.root && s.get("$id") != nil && number != 0 && number != d.draft.number
		}
	}
	for _, sub := range s.subschemas() {
		d.collect(sub, around)
	}
}

// identify notes the address or the anchor that an $id gives to a schema, and
// returns the address around what it holds.
func (d *document) identify(s *node, id, around string) string {
	address, fragment, _ := strings.Cut(id, "#")
	if address != "" {
		joined, ok := d.join(around, address)
		if !ok {
			return around
		}
		around = joined
		d.resources[around] = s
	}
	if fragment != "" && !strings.HasPrefix(fragment, "/") {
		d.anchors[around+"#"+fragment] = s // draft 7 and older
	}
	return around
}

// resolve finds the schema that a reference means, or nil.
func (d *document) resolve(ref *reference) *node {
	address, fragment, _ := strings.Cut(ref.written, "#")
	if address != "" {
		joined, ok := d.join(ref.base, address)
		if !ok {
			return nil
		}
		ref.base = joined
	}
	fragment, err := url.PathUnescape(fragment)
	if err != nil {
		return nil
	}
	if fragment != "" && !strings.HasPrefix(fragment, "/") {
		return d.anchors[ref.base+"#"+fragment]
	}
	found := d.resources[ref.base]
	var way []*node
	for _, step := range pointerSteps(fragment) {
		if found == nil {
			return nil
		}
		way = append(way, found)
		found = found.child(step)
	}
	if found != nil {
		for _, n := range way {
			n.isOpen = true
		}
	}
	return found
}

// join resolves a relative address.
func (d *document) join(around, relative string) (string, bool) {
	from, err := url.Parse(around)
	if err != nil {
		return "", false
	}
	to, err := url.Parse(relative)
	if err != nil {
		return "", false
	}
	joined := from.ResolveReference(to).String()
	d.addresses += len(joined)
	return joined, true
}
