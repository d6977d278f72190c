package server

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/schema"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/virtual"
)

const (
	maxErrors  = 5  // that one message names
	maxExcerpt = 60 // characters of a value that a message shows
)

// checkNumbers refuses numbers that no 64-bit type can hold. The validator would
// compute with them as exact fractions, which can take very long.
func (a argumentSchema) checkNumbers(value any, location []string) error {
	switch value := value.(type) {
	case json.Number:
		_, huge := schema.HugeNumber(value)
		_, err := strconv.ParseInt(string(value), 10, 64)
		if huge || a.at(location)["type"] == "integer" && err != nil && strings.Trim(string(value), "-0123456789") == "" {
			return provider.InvalidArgument(path(location)+" is "+schema.Shorten(value), a.bounds(location))
		}
	case []any:
		for i, item := range value {
			if err := a.checkNumbers(item, append(location, strconv.Itoa(i))); err != nil {
				return err
			}
		}
	case map[string]any:
		for name, member := range value {
			if err := a.checkNumbers(member, append(location, name)); err != nil {
				return err
			}
		}
	}
	return nil
}

// explain turns a validation error into one that names each wrong parameter and
// what is allowed there.
func (a argumentSchema) explain(err error) error {
	invalid, ok := errors.AsType[*jsonschema.ValidationError](err)
	if !ok {
		return fmt.Errorf("checking the arguments: %w", err)
	}
	var wrong, allowed []string
	for _, leaf := range leaves(invalid) {
		reason, want := a.reason(leaf)
		if !slices.Contains(wrong, reason) && len(wrong) < maxErrors {
			wrong = append(wrong, reason)
			allowed = append(allowed, want)
		}
	}
	return provider.InvalidArgument(strings.Join(wrong, "; "), strings.Join(allowed, "; "))
}

// leaves returns the innermost errors. An anyOf is one error, not one for each
// alternative: the value has none of the types.
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

// reason says what is wrong with one value, and what is allowed.
func (a argumentSchema) reason(e *jsonschema.ValidationError) (wrong, allowed string) {
	at := path(e.InstanceLocation)
	switch k := e.ErrorKind.(type) {
	case *kind.Required:
		return strings.Join(prefixed(at, k.Missing), ", ") + " is missing", "it is required"
	case *kind.AdditionalProperties:
		return a.unknownNames(at, e.InstanceLocation, k.Properties)
	case *kind.Type:
		return fmt.Sprintf("%s is of type %s", at, k.Got), strings.Join(k.Want, " or ") + " is allowed"
	case *kind.AnyOf:
		return at + " has a wrong type", strings.Join(allowedTypes(e), " or ") + " is allowed"
	case *kind.Enum:
		return fmt.Sprintf("%s is %s", at, quoted(k.Got)), "allowed are " + list(k.Want)
	case *kind.Minimum:
		return fmt.Sprintf("%s is %s", at, decimal(k.Got)), a.bounds(e.InstanceLocation)
	case *kind.Maximum:
		return fmt.Sprintf("%s is %s", at, decimal(k.Got)), a.bounds(e.InstanceLocation)
	case *kind.MinItems:
		return at + " has " + text.Count(k.Got, "item"), fmt.Sprintf("at least %d is needed", k.Want)
	case *kind.MaxItems:
		return at + " has " + text.Count(k.Got, "item"), fmt.Sprintf("at most %d are allowed", k.Want)
	default:
		return at + " does not satisfy the tool's schema", ""
	}
}

func (a argumentSchema) unknownNames(at string, location []string, unknown []string) (wrong, allowed string) {
	valid := properties(a.at(location))
	slices.Sort(unknown)
	allowed = "valid names are " + strings.Join(valid, ", ")
	if nearest := virtual.Nearest(unknown[0], valid, 1); len(nearest) > 0 {
		allowed = fmt.Sprintf("the nearest name is %q; %s", nearest[0], allowed)
	}
	if at == "" {
		return "unknown argument " + strings.Join(quotedAll(unknown), ", "), allowed
	}
	return fmt.Sprintf("%s has the unknown field %s", at, strings.Join(quotedAll(unknown), ", ")), allowed
}

// bounds says which numbers the schema allows at a location.
func (a argumentSchema) bounds(location []string) string {
	schema := a.at(location)
	minimum, hasMinimum := schema["minimum"].(float64)
	maximum, hasMaximum := schema["maximum"].(float64)
	switch {
	case hasMinimum && hasMaximum:
		return fmt.Sprintf("at least %g and at most %g is allowed", minimum, maximum)
	case hasMinimum:
		return fmt.Sprintf("at least %g is allowed, and at most %d", minimum, int64(math.MaxInt64))
	default:
		return fmt.Sprintf("numbers up to %d are allowed", int64(math.MaxInt64))
	}
}

// at returns the schema of the value at a location.
func (a argumentSchema) at(location []string) map[string]any {
	schema := a.schema
	for _, key := range location {
		if _, err := strconv.Atoi(key); err == nil {
			schema = child(schema, "items")
		} else {
			schema = child(child(schema, "properties"), key)
		}
	}
	return schema
}

// allowedTypes returns the types of the alternatives of an anyOf.
func allowedTypes(e *jsonschema.ValidationError) []string {
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
	for i, key := range location {
		switch _, err := strconv.Atoi(key); {
		case err == nil:
			at.WriteString("[" + key + "]")
		case i > 0:
			at.WriteString("." + key)
		default:
			at.WriteString(key)
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

// quoted returns a value in quotes, cut if it is long.
func quoted(value any) string { return strconv.Quote(text.Cut(fmt.Sprint(value), maxExcerpt)) }

func list(values []any) string {
	var all []string
	for _, value := range values {
		all = append(all, fmt.Sprint(value))
	}
	return strings.Join(all, ", ")
}

// decimal returns the exact number, cut if it is long.
func decimal(r *big.Rat) string {
	digits, _ := r.FloatPrec()
	return text.Cut(r.FloatString(digits), maxExcerpt)
}
