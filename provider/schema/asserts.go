package schema

import (
	"maps"
	"slices"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// asserting remembers which schemas can reject a value, so that each is looked
// at once.
type asserting map[*jsonschema.Schema]bool

// asserts reports whether a schema can reject any value. Data that is valid
// against one that cannot has not been checked at all.
func asserts(s *jsonschema.Schema) bool { return asserting{}.has(s) }

func (seen asserting) has(s *jsonschema.Schema) bool {
	if s == nil {
		return false
	}
	if known, ok := seen[s]; ok {
		return known
	}
	seen[s] = false // a schema that refers to itself asserts nothing by that
	seen[s] = assertsItself(s) || seen.inApplicators(s) || seen.inProperties(s) || seen.inItems(s)
	return seen[s]
}

// assertsItself looks at the keywords that need no other schema.
func assertsItself(s *jsonschema.Schema) bool {
	switch {
	case s.Bool != nil:
		return !*s.Bool
	case excludesAType(s.Types), s.Enum != nil, s.Const != nil, s.Format != nil, s.Pattern != nil:
		return true
	case s.ContentEncoding != nil, s.ContentMediaType != nil, s.UniqueItems, len(s.Required) > 0:
		return true
	case s.Maximum != nil, s.Minimum != nil, s.ExclusiveMaximum != nil, s.ExclusiveMinimum != nil, s.MultipleOf != nil:
		return true
	case s.MaxProperties != nil, s.MaxItems != nil, s.MaxLength != nil:
		return true
	case positive(s.MinProperties), positive(s.MinItems), positive(s.MinLength):
		return true
	}
	return slices.ContainsFunc(slices.Collect(maps.Values(s.DependentRequired)), func(names []string) bool { return len(names) > 0 })
}

// excludesAType reports whether a list of types lacks one: "integer" is a part of "number".
func excludesAType(types *jsonschema.Types) bool {
	if types == nil {
		return false
	}
	allowed := types.ToStrings()
	return slices.ContainsFunc([]string{"null", "boolean", "number", "string", "array", "object"},
		func(name string) bool { return !slices.Contains(allowed, name) })
}

func positive(least *int) bool { return least != nil && *least > 0 }

// inApplicators looks at the schemas that apply to the same value.
func (seen asserting) inApplicators(s *jsonschema.Schema) bool {
	switch {
	case seen.has(s.Ref), seen.has(s.RecursiveRef), s.DynamicRef != nil && seen.has(s.DynamicRef.Ref):
		return true
	// What a dynamic reference means depends on the way to it.
	case s.DynamicRef != nil && s.DynamicRef.Anchor != "", s.RecursiveRef != nil && s.RecursiveRef.RecursiveAnchor:
		return true
	case s.Not != nil && (s.Not.Bool == nil || *s.Not.Bool):
		return true
	case slices.ContainsFunc(s.AllOf, seen.has), len(s.OneOf) > 1, slices.ContainsFunc(s.OneOf, seen.has):
		return true
	case len(s.AnyOf) > 0 && !slices.ContainsFunc(s.AnyOf, func(one *jsonschema.Schema) bool { return !seen.has(one) }):
		return true
	}
	return s.If != nil && (seen.has(s.Then) || seen.has(s.Else))
}

func (seen asserting) inProperties(s *jsonschema.Schema) bool {
	for _, property := range s.Properties {
		if seen.has(property) {
			return true
		}
	}
	for _, property := range s.PatternProperties {
		if seen.has(property) {
			return true
		}
	}
	for _, dependent := range s.DependentSchemas {
		if seen.has(dependent) {
			return true
		}
	}
	for _, dependency := range s.Dependencies {
		if seen.in(dependency) {
			return true
		}
	}
	return seen.in(s.AdditionalProperties) || seen.has(s.UnevaluatedProperties) || seen.has(s.PropertyNames)
}

func (seen asserting) inItems(s *jsonschema.Schema) bool {
	if s.Contains != nil && (s.MinContains == nil || *s.MinContains > 0 || s.MaxContains != nil) {
		return true
	}
	return slices.ContainsFunc(s.PrefixItems, seen.has) || seen.has(s.Items2020) || seen.has(s.UnevaluatedItems) ||
		seen.in(s.Items) || seen.in(s.AdditionalItems)
}

// in looks at a keyword of several forms.
func (seen asserting) in(keyword any) bool {
	switch keyword := keyword.(type) {
	case bool:
		return !keyword
	case []string:
		return len(keyword) > 0
	case *jsonschema.Schema:
		return seen.has(keyword)
	case []*jsonschema.Schema:
		return slices.ContainsFunc(keyword, seen.has)
	default:
		return false
	}
}
