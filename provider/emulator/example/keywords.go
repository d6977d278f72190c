package example

import (
	"math"
	"reflect"
	"slices"
)

func listOf(v any) []any {
	list, _ := v.([]any)
	return list
}

func stringsOf(v any) []string {
	var words []string
	for _, item := range listOf(v) {
		if word, ok := item.(string); ok {
			words = append(words, word)
		}
	}
	return words
}

// typesOf reads the value of "type", which is a name or a list of names.
func typesOf(v any) []string {
	if name, ok := v.(string); ok {
		return []string{name}
	}
	return stringsOf(v)
}

// countOf reads a keyword whose value is a count.
func countOf(s map[string]any, keyword string, otherwise int) int {
	if n, ok := s[keyword].(float64); ok {
		return int(min(n, math.MaxInt32))
	}
	return otherwise
}

// kinds gives the types that an instance may have, null last. A schema without
// a type has the one that its keywords are about.
func kinds(s map[string]any) []string {
	if v, ok := s["type"]; ok {
		types := typesOf(v)
		slices.SortStableFunc(types, func(a, b string) int {
			switch {
			case a == "null" && b != "null":
				return 1
			case b == "null" && a != "null":
				return -1
			}
			return 0
		})
		return types
	}
	for _, hint := range []struct {
		kind     string
		keywords []string
	}{
		{"object", []string{"properties", "required", "additionalProperties", "minProperties"}},
		{"array", []string{"items", "prefixItems", "minItems", "maxItems", "uniqueItems"}},
		{"number", []string{"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}},
	} {
		for _, keyword := range hint.keywords {
			if _, ok := s[keyword]; ok {
				return []string{hint.kind}
			}
		}
	}
	return []string{"string"}
}

// itemSchemas gives the schemas of the first items and of the rest. Before
// draft 2020-12 a list of schemas was the value of "items".
func itemSchemas(s map[string]any) (prefix []any, rest any) {
	rest = true
	if items, ok := s["items"]; ok {
		rest = items
	}
	if tuple, ok := rest.([]any); ok {
		prefix, rest = tuple, true
		if more, ok := s["additionalItems"]; ok {
			rest = more
		}
	}
	if tuple, ok := s["prefixItems"].([]any); ok {
		prefix = tuple
	}
	return prefix, rest
}

// containsValue compares decoded JSON.
func containsValue(list []any, v any) bool {
	return slices.ContainsFunc(list, func(item any) bool { return reflect.DeepEqual(item, v) })
}
