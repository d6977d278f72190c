package example

import (
	"errors"
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// flatten gives schema with its $ref and allOf merged into it, and the refs
// that were followed. above are the refs that led here. What cannot be merged
// yet stays in allOf.
func (g *generator) flatten(schema any, above []string) (flat map[string]any, refs []string, err error) {
	if !g.step() {
		return nil, nil, errTooLarge
	}
	var object map[string]any
	switch s := schema.(type) {
	case bool:
		if !s {
			return nil, nil, errors.New("the schema false has no instance")
		}
		return map[string]any{}, nil, nil
	case map[string]any:
		object = s
	default:
		return nil, nil, fmt.Errorf("a schema must be an object or a boolean, not %v", schema)
	}
	flat = maps.Clone(object)
	delete(flat, "$ref")
	delete(flat, "allOf")
	parts, _ := object["allOf"].([]any)
	if ref, ok := object["$ref"].(string); ok {
		if slices.Contains(above, ref) {
			return nil, nil, errRecursive
		}
		target, err := resolve(g.root, ref)
		if err != nil {
			return nil, nil, err
		}
		refs, parts = []string{ref}, append([]any{target}, parts...)
		above = append(slices.Clone(above), ref)
	}
	for _, part := range parts {
		other, more, err := g.flatten(part, above)
		if err != nil {
			return nil, nil, err
		}
		refs = append(refs, more...)
		flat = merge(flat, other)
	}
	return flat, refs, nil
}

// resolve follows a $ref within the document: "#" or "#/$defs/name".
func resolve(root any, ref string) (any, error) {
	pointer, ok := strings.CutPrefix(ref, "#")
	if !ok {
		return nil, fmt.Errorf("$ref %q leaves the schema", ref)
	}
	at := root
	if pointer == "" {
		return at, nil
	}
	for _, step := range strings.Split(pointer, "/")[1:] {
		if plain, err := url.PathUnescape(step); err == nil {
			step = plain
		}
		step = strings.NewReplacer("~1", "/", "~0", "~").Replace(step)
		switch node := at.(type) {
		case map[string]any:
			at, ok = node[step]
		case []any:
			i, err := strconv.Atoi(step)
			if ok = err == nil && i >= 0 && i < len(node); ok {
				at = node[i]
			}
		default:
			ok = false
		}
		if !ok {
			return nil, fmt.Errorf("$ref %q leads nowhere", ref)
		}
	}
	return at, nil
}

// merge gives the schema whose instances conform to both.
func merge(a, b map[string]any) map[string]any {
	merged := maps.Clone(a)
	for keyword, value := range b {
		if before, ok := merged[keyword]; ok {
			value = mergeKeyword(merged, keyword, before, value)
		}
		merged[keyword] = value
	}
	return merged
}

func mergeKeyword(merged map[string]any, keyword string, a, b any) any {
	switch keyword {
	case "properties", "patternProperties":
		return mergeProperties(a, b)
	case "required":
		return append(slices.Clone(listOf(a)), listOf(b)...)
	case "enum":
		return slices.DeleteFunc(slices.Clone(listOf(a)), func(v any) bool { return !containsValue(listOf(b), v) })
	case "type":
		return commonTypes(a, b)
	case "minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties":
		return pick(a, b, func(x, y float64) bool { return x > y })
	case "maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties":
		return pick(a, b, func(x, y float64) bool { return x < y })
	case "items", "additionalProperties":
		return map[string]any{"allOf": []any{a, b}}
	case "anyOf", "oneOf":
		// Both must hold: the second one is merged when the first is decided.
		merged["allOf"] = append(slices.Clone(listOf(merged["allOf"])), map[string]any{keyword: b})
		return a
	case "allOf":
		return append(slices.Clone(listOf(a)), listOf(b)...)
	}
	return b
}

func mergeProperties(a, b any) any {
	first, _ := a.(map[string]any)
	second, _ := b.(map[string]any)
	merged := maps.Clone(first)
	for name, schema := range second {
		if before, ok := merged[name]; ok {
			schema = map[string]any{"allOf": []any{before, schema}}
		}
		merged[name] = schema
	}
	return merged
}

func commonTypes(a, b any) any {
	var common []any
	for _, t := range typesOf(a) {
		for _, u := range typesOf(b) {
			switch {
			case t == u, t == "integer" && u == "number":
				common = append(common, t)
			case t == "number" && u == "integer":
				common = append(common, u)
			}
		}
	}
	return common
}

func pick(a, b any, better func(x, y float64) bool) any {
	x, first := a.(float64)
	y, second := b.(float64)
	if first && (!second || better(x, y)) {
		return a
	}
	return b
}

// alternatives gives the branches of the schema's anyOf, else of its oneOf,
// each merged with the rest of the schema; nil if it has neither.
func alternatives(s map[string]any) []any {
	for _, keyword := range []string{"anyOf", "oneOf"} {
		branches, ok := s[keyword].([]any)
		if !ok {
			continue
		}
		rest := maps.Clone(s)
		delete(rest, keyword)
		merged := []any{}
		for _, branch := range branches {
			merged = append(merged, map[string]any{"allOf": []any{rest, branch}})
		}
		return merged
	}
	return nil
}
