package schema

import "strings"

// dropAnnotations removes the keywords that only describe from what is sent: the
// service knows a part of JSON Schema and refuses some of the rest. Descriptions
// stay, because the model reads them, and so does the order, in which engines with
// grammars write. It returns the names of what was dropped.
func (d *document) dropAnnotations() []string {
	dropped := d.removed
	for _, s := range d.schemas {
		if d.draft.number < draft2020 {
			rewriteTuple(s) // without $schema, it is read as 2020-12
		}
		if d.draft.ignores(s) {
			s.members = keepBesideReference(s.members)
		}
		var kept []field
		for _, m := range s.members {
			// What a reference leads to stays, whatever it is called.
			if isAnnotation(m.name) && !m.value.isOpen {
				dropped = append(dropped, m.name)
				continue
			}
			kept = append(kept, m)
		}
		s.members = kept
	}
	d.pointReferences() // a tuple has moved
	return dropped
}

// keepBesideReference keeps what draft 7 and older do not ignore beside $ref.
func keepBesideReference(members []field) []field {
	var kept []field
	for _, m := range members {
		switch m.name {
		case "$ref", "description", "definitions", "$defs":
			kept = append(kept, m)
		default:
			if m.value.isOpen || isAnnotation(m.name) {
				kept = append(kept, m)
			}
		}
	}
	return kept
}

// isAnnotation reports whether a keyword only describes. Those of OpenAPI, and all
// that begin with x-, are no part of JSON Schema.
func isAnnotation(keyword string) bool {
	switch keyword {
	case "$schema", "$comment", "title", "default", "examples", "deprecated", "readOnly", "writeOnly",
		"example", "discriminator", "xml", "externalDocs":
		return true
	default:
		return strings.HasPrefix(keyword, "x-")
	}
}
