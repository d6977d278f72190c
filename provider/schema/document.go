package schema

import (
	"encoding/json"
	"net/url"
	"strings"
)

// base is the address of a caller's schema. It has a path, so that person.json is
// another document.
const base = "schema://caller/"

const (
	// maxAddresses bounds the length of all addresses that $id, anchors and references
	// make: each is resolved against the one around it, of any length.
	maxAddresses = 4 << 20
	// maxResources bounds the schemas that keep an address: the compiler compares each
	// with each.
	maxResources = 1000
)

// document is a caller's schema as a tree, while it is read for what it means.
type document struct {
	root       *node
	address    string // of the root
	draft      draft
	schemas    []*node // all that are objects, each of them once
	references []*reference
	resources  map[string]*node // by address; nil for one that several have
	anchors    map[string]*node // by address and fragment; nil for one that several have
	seen       map[*node]bool
	indexes    map[*node]map[string]*node // the members of large objects, by name
	addresses  int                        // the length of all
	tooLong    *node                      // where they were more than allowed
	isDynamic  bool                       // what its references mean cannot be said of each alone
	removed    []string                   // the keywords that gave addresses
	adapted    []string                   // what cannot be checked, with its place and reason
}

// reference is the value of one $ref.
type reference struct {
	value   *node
	written string
	base    string // the address around it
	around  *node  // the schema that has this address
	target  *node  // nil if it is not in this document
}

// readDocument finds the schemas of a document, and what its references mean.
func readDocument(raw json.RawMessage) (*document, error) {
	d := &document{root: parseNode(raw), resources: map[string]*node{}, anchors: map[string]*node{}, seen: map[*node]bool{}}
	d.draft = d.readDraft()
	d.resources[base] = d.root
	d.collect(d.root, base, d.root)
	// A reference may lead to a schema under a name that is no keyword.
	for i := 0; i < len(d.references); i++ {
		ref := d.references[i]
		if !d.spend(ref.value, len(ref.base)) {
			break
		}
		if ref.target = d.resolve(ref); ref.target != nil {
			d.collect(ref.target, ref.base, ref.around)
		}
	}
	if d.tooLong != nil {
		return nil, errorf("%s: the addresses that $id, anchors and references make up to here are too long", d.places().path(d.tooLong))
	}
	return d, nil
}

// spend counts an address, or a name in one, and returns false once all are too long.
func (d *document) spend(at *node, length int) bool {
	if d.addresses += length; d.addresses > maxAddresses && d.tooLong == nil {
		d.tooLong = at
	}
	return d.tooLong == nil
}

// collect walks a schema and those in it. The address around it is that of the
// schema resource.
func (d *document) collect(s *node, around string, resource *node) {
	if s.kind != '{' || d.seen[s] || d.tooLong != nil {
		return
	}
	d.seen[s], s.isOpen = true, true
	d.schemas = append(d.schemas, s)
	if id, ok := s.get(d.draft.idKeyword).text(); ok && !d.draft.ignores(s) {
		around, resource = d.identify(s, id, around, resource)
	}
	if s == d.root {
		d.address = around
	}
	for _, keyword := range []string{"$anchor", "$dynamicAnchor"} {
		if name, ok := s.get(keyword).text(); ok && d.spend(s, len(around)+len(name)) {
			note(d.anchors, around+"#"+name, s)
		}
	}
	for _, m := range s.members {
		switch m.name {
		case "$ref":
			if written, ok := m.value.text(); ok {
				d.references = append(d.references, &reference{value: m.value, written: written, base: around, around: resource})
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
		d.collect(sub, around, resource)
	}
}

// identify notes the address or the anchor that an $id sets for a schema, and
// returns the address around what it holds, with the schema that has it.
func (d *document) identify(s *node, id, around string, resource *node) (string, *node) {
	address, fragment, _ := strings.Cut(id, "#")
	if address != "" {
		joined, ok := d.join(s, around, address)
		if !ok {
			return around, resource
		}
		around, resource = joined, s
		note(d.resources, around, s)
	}
	if fragment != "" && !strings.HasPrefix(fragment, "/") && d.spend(s, len(around)+len(fragment)) {
		note(d.anchors, around+"#"+fragment, s) // draft 7 and older
	}
	return around, resource
}

// note notes what a name means: nothing if it is one of several schemas.
func note(names map[string]*node, name string, s *node) {
	if known, ok := names[name]; ok && known != s {
		s = nil
	}
	names[name] = s
}

// resolve finds the schema that a reference means, or nil.
func (d *document) resolve(ref *reference) *node {
	address, fragment, _ := strings.Cut(ref.written, "#")
	if address != "" {
		joined, ok := d.join(ref.value, ref.base, address)
		if !ok {
			return nil
		}
		ref.base, ref.around = joined, d.resources[joined]
	}
	fragment, err := url.PathUnescape(fragment)
	if err != nil {
		return nil
	}
	if fragment != "" && !strings.HasPrefix(fragment, "/") {
		d.spend(ref.value, len(ref.base)+len(fragment))
		return d.anchors[ref.base+"#"+fragment]
	}
	found := d.follow(ref.around, fragment)
	if found == nil && address == "" && fragment != "" {
		// Bundlers put parts with an address into a whole, and point from its root.
		ref.base, ref.around = d.address, d.root
		found = d.follow(d.root, fragment)
	}
	return found
}

// follow returns what a JSON pointer leads to, or nil.
func (d *document) follow(from *node, pointer string) *node {
	var way []*node
	for _, step := range pointerSteps(pointer) {
		if from == nil {
			return nil
		}
		way = append(way, from)
		from = d.child(from, step)
	}
	if from != nil {
		for _, n := range way {
			n.isOpen = true
		}
	}
	return from
}

// child returns what one step of a JSON pointer leads to, or nil. Many references may
// lead to members of one object, so those of a large one are indexed.
func (d *document) child(from *node, step string) *node {
	const large = 16
	if len(from.members) < large {
		return from.child(step)
	}
	index := d.indexes[from]
	if index == nil {
		index = make(map[string]*node, len(from.members))
		for _, m := range from.members {
			index[m.name] = m.value
		}
		if d.indexes == nil {
			d.indexes = map[*node]map[string]*node{}
		}
		d.indexes[from] = index
	}
	return index[step]
}

// join resolves a relative address, which a node has.
func (d *document) join(at *node, around, relative string) (string, bool) {
	if !d.spend(at, len(around)+len(relative)) {
		return "", false
	}
	from, err := url.Parse(around)
	if err != nil {
		return "", false
	}
	to, err := url.Parse(relative)
	if err != nil {
		return "", false
	}
	return from.ResolveReference(to).String(), true
}
