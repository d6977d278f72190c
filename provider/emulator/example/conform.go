package example

import (
	"math"
	"regexp"
	"slices"
	"unicode/utf8"
)

// conforms reports whether a value conforms to the keywords that the generator
// knows. Nothing does any more when the schema has become too much work.
func (g *generator) conforms(schema, v any) bool {
	if !g.step() {
		return false
	}
	s, ok := schema.(map[string]any)
	if !ok {
		return schema != false
	}
	if ref, ok := s["$ref"].(string); ok {
		target, err := resolve(g.root, ref)
		if err != nil || !g.conforms(target, v) {
			return false
		}
	}
	if constant, ok := s["const"]; ok && !containsValue([]any{constant}, v) {
		return false
	}
	if values, ok := s["enum"].([]any); ok && !containsValue(values, v) {
		return false
	}
	if t, ok := s["type"]; ok && !slices.ContainsFunc(typesOf(t), func(t string) bool { return hasType(v, t) }) {
		return false
	}
	return g.combines(s, v) && g.fits(s, v)
}

func hasType(v any, name string) bool {
	switch v := v.(type) {
	case nil:
		return name == "null"
	case bool:
		return name == "boolean"
	case string:
		return name == "string"
	case float64:
		return name == "number" || name == "integer" && v == math.Trunc(v)
	case []any:
		return name == "array"
	}
	return name == "object"
}

// combines checks allOf, anyOf and oneOf.
func (g *generator) combines(s map[string]any, v any) bool {
	count := func(keyword string) (matching, all int) {
		for _, branch := range listOf(s[keyword]) {
			if all++; g.conforms(branch, v) {
				matching++
			}
		}
		return matching, all
	}
	if matching, all := count("allOf"); matching < all {
		return false
	}
	if matching, all := count("anyOf"); all > 0 && matching == 0 {
		return false
	}
	matching, all := count("oneOf")
	return all == 0 || matching == 1
}

// fits checks the keywords of the value's own type.
func (g *generator) fits(s map[string]any, v any) bool {
	switch v := v.(type) {
	case string:
		return fitsText(s, v)
	case float64:
		return rangeOf(s).allows(v)
	case []any:
		return g.fitsList(s, v)
	case map[string]any:
		return g.fitsObject(s, v)
	}
	return true
}

// fitsText admits any text for a pattern that Go cannot read, such as one with
// a look-ahead.
func fitsText(s map[string]any, text string) bool {
	n := utf8.RuneCountInString(text)
	if n < countOf(s, "minLength", 0) || n > countOf(s, "maxLength", math.MaxInt) {
		return false
	}
	pattern, ok := s["pattern"].(string)
	if !ok {
		return true
	}
	compiled, err := regexp.Compile(pattern)
	return err != nil || compiled.MatchString(text)
}

func (g *generator) fitsList(s map[string]any, list []any) bool {
	if len(list) < countOf(s, "minItems", 0) || len(list) > countOf(s, "maxItems", math.MaxInt) {
		return false
	}
	prefix, rest := itemSchemas(s)
	for i, item := range list {
		schema := rest
		if i < len(prefix) {
			schema = prefix[i]
		}
		if !g.conforms(schema, item) || s["uniqueItems"] == true && containsValue(list[:i], item) {
			return false
		}
	}
	return true
}

func (g *generator) fitsObject(s, object map[string]any) bool {
	if len(object) < countOf(s, "minProperties", 0) || len(object) > countOf(s, "maxProperties", math.MaxInt) {
		return false
	}
	for _, name := range stringsOf(s["required"]) {
		if _, ok := object[name]; !ok {
			return false
		}
	}
	properties, _ := s["properties"].(map[string]any)
	for name, value := range object {
		schema, listed := properties[name]
		if !listed {
			// The names that patternProperties admits are not known here.
			if _, ok := s["patternProperties"]; ok {
				continue
			}
			schema = additional(s)
		}
		if !g.conforms(schema, value) {
			return false
		}
	}
	return true
}
