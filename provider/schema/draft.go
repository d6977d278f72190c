package schema

import "strings"

// The dialects of JSON Schema that differ here.
const (
	draft4    = 4
	draft6    = 6
	draft7    = 7
	draft2019 = 2019
	draft2020 = 2020
)

// draft7URL is what the check takes drafts 4 and 6 for: once their id and their
// exclusive bounds are rewritten, draft 7 means the same by what they have.
const draft7URL = "http://json-schema.org/draft-07/schema#"

// draft is the dialect of a whole schema.
type draft struct {
	number    int
	idKeyword string // that sets a schema's address
}

// readDraft reads $schema. What it does not name is 2020-12: so is OpenAPI 3.1, and
// OpenAPI 3.0 has no $schema.
func (d *document) readDraft() draft {
	number := draftOf(d.root.get("$schema"))
	read := draft{number, "$id"}
	if number == 0 {
		read.number = draft2020
	}
	id, _ := d.root.get("id").text()
	// Where nothing says that it is an address, id is a word of somebody's own.
	if number == draft4 || number == 0 && d.root.get("$id") == nil && strings.Contains(id, "://") {
		read.idKeyword = "id"
	}
	return read
}

// draftOf returns the number of a draft, or 0 for one that is not known.
func draftOf(keyword *node) int {
	name, _ := keyword.text()
	name = strings.TrimSuffix(strings.TrimSpace(name), "#")
	_, name, _ = strings.Cut(name, "://json-schema.org/")
	switch name {
	case "draft-04/schema":
		return draft4
	case "draft-06/schema":
		return draft6
	case "draft-07/schema":
		return draft7
	case "draft/2019-09/schema":
		return draft2019
	case "draft/2020-12/schema", "schema":
		return draft2020
	default:
		return 0
	}
}

// ignores reports whether a draft ignores all keywords of a schema but $ref.
func (d draft) ignores(s *node) bool {
	_, isReference := s.get("$ref").text()
	return isReference && d.number <= draft7
}
