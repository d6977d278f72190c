package example

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// errRecursive says that a schema contains itself where it would be generated
// once more. Where the place is optional, it is left out.
var errRecursive = errors.New("the schema requires itself without end")

// schemas all hold for one value: a schema, what it refers to, its allOf and
// the chosen branches of its anyOf and oneOf.
type schemas []map[string]any

// collect appends what holds where schema does. refs are those that led here.
func (g *generator) collect(place string, schema any, refs []string, all *schemas) error {
	if !g.budget.spend(stepCost) {
		return errTooLarge
	}
	s, isObject := schema.(map[string]any)
	switch {
	case schema == true:
		return nil
	case schema == false:
		return errors.New("the schema false has no instance")
	case !isObject:
		return fmt.Errorf("a schema must be an object or a boolean, not %v", schema)
	}
	*all = append(*all, s)
	if ref, ok := s["$ref"].(string); ok {
		if g.active[ref] || slices.Contains(refs, ref) {
			return errRecursive
		}
		target, err := resolve(g.root, ref)
		if err != nil {
			return err
		}
		g.refs[place] = append(g.refs[place], ref)
		if err := g.collect(place, target, append(slices.Clone(refs), ref), all); err != nil {
			return err
		}
	}
	parts := listOf(s["allOf"])
	for _, keyword := range []string{"anyOf", "oneOf"} {
		if branches, ok := s[keyword].([]any); ok && len(branches) > 0 {
			parts = append(slices.Clone(parts), branches[g.choose(place, len(branches))])
		}
	}
	for _, part := range parts {
		if err := g.collect(place, part, refs, all); err != nil {
			return err
		}
	}
	return nil
}

// resolve follows a $ref within the document: "#" or "#/$defs/name".
func resolve(root any, ref string) (any, error) {
	pointer, ok := strings.CutPrefix(ref, "#")
	if !ok {
		return nil, fmt.Errorf("$ref %q: other documents are not read", ref)
	}
	at := root
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
			return nil, fmt.Errorf("$ref %q: the schema has no such place", ref)
		}
	}
	return at, nil
}

// values returns those of a keyword.
func (all schemas) values(keywords ...string) (values []any) {
	for _, s := range all {
		for _, keyword := range keywords {
			if value, ok := s[keyword]; ok {
				values = append(values, value)
			}
		}
	}
	return values
}

// word returns the last value of a keyword that is a string.
func (all schemas) word(keyword string) string {
	word := ""
	for _, value := range all.values(keyword) {
		word, _ = value.(string)
	}
	return word
}

// greatest returns the one value of a keyword such as minimum that holds.
func (all schemas) greatest(keyword string, otherwise float64) float64 {
	for _, value := range all.values(keyword) {
		if n, ok := value.(float64); ok {
			otherwise = max(otherwise, n)
		}
	}
	return otherwise
}

// smallest returns the one value of a keyword such as maximum that holds.
func (all schemas) smallest(keyword string, otherwise float64) float64 {
	for _, value := range all.values(keyword) {
		if n, ok := value.(float64); ok {
			otherwise = min(otherwise, n)
		}
	}
	return otherwise
}

// counts returns the values of two keywords such as minLength and maxLength.
func (all schemas) counts(least, most string, limit int) (int, int, error) {
	low, high := all.greatest(least, 0), all.smallest(most, float64(limit))
	if low > float64(limit) {
		return 0, 0, errTooLarge
	}
	return int(low), int(max(high, 0)), nil
}

// common returns what every list has.
func common(lists []any) []any {
	shared := listOf(lists[0])
	for _, list := range lists[1:] {
		allowed := map[string]bool{}
		for _, v := range listOf(list) {
			allowed[textOf(v)] = true
		}
		shared = slices.DeleteFunc(slices.Clone(shared), func(v any) bool { return !allowed[textOf(v)] })
	}
	return shared
}

// types returns the types that a value may have, null last. Schemas without a
// type have the one that their keywords are about.
func (all schemas) types() []any {
	var lists []any
	for _, value := range all.values("type") {
		types, ok := value.([]any)
		if !ok {
			types = []any{value}
		}
		if slices.Contains(types, any("number")) {
			types = append(slices.Clone(types), "integer")
		}
		lists = append(lists, types)
	}
	if lists != nil {
		types := common(lists)
		null := func(v any) bool { return v == "null" }
		if slices.ContainsFunc(types, null) {
			types = append(slices.DeleteFunc(slices.Clone(types), null), "null")
		}
		return types
	}
	switch {
	case all.values("properties", "required", "additionalProperties", "minProperties") != nil:
		return []any{"object"}
	case all.values("items", "prefixItems", "minItems", "maxItems", "uniqueItems") != nil:
		return []any{"array"}
	case all.values("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf") != nil:
		return []any{"number"}
	}
	return []any{"string"}
}

// property returns the schemas of a property.
func (all schemas) property(name string) (found []any) {
	for _, s := range all {
		properties, _ := s["properties"].(map[string]any)
		_, hasPatterns := s["patternProperties"] // whether they match is not known here
		if schema, ok := properties[name]; ok {
			found = append(found, schema)
		} else if schema, ok := s["additionalProperties"]; ok && !hasPatterns {
			found = append(found, schema)
		}
	}
	return found
}

// items returns the schemas of a list's first items and of all further ones.
// Before draft 2020-12 a list of schemas was the value of "items".
func items(s map[string]any) (first []any, rest any) {
	first, rest = listOf(s["prefixItems"]), s["items"]
	if list, ok := rest.([]any); ok {
		first, rest = list, s["additionalItems"]
	}
	if rest == nil {
		rest = true
	}
	return first, rest
}

// item returns the schemas of a list's item.
func (all schemas) item(i int) (found []any) {
	for _, s := range all {
		schemas, rest := items(s)
		if i < len(schemas) {
			rest = schemas[i]
		}
		found = append(found, rest)
	}
	return found
}

func listOf(v any) []any {
	list, _ := v.([]any)
	return list
}

// textOf is the JSON text of a decoded value; equal values have the same.
func textOf(v any) string {
	data, _ := json.Marshal(v) // what was decoded from JSON can be encoded
	return string(data)
}
