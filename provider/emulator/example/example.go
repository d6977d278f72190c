// Package example makes an instance of a JSON Schema, filled with what a text
// says: {"name": "Ada", "age": 36} from "Name: Ada, age: 36". [Of] is all of it, and [Arguments]
// for the arguments of a function.
//
// The text is searched for the name of each property: a value that the text
// labels ("age: 36", "the age is 36") is taken first, then the next number,
// date, address or phrase that no other property has. An enum's value is the
// one that the text mentions. Where the text has nothing, a plain value of the
// schema's own is made up. The same schema and text make the same instance.
//
// # Keywords
//
// The generator knows $ref within the document, type, enum, const, allOf,
// anyOf, oneOf, properties, required, additionalProperties, minProperties,
// items, prefixItems, minItems, maxItems, uniqueItems, minimum, maximum,
// exclusiveMinimum, exclusiveMaximum, multipleOf, minLength, maxLength, pattern
// in Go's syntax, and the common formats. Each instance is validated against
// the whole schema, and made again with other choices where it does not
// conform. An instance of a schema that asks for more may not conform, as an
// answer of a model may not.
//
// # Bounds
//
// A schema comes from a stranger: its size, its depth and the work on it are
// bounded, and nothing outside of it is ever read.
package example

import (
	"encoding/json"
	"errors"
	"maps"
	"slices"
)

const (
	maxSchema   = 256 << 10 // bytes
	maxNesting  = 100       // levels: compiling one of 2,000 takes 25 s
	maxAttempts = 50
)

var errTooLarge = errors.New("the schema is too large")

// Of returns an instance of schema, as [json.Unmarshal] would decode it, with
// values drawn from text where that is possible. The error says why the schema
// has no instance.
func Of(schema json.RawMessage, text string) (any, error) {
	return conforming(schema, text, false)
}

// Arguments is [Of] for the arguments of a function. What is optional is left out
// unless text labels it, as a model leaves it out that was told nothing about it; where
// nothing is required or labelled, all is filled.
func Arguments(schema json.RawMessage, text string) (any, error) {
	return conforming(schema, text, true)
}

func conforming(schema json.RawMessage, text string, sparing bool) (any, error) {
	if len(schema) > maxSchema {
		return nil, errTooLarge
	}
	var root any
	if err := json.Unmarshal(schema, &root); err != nil {
		return nil, err
	}
	if isDeeper(root, maxNesting) {
		return nil, errTooLarge
	}
	work := &budget{left: maxWork}
	g := newGenerator(root, text, work)
	g.sparing = sparing
	first, err := g.instance()
	if err != nil {
		return nil, err
	}
	value, check := first, newChecker(root, work)
	for range maxAttempts {
		wrong := check.violations(value)
		if wrong == nil {
			return value, nil
		}
		if !g.chooseAnew(wrong) {
			break
		}
		if value, err = g.instance(); err != nil {
			break
		}
	}
	return first, nil
}

// Mentions returns where a text has the words of each name, as start and end: "get
// weather" and "getWeather" both mention get_weather. Of a long text only the start is
// searched.
func Mentions(text string, names []string) [][][2]int {
	s := newSource(text)
	places := make([][][2]int, len(names))
	for i, name := range names {
		places[i] = s.mentions(name)
	}
	return places
}

// isDeeper reports whether decoded JSON has more than so many levels.
func isDeeper(v any, levels int) bool {
	var children []any
	switch v := v.(type) {
	case map[string]any:
		children = slices.Collect(maps.Values(v))
	case []any:
		children = v
	default:
		return false
	}
	return levels == 0 || slices.ContainsFunc(children, func(child any) bool { return isDeeper(child, levels-1) })
}
