package schema

import (
	"net/url"
	"strconv"
)

// pointReferences makes each reference a JSON pointer into the document and removes
// the addresses and anchors: the service reads no other form. If a reference leads
// elsewhere, or depends on the way to it, all stay as they were written, for the
// check and for what is sent.
func (d *document) pointReferences() {
	if d.isDynamic {
		return
	}
	paths := d.places()
	length := 0
	for _, ref := range d.references {
		place, ok := paths[ref.target]
		if ref.target == nil || !ok {
			return
		}
		// A name can be short, and the way to it long.
		if length += place.length(paths); length > maxBytes {
			return
		}
	}
	for _, ref := range d.references {
		pointer := paths[ref.target].pointer(paths)
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
}

// place is where a node is: under a step of the value that holds it.
type place struct {
	parent *node
	step   string
}

// places returns where all nodes of a document are, now.
func (d *document) places() map[*node]place {
	all := map[*node]place{d.root: {}}
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

func (p place) length(all map[*node]place) int {
	length := 1
	for ; p.parent != nil; p = all[p.parent] {
		length += 1 + len(p.step)
	}
	return length
}

func (p place) pointer(all map[*node]place) string {
	pointer := ""
	for ; p.parent != nil; p = all[p.parent] {
		pointer = "/" + pointerStep(p.step) + pointer
	}
	return pointer
}

// path writes a place for people: $.properties.name.
func (p place) path(all map[*node]place) string {
	path := ""
	for ; p.parent != nil; p = all[p.parent] {
		if p.parent.kind == '[' {
			path = "[" + p.step + "]" + path
		} else {
			path = pathStep(p.step) + path
		}
	}
	return "$" + path
}
