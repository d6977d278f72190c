package schema

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// pointReferences makes each reference a JSON pointer into the document and removes
// the addresses and anchors: the service reads no other form. If a reference leads
// elsewhere, or depends on the way to it, all stay as they were written, for the
// check and for what is sent, and the result is false.
func (d *document) pointReferences() bool {
	if d.isDynamic {
		return false
	}
	paths := d.places()
	length := 0
	for _, ref := range d.references {
		place, ok := paths[ref.target]
		if ref.target == nil || !ok {
			return false
		}
		// A name can be short, and the way to it long.
		if length += paths.length(place); length > maxBytes {
			return false
		}
	}
	for _, ref := range d.references {
		pointer := paths.pointer(paths[ref.target])
		text := ref.written
		if address, err := url.PathUnescape(text); err != nil || address != "#"+pointer {
			text = "#" + (&url.URL{Fragment: pointer}).EscapedFragment()
		}
		ref.value.raw = Text(text)
	}
	for _, s := range d.schemas {
		for _, name := range []string{"$id", "$anchor", "$dynamicAnchor"} {
			if _, ok := s.get(name).text(); ok {
				s.remove(name)
				if name == "$id" {
					name = d.draft.idKeyword // as the caller wrote it
				}
				d.removed = append(d.removed, name)
			}
		}
	}
	return true
}

// checkAddresses refuses more addresses than the compiler can take, unless all were
// removed.
func (d *document) checkAddresses(removed bool) error {
	if removed || len(d.resources) <= maxResources {
		return nil
	}
	count := 0
	for _, s := range d.schemas {
		if s.get("$id") != nil {
			count++
		}
		if count > maxResources {
			return errorf("%s: it is one of %d schemas with an address, and %d are allowed", d.places().path(s), len(d.resources), maxResources)
		}
	}
	return nil
}

// places says where the nodes of a document are.
type places map[*node]place

// place is under a step of the value that holds it.
type place struct {
	parent *node
	step   string
}

// places returns where all nodes of a document are, now.
func (d *document) places() places {
	all := places{d.root: {}}
	var walk func(*node)
	walk = func(n *node) {
		for _, m := range n.members {
			all[m.value] = place{n, m.name}
			walk(m.value)
		}
		for i, item := range n.items {
			all[item] = place{n, strconv.Itoa(i)}
			walk(item)
		}
	}
	walk(d.root)
	return all
}

// way returns the places from below the root down to one.
func (all places) way(p place) []place {
	var way []place
	for ; p.parent != nil; p = all[p.parent] {
		way = append(way, p)
	}
	slices.Reverse(way)
	return way
}

func (all places) length(p place) int {
	length := 1
	for _, p := range all.way(p) {
		length += 1 + len(p.step)
	}
	return length
}

func (all places) pointer(p place) string {
	var pointer strings.Builder
	for _, p := range all.way(p) {
		pointer.WriteString("/" + pointerStep(p.step))
	}
	return pointer.String()
}

// path writes for people where a node is: $.properties.name. A long one is cut.
func (all places) path(n *node) string {
	var path strings.Builder
	path.WriteByte('$')
	for _, p := range all.way(all[n]) {
		if path.Len() > maxText {
			break
		}
		if p.parent.kind == '[' {
			path.WriteString("[" + p.step + "]")
		} else {
			path.WriteString(pathStep(p.step))
		}
	}
	return shorten(path.String())
}
