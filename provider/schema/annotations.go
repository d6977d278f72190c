package schema

import (
	"maps"
	"slices"
)

// withoutAnnotations copies a schema without the keywords that only describe:
// the service knows a part of JSON Schema and refuses some of the rest.
// Descriptions stay, because the model reads them.
func withoutAnnotations(schema map[string]any, dropped *[]string) map[string]any {
	kept := make(map[string]any, len(schema))
	for keyword, value := range schema {
		switch keyword {
		case "$schema", "$id", "$comment", "title", "default", "examples", "deprecated", "readOnly", "writeOnly":
			*dropped = append(*dropped, keyword)
		case "properties", "patternProperties", "$defs", "definitions", "dependentSchemas":
			kept[keyword] = eachSchema(value, dropped)
		case "items", "prefixItems", "additionalProperties", "unevaluatedProperties", "unevaluatedItems", "contains",
			"propertyNames", "anyOf", "oneOf", "allOf", "not", "if", "then", "else":
			kept[keyword] = subschemas(value, dropped)
		default:
			kept[keyword] = value
		}
	}
	return kept
}

// eachSchema copies a map of names to schemas, whose names are no keywords.
func eachSchema(value any, dropped *[]string) any {
	named, ok := value.(map[string]any)
	if !ok {
		return value
	}
	kept := maps.Clone(named)
	for name := range kept {
		kept[name] = subschemas(kept[name], dropped)
	}
	return kept
}

// subschemas copies a schema or a list of schemas.
func subschemas(value any, dropped *[]string) any {
	switch value := value.(type) {
	case map[string]any:
		return withoutAnnotations(value, dropped)
	case []any:
		kept := slices.Clone(value)
		for i := range kept {
			kept[i] = subschemas(kept[i], dropped)
		}
		return kept
	default:
		return value
	}
}
