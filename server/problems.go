package server

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/virtual"
)

// mostProblems is how many problems one message names.
const mostProblems = 5

// explain says what is wrong with arguments: each problem with its parameter,
// and what is allowed.
func (a arguments) explain(err error) error {
	var invalid *jsonschema.ValidationError
	if !errors.As(err, &invalid) {
		return fmt.Errorf("checking the arguments: %w", err)
	}
	var wrong, allowed []string
	for _, leaf := range leaves(invalid) {
		what, want := a.problem(leaf)
		if !slices.Contains(wrong, what) && len(wrong) < mostProblems {
			wrong = append(wrong, what)
			allowed = append(allowed, want)
		}
	}
	return provider.InvalidArgument(strings.Join(wrong, "; "), strings.Join(allowed, "; "))
}

// leaves gives the problems themselves. The failed alternatives of a choice are
// one problem: the value is of neither kind.
func leaves(e *jsonschema.ValidationError) []*jsonschema.ValidationError {
	if _, isChoice := e.ErrorKind.(*kind.AnyOf); isChoice || len(e.Causes) == 0 {
		return []*jsonschema.ValidationError{e}
	}
	var all []*jsonschema.ValidationError
	for _, cause := range e.Causes {
		all = append(all, leaves(cause)...)
	}
	return all
}

// problem says what is wrong at one place and what is allowed there.
func (a arguments) problem(e *jsonschema.ValidationError) (wrong, allowed string) {
	at := path(e.InstanceLocation)
	switch k := e.ErrorKind.(type) {
	case *kind.Required:
		return strings.Join(prefixed(at, k.Missing), ", ") + " is missing", "it is required"
	case *kind.AdditionalProperties:
		return a.unknownNames(at, e.InstanceLocation, k.Properties)
	case *kind.Type:
		return fmt.Sprintf("%s is of type %s", at, k.Got), strings.Join(k.Want, " or ") + " is allowed"
	case *kind.AnyOf:
		return at + " has a wrong type", strings.Join(kinds(e), " or ") + " is allowed"
	case *kind.Enum:
		return fmt.Sprintf("%s is %s", at, quoted(k.Got)), "allowed are " + list(k.Want)
	case *kind.Minimum:
		return fmt.Sprintf("%s is %s", at, decimal(k.Got)), a.bounds(e.InstanceLocation)
	case *kind.Maximum:
		return fmt.Sprintf("%s is %s", at, decimal(k.Got)), a.bounds(e.InstanceLocation)
	case *kind.MinItems:
		return fmt.Sprintf("%s has %d items", at, k.Got), fmt.Sprintf("at least %d is needed", k.Want)
	case *kind.MaxItems:
		return fmt.Sprintf("%s has %d items", at, k.Got), fmt.Sprintf("at most %d are allowed", k.Want)
	default:
		return at + " does not satisfy the tool's schema", ""
	}
}

func (a arguments) unknownNames(at string, location []string, unknown []string) (wrong, allowed string) {
	valid := properties(a.at(location))
	slices.Sort(unknown)
	allowed = "valid names are " + strings.Join(valid, ", ")
	if near := virtual.Nearest(unknown[0], valid, 1); len(near) > 0 {
		allowed = fmt.Sprintf("the nearest name is %q; %s", near[0], allowed)
	}
	if at == "" {
		return "unknown argument " + strings.Join(quotedAll(unknown), ", "), allowed
	}
	return fmt.Sprintf("%s has the unknown field %s", at, strings.Join(quotedAll(unknown), ", ")), allowed
}

// at gives the schema of the value at a location.
func (a arguments) at(location []string) map[string]any {
	schema := a.schema
	for _, step := range location {
		if _, err := strconv.Atoi(step); err == nil {
			schema = child(schema, "items")
		} else {
			schema = child(child(schema, "properties"), step)
		}
	}
	return schema
}

func kinds(e *jsonschema.ValidationError) []string {
	var all []string
	for _, cause := range e.Causes {
		if k, ok := cause.ErrorKind.(*kind.Type); ok {
			all = append(all, k.Want...)
			continue
		}
		for _, leaf := range leaves(cause) {
			if k, ok := leaf.ErrorKind.(*kind.Type); ok {
				all = append(all, "a list of "+strings.Join(k.Want, " or "))
			}
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// path writes a location as messages[0].role.
func path(location []string) string {
	var at strings.Builder
	for i, step := range location {
		switch _, err := strconv.Atoi(step); {
		case err == nil:
			at.WriteString("[" + step + "]")
		case i > 0:
			at.WriteString("." + step)
		default:
			at.WriteString(step)
		}
	}
	return at.String()
}

func prefixed(at string, names []string) []string {
	if at == "" {
		return names
	}
	var all []string
	for _, name := range names {
		all = append(all, at+"."+name)
	}
	return all
}

func quotedAll(names []string) []string {
	var all []string
	for _, name := range names {
		all = append(all, quoted(name))
	}
	return all
}

// quoted shows a value, cut where it is long.
func quoted(value any) string {
	const most = 60
	text := []rune(fmt.Sprint(value))
	if len(text) > most {
		text = append(text[:most], '…')
	}
	return strconv.Quote(string(text))
}

func list(values []any) string {
	var all []string
	for _, value := range values {
		all = append(all, fmt.Sprint(value))
	}
	return strings.Join(all, ", ")
}
