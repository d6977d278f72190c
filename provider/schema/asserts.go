package schema

import (
	"maps"
	"slices"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// asserts reports whether a schema can reject any value. If it cannot, that data
// is valid against it says nothing.
func asserts(s *jsonschema.Schema) bool { return visited{}.asserts(s) }

// visited holds what is known of each schema, so that each is looked at once and
// references may go in circles.
type visited map[*jsonschema.Schema]bool

func (v visited) asserts(s *jsonschema.Schema) bool {
	if s == nil {
		return false
	}
	if known, ok := v[s]; ok {
		return known
	}
	v[s] = false // a reference to itself asserts nothing
	v[s] = keywordsAssert(s) || v.applicatorsAssert(s) || v.propertiesAssert(s) || v.itemsAssert(s)
	return v[s]
}

// keywordsAssert looks at the keywords that need no other schema.
func keywordsAssert(s *jsonschema.Schema) bool {
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

// applicatorsAssert looks at the schemas that apply to the same value.
func (v visited) applicatorsAssert(s *jsonschema.Schema) bool {
	switch {
	case v.asserts(s.Ref), v.asserts(s.RecursiveRef), s.DynamicRef != nil && v.asserts(s.DynamicRef.Ref):
		return true
	case hasDynamicTarget(s):
		return true
	case s.Not != nil && (s.Not.Bool == nil || *s.Not.Bool):
		return true
	case slices.ContainsFunc(s.AllOf, v.asserts), len(s.OneOf) > 1, slices.ContainsFunc(s.OneOf, v.asserts):
		return true
	case len(s.AnyOf) > 0 && !slices.ContainsFunc(s.AnyOf, func(one *jsonschema.Schema) bool { return !v.asserts(one) }):
		return true
	}
	return s.If != nil && (v.asserts(s.Then) || v.asserts(s.Else))
}

func (v visited) propertiesAssert(s *jsonschema.Schema) bool {
	for _, property := range s.Properties {
		if v.asserts(property) {
			return true
		}
	}
	for _, property := range s.PatternProperties {
		if v.asserts(property) {
			return true
		}
	}
	for _, dependent := range s.DependentSchemas {
		if v.asserts(dependent) {
			return true
		}
	}
	for _, dependency := range s.Dependencies {
		if v.anyAsserts(dependency) {
			return true
		}
	}
	return v.anyAsserts(s.AdditionalProperties) || v.asserts(s.UnevaluatedProperties) || v.asserts(s.PropertyNames)
}

func (v visited) itemsAssert(s *jsonschema.Schema) bool {
	if s.Contains != nil && (s.MinContains == nil || *s.MinContains > 0 || s.MaxContains != nil) {
		return true
	}
	return slices.ContainsFunc(s.PrefixItems, v.asserts) || v.asserts(s.Items2020) || v.asserts(s.UnevaluatedItems) ||
		v.anyAsserts(s.Items) || v.anyAsserts(s.AdditionalItems)
}

// anyAsserts looks at a keyword that has several forms.
func (v visited) anyAsserts(keyword any) bool {
	switch keyword := keyword.(type) {
	case bool:
		return !keyword
	case []string:
		return len(keyword) > 0
	case *jsonschema.Schema:
		return v.asserts(keyword)
	case []*jsonschema.Schema:
		return slices.ContainsFunc(keyword, v.asserts)
	default:
		return false
	}
}
