package example

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
)

const (
	maxItems     = 1000 // of a list, or properties to make up, whatever the schema requires
	defaultItems = 2    // of a list whose schema allows more
)

// generator makes instances of a schema, one an attempt.
//
// A place of an instance ("" or "/items/0/name") may have several choices, one
// after the other: the branch of an anyOf, the value of an enum, whether to
// leave optional properties out.
type generator struct {
	root    any
	budget  *budget
	source  *source
	choices map[string][]int    // what is chosen, by place; 0 where the list ends
	options map[string][]int    // from how many, by place
	refs    map[string][]string // the $refs that led to a place, by place
	sparing bool                // optional properties that the text does not label are left out first

	active  map[string]bool // the $refs that are being generated
	skipped int             // how many values a list of unique items refused
}

func newGenerator(root any, text string, work *budget) *generator {
	return &generator{
		root: root, budget: work, source: newSource(text),
		choices: map[string][]int{}, options: map[string][]int{}, refs: map[string][]string{},
	}
}

// instance makes one attempt.
func (g *generator) instance() (any, error) {
	g.active = map[string]bool{"#": true}
	g.source.rewind()
	return g.value("", "", g.root)
}

// value returns an instance of all schemas for the property key, with the
// first choice at its place that has one.
func (g *generator) value(place, key string, schemas ...any) (value any, err error) {
	for {
		g.options[place], g.refs[place] = nil, nil
		if value, err = g.try(place, key, schemas); err == nil || !g.advance(place) {
			return value, err
		}
	}
}

func (g *generator) try(place, key string, holding []any) (any, error) {
	if !g.budget.spend(stepCost) {
		return nil, errTooLarge
	}
	var all schemas
	for _, schema := range holding {
		if err := g.collect(place, schema, nil, &all); err != nil {
			return nil, err
		}
	}
	for _, ref := range g.refs[place] {
		g.active[ref] = true
		defer delete(g.active, ref)
	}
	if constants := all.values("const"); constants != nil {
		return g.copied(constants[0])
	}
	if lists := all.values("enum"); lists != nil {
		return g.enum(place, common(lists))
	}
	err := fmt.Errorf("no value has all types of %v", all.values("type"))
	for _, kind := range all.types() {
		var value any
		if value, err = g.typed(place, key, kind, all); err == nil {
			return value, nil
		}
	}
	return nil, err
}

func (g *generator) typed(place, key string, kind any, all schemas) (any, error) {
	switch kind {
	case "object":
		return g.object(place, all)
	case "array":
		return g.array(place, key, all)
	case "string":
		return g.text(key, all)
	case "number", "integer":
		return g.number(key, kind == "integer", all)
	case "boolean":
		return g.boolean(key), nil
	case "null":
		return nil, nil
	}
	return nil, fmt.Errorf("unknown type %v", kind)
}

// enum returns the value that the text mentions first, else the first one.
func (g *generator) enum(place string, values []any) (any, error) {
	if len(values) == 0 {
		return nil, errors.New("the enum has no value")
	}
	type option struct {
		value any
		at    int // where the text mentions it
	}
	if !g.budget.spend(10 * len(values)) {
		return nil, errTooLarge
	}
	options := make([]option, len(values))
	for i, v := range values {
		options[i] = option{v, len(g.source.text)}
		if word, ok := v.(string); ok {
			if places := g.source.mentions(word); places != nil {
				options[i].at = places[0][0]
			}
		}
	}
	slices.SortStableFunc(options, func(a, b option) int { return a.at - b.at })
	chosen := g.choose(place, len(options)) + g.skipped
	return g.copied(options[chosen%len(options)].value)
}

// copied returns a value that the schema lists, which counts as text: one that
// is large may be used many times.
func (g *generator) copied(v any) (any, error) {
	if !g.budget.spend(len(textOf(v))) {
		return nil, errTooLarge
	}
	return v, nil
}

func (g *generator) object(place string, all schemas) (any, error) {
	required := map[string]bool{}
	for _, list := range all.values("required") {
		for _, item := range listOf(list) {
			if name, ok := item.(string); ok {
				required[name] = true
			}
		}
	}
	names := maps.Clone(required)
	for _, value := range all.values("properties") {
		properties, _ := value.(map[string]any)
		for name := range properties {
			names[name] = true
		}
	}
	if len(names) > len(required) {
		choices := []map[string]bool{names, required}
		if labelled := g.requiredOrLabelled(names, required); g.sparing && len(labelled) > 0 {
			choices = []map[string]bool{labelled, names, required}
		}
		names = choices[g.choose(place, len(choices))]
	}
	object := map[string]any{}
	// In alphabetical order, as the service generates them.
	for _, name := range slices.Sorted(maps.Keys(names)) {
		value, err := g.value(place+"/"+name, name, all.property(name)...)
		switch {
		case err == nil:
			object[name] = value
		case required[name]:
			return nil, fmt.Errorf("property %q: %w", name, err)
		}
	}
	least, _, err := all.counts("minProperties", "maxProperties", maxItems)
	if err != nil {
		return nil, err
	}
	for i := 1; len(object) < least; i++ {
		name := "property_" + strconv.Itoa(i)
		value, err := g.value(place+"/"+name, "", all.property(name)...)
		if err != nil {
			return nil, err
		}
		object[name] = value
	}
	return object, nil
}

func (g *generator) requiredOrLabelled(names, required map[string]bool) map[string]bool {
	chosen := maps.Clone(names)
	maps.DeleteFunc(chosen, func(name string, _ bool) bool { return !required[name] && g.source.labels(name) == nil })
	return chosen
}

func (g *generator) array(place, key string, all schemas) (any, error) {
	least, most, err := all.counts("minItems", "maxItems", maxItems)
	if err != nil {
		return nil, err
	}
	want := defaultItems
	for _, s := range all {
		first, rest := items(s)
		want = max(want, len(first))
		if rest == false {
			most = min(most, len(first))
		}
	}
	want = min(max(want, least), most)
	isUnique := slices.Contains(all.values("uniqueItems"), any(true))
	list, seen, skipped := []any{}, map[string]bool{}, g.skipped
	defer func() { g.skipped = skipped }()
	for refused := 0; len(list) < want && refused <= 2*want+8; {
		value, err := g.value(place+"/"+strconv.Itoa(len(list)), key, all.item(len(list))...)
		if err != nil {
			if len(list) < least {
				return nil, err
			}
			break
		}
		if isUnique {
			text := textOf(value)
			if seen[text] {
				refused++
				g.skipped++
				continue
			}
			seen[text] = true
		}
		list = append(list, value)
	}
	return list, nil
}

func (g *generator) boolean(key string) bool {
	if g.skipped > 0 {
		return g.skipped%2 == 1
	}
	return g.source.mentions(key) != nil
}
