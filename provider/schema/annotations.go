package schema

import "encoding/json"

// annotations copies a schema without the keywords that only describe: the service
// knows a part of JSON Schema and refuses some of the rest. Descriptions stay, because
// the model reads them, and so does the order, in which engines with grammars write.
type annotations struct{ dropped []string }

// removeFrom returns anything but an object as it is.
func (a *annotations) removeFrom(schema json.RawMessage) json.RawMessage {
	members, err := Members(schema)
	if err != nil {
		return schema
	}
	kept := make([]Member, 0, len(members))
	for _, m := range members {
		switch m.Name {
		case "$schema", "$id", "$comment", "title", "default", "examples", "deprecated", "readOnly", "writeOnly":
			a.dropped = append(a.dropped, m.Name)
			continue
		case "properties", "patternProperties", "$defs", "definitions", "dependentSchemas":
			m.Value = a.removeFromEach(m.Value)
		case "items", "prefixItems", "additionalProperties", "unevaluatedProperties", "unevaluatedItems", "contains",
			"propertyNames", "anyOf", "oneOf", "allOf", "not", "if", "then", "else":
			m.Value = a.removeFromAny(m.Value)
		}
		kept = append(kept, m)
	}
	return Object(kept)
}

// removeFromEach copies a map of names to schemas, whose names are no keywords.
func (a *annotations) removeFromEach(named json.RawMessage) json.RawMessage {
	members, err := Members(named)
	if err != nil {
		return named
	}
	for i := range members {
		members[i].Value = a.removeFromAny(members[i].Value)
	}
	return Object(members)
}

// removeFromAny copies a schema or a list of schemas.
func (a *annotations) removeFromAny(schemas json.RawMessage) json.RawMessage {
	items, err := Items(schemas)
	if err != nil {
		return a.removeFrom(schemas)
	}
	for i := range items {
		items[i] = a.removeFromAny(items[i])
	}
	return List(items)
}
