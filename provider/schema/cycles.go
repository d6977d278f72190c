package schema

import "github.com/santhosh-tekuri/jsonschema/v6"

// isCyclic reports whether applying a schema can lead to it again for the same
// value. It is always true of references whose target depends on the path to them.
func isCyclic(schemas []*jsonschema.Schema) bool {
	finished := map[*jsonschema.Schema]bool{}
	var leadsBack func(*jsonschema.Schema) bool
	leadsBack = func(s *jsonschema.Schema) bool {
		if done, visited := finished[s]; visited {
			return !done
		}
		finished[s] = false
		if hasDynamicTarget(s) {
			return true
		}
		for _, next := range sameValue(s) {
			if leadsBack(next) {
				return true
			}
		}
		finished[s] = true
		return false
	}
	for _, s := range schemas {
		if leadsBack(s) {
			return true
		}
	}
	return false
}

// hasDynamicTarget reports whether the target of a reference depends on the path
// to it.
func hasDynamicTarget(s *jsonschema.Schema) bool {
	return s.DynamicRef != nil && s.DynamicRef.Anchor != "" || s.RecursiveRef != nil && s.RecursiveRef.RecursiveAnchor
}

// sameValue returns the schemas that a schema applies to the value that it is
// applied to itself.
func sameValue(s *jsonschema.Schema) []*jsonschema.Schema {
	var applied []*jsonschema.Schema
	add := func(schemas ...*jsonschema.Schema) {
		for _, one := range schemas {
			if one != nil {
				applied = append(applied, one)
			}
		}
	}
	add(s.Ref, s.RecursiveRef, s.Not, s.If, s.Then, s.Else)
	if s.DynamicRef != nil {
		add(s.DynamicRef.Ref)
	}
	add(s.AllOf...)
	add(s.AnyOf...)
	add(s.OneOf...)
	for _, dependent := range s.DependentSchemas {
		add(dependent)
	}
	for _, dependency := range s.Dependencies {
		if dependent, ok := dependency.(*jsonschema.Schema); ok {
			add(dependent)
		}
	}
	return applied
}
