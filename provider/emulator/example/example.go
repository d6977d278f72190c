package example

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// maxSteps bounds the work on one schema, which comes from a stranger and may
// refer to itself in many ways.
const maxSteps = 20_000

// longestList bounds the items of a list, whatever its schema requires.
const longestList = 1000

// maxListItems is how many items a generated list has, if its schema allows.
const maxListItems = 2

var errTooLarge = errors.New("the schema is too large")

// errRecursive says that a schema contains itself where it would be generated
// once more. Whoever can leave the place out does.
var errRecursive = errors.New("the schema requires itself without end")

// generator makes an instance of a JSON Schema. Property names come out in
// alphabetical order, as the service generates them, since maps are encoded so.
//
// # Known keywords
//
// $ref within the document, type, enum, const, allOf, anyOf, oneOf,
// properties, required, additionalProperties, minProperties, items,
// prefixItems, minItems, maxItems, uniqueItems, minimum, maximum,
// exclusiveMinimum, exclusiveMaximum, multipleOf, minLength, maxLength, pattern
// in Go's syntax, and the common formats. Others are ignored.
type generator struct {
	root   any
	source *source
	lean   bool            // leave out what is not required
	active map[string]bool // the $refs that are being generated
	turn   int             // how many values a list of unique items refused
	steps  int
}

// Of gives a value that conforms to schema, drawn from text where that is
// possible. If what the schema asks for is beyond the generator, the value may
// not conform, as can happen with the service.
func Of(schema json.RawMessage, text string) (any, error) {
	var root any
	if err := json.Unmarshal(schema, &root); err != nil {
		return nil, err
	}
	full, conforms, err := generate(root, text, false)
	if conforms {
		return full, nil
	}
	// Some schemas, such as a oneOf over required properties, are only met by
	// an object without the optional properties.
	if lean, conforms, _ := generate(root, text, true); conforms {
		return lean, nil
	}
	return full, err
}

func generate(root any, text string, lean bool) (value any, conforms bool, err error) {
	g := &generator{root: root, source: newSource(text), lean: lean, active: map[string]bool{"#": true}}
	value, err = g.value("", root)
	return value, err == nil && g.conforms(root, value), err
}

// step counts the work; false says that it has become too much.
func (g *generator) step() bool {
	g.steps++
	return g.steps <= maxSteps
}

// value gives an instance of schema for the property key.
func (g *generator) value(key string, schema any) (any, error) {
	s, refs, err := g.flatten(schema, nil)
	if err != nil {
		return nil, err
	}
	for _, ref := range refs {
		if g.active[ref] {
			return nil, errRecursive
		}
	}
	for _, ref := range refs {
		g.active[ref] = true
		defer delete(g.active, ref)
	}
	if branches := alternatives(s); branches != nil {
		return g.branch(key, s, branches)
	}
	if constant, ok := s["const"]; ok {
		return constant, nil
	}
	if values, ok := s["enum"].([]any); ok {
		return g.choose(s, values)
	}
	err = fmt.Errorf("no value has the type %v", s["type"])
	for _, kind := range kinds(s) {
		var value any
		if value, err = g.typed(key, kind, s); err == nil {
			return value, nil
		}
	}
	return nil, err
}

// branch gives an instance of the first alternative that has one which also
// conforms to the whole schema, so that only one branch of a oneOf matches.
func (g *generator) branch(key string, whole map[string]any, branches []any) (any, error) {
	err := errors.New("no alternative of anyOf or oneOf has an instance")
	for _, branch := range branches {
		value, failed := g.value(key, branch)
		if failed != nil {
			err = failed
		} else if g.conforms(whole, value) {
			return value, nil
		}
	}
	return nil, err
}

// choose gives the value of an enum that the text mentions first, else the
// first one.
func (g *generator) choose(s map[string]any, values []any) (any, error) {
	allowed := slices.DeleteFunc(slices.Clone(values), func(v any) bool { return !g.conforms(s, v) })
	if len(allowed) == 0 {
		return nil, errors.New("no value of the enum is allowed")
	}
	place := func(v any) int {
		if word, ok := v.(string); ok {
			if at := g.source.mentions(word); at >= 0 {
				return at
			}
		}
		return len(g.source.text)
	}
	slices.SortStableFunc(allowed, func(a, b any) int { return place(a) - place(b) })
	return allowed[g.turn%len(allowed)], nil
}

func (g *generator) typed(key, kind string, s map[string]any) (any, error) {
	switch kind {
	case "object":
		return g.object(s)
	case "array":
		return g.array(key, s)
	case "string":
		return g.text(key, s)
	case "number", "integer":
		return g.number(key, kind == "integer", s)
	case "boolean":
		return g.boolean(key), nil
	case "null":
		return nil, nil
	}
	return nil, fmt.Errorf("unknown type %q", kind)
}

func (g *generator) object(s map[string]any) (any, error) {
	properties, _ := s["properties"].(map[string]any)
	required := stringsOf(s["required"])
	names := slices.Collect(maps.Keys(properties))
	if g.lean {
		names = nil
	}
	object := map[string]any{}
	for _, name := range slices.Sorted(slices.Values(slices.Concat(names, required))) {
		if _, done := object[name]; done {
			continue
		}
		schema, ok := properties[name]
		if !ok {
			schema = additional(s)
		}
		value, err := g.value(name, schema)
		switch {
		case err == nil:
			object[name] = value
		case slices.Contains(required, name):
			return nil, fmt.Errorf("property %q: %w", name, err)
		}
	}
	for i := 1; len(object) < countOf(s, "minProperties", 0); i++ {
		value, err := g.value("", additional(s))
		if err != nil {
			return nil, err
		}
		object[fmt.Sprintf("property_%d", i)] = value
	}
	return object, nil
}

// additional gives the schema of a property that properties does not list.
func additional(s map[string]any) any {
	if schema, ok := s["additionalProperties"]; ok {
		return schema
	}
	return true
}

func (g *generator) array(key string, s map[string]any) (any, error) {
	least, most := countOf(s, "minItems", 0), countOf(s, "maxItems", maxSteps)
	if least > longestList {
		return nil, errTooLarge
	}
	prefix, rest := itemSchemas(s)
	want := min(max(least, len(prefix), maxListItems), most)
	if rest == false {
		want = min(want, len(prefix))
	}
	list, turn := []any{}, g.turn
	defer func() { g.turn = turn }()
	for refused := 0; len(list) < want && refused <= 2*want+8; {
		schema := rest
		if len(list) < len(prefix) {
			schema = prefix[len(list)]
		}
		value, err := g.value(key, schema)
		if err != nil {
			if len(list) < least {
				return nil, err
			}
			break
		}
		if s["uniqueItems"] == true && containsValue(list, value) {
			refused++
			g.turn++
			continue
		}
		list = append(list, value)
	}
	return list, nil
}

func (g *generator) boolean(key string) bool {
	if g.turn > 0 {
		return g.turn%2 == 1
	}
	return g.source.mentions(key) >= 0
}
