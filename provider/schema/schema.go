package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/text/language"
	textmessage "golang.org/x/text/message"
)

const (
	// maxSchema bounds a caller's schema, which goes into every prompt.
	maxSchema = 256 << 10
	// maxNesting bounds its depth: compiling one of 2,000 levels takes 25 s.
	maxNesting = 100
)

// Schema is a caller's schema, compiled, and what the service is sent of it.
type Schema struct {
	Text     json.RawMessage // as the caller wrote it, without a wrapper
	Sent     json.RawMessage // without the keywords that only describe
	Dropped  []string        // keywords that were left out of Sent
	compiled *jsonschema.Schema
	steps    *steps
}

// Error is why a schema cannot be used.
type Error struct{ Reason string }

func (e *Error) Error() string { return e.Reason }

// Compile refuses a schema that cannot be used. Only references inside of
// it are followed: nothing is ever fetched.
func Compile(raw json.RawMessage) (*Schema, error) {
	if len(raw) > maxSchema {
		return nil, schemaInvalid("it has %d bytes, and %d are allowed", len(raw), maxSchema)
	}
	raw = unwrap(unwrap(raw, "json_schema"), "schema")
	object, err := readSchema(raw)
	if err != nil {
		return nil, err
	}
	if isPropertyMap(object) {
		return nil, schemaInvalid("%s", propertyMap)
	}
	compiled, counted, err := compileObject(object)
	if err != nil {
		return nil, err
	}
	switch {
	case asserts(compiled):
	case isInstance(object):
		return nil, schemaInvalid("%s", instance)
	default:
		return nil, schemaInvalid("it asserts nothing, so any answer would be valid: say at least which type the data has")
	}
	var dropped []string
	sent, err := json.Marshal(withoutAnnotations(object, &dropped))
	if err != nil {
		return nil, fmt.Errorf("writing the schema: %w", err)
	}
	slices.Sort(dropped)
	return &Schema{raw, sent, slices.Compact(dropped), compiled, counted}, nil
}

// readSchema decodes a schema that is safe to compile.
func readSchema(raw json.RawMessage) (map[string]any, error) {
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		return nil, schemaInvalid("it is not JSON: %v", err)
	}
	object, ok := document.(map[string]any)
	if !ok {
		return nil, schemaInvalid("it is not an object")
	}
	if number, huge := HugeNumber(document); huge {
		return nil, schemaInvalid("it holds the number %s", Shorten(number))
	}
	if deeper(document, maxNesting) {
		return nil, schemaInvalid("it is nested deeper than %d levels", maxNesting)
	}
	return object, nil
}

func compileObject(object map[string]any) (*jsonschema.Schema, *steps, error) {
	compiler := jsonschema.NewCompiler()
	compiler.UseLoader(noLoader{})
	counted := countSteps(compiler)
	const name = "schema:caller"
	if err := compiler.AddResource(name, object); err != nil {
		return nil, nil, schemaInvalid("%v", err)
	}
	compiled, err := compiler.Compile(name)
	var broken *jsonschema.SchemaValidationError
	switch {
	case errors.As(err, &broken):
		mistakes := distinct(violations(broken.Err), mostMistakes)
		if isInstance(object) {
			mistakes = append(mistakes, instance)
		}
		return nil, nil, schemaInvalid("%s", strings.Join(mistakes, "; "))
	case err != nil:
		return nil, nil, schemaInvalid("%s", strings.ReplaceAll(err.Error(), name, ""))
	}
	return compiled, counted, nil
}

// mostMistakes is how many mistakes of a schema one message names.
const mostMistakes = 3

// distinct gives the first texts, each once.
func distinct(texts []string, most int) []string {
	var found []string
	for _, text := range texts {
		if !slices.Contains(found, text) && len(found) < most {
			found = append(found, text)
		}
	}
	return found
}

func schemaInvalid(format string, args ...any) *Error {
	return &Error{fmt.Sprintf(format, args...)}
}

// noLoader refuses every document but the schema itself: a remote one would let
// a caller make this program fetch any address.
type noLoader struct{}

func (noLoader) Load(string) (any, error) {
	return nil, errors.New("references to other documents are not followed")
}

// withoutAnnotations copies a schema without the keywords that only describe:
// the service knows a part of JSON Schema and refuses some of the rest.
// Descriptions stay, because the model reads them.
func withoutAnnotations(schema map[string]any, dropped *[]string) map[string]any {
	kept := make(map[string]any, len(schema))
	for keyword, value := range schema {
		switch keyword {
		case "$schema", "$id", "$comment", "title", "default", "examples", "deprecated", "readOnly", "writeOnly":
			*dropped = append(*dropped, keyword)
		case "properties", "patternProperties", "$defs", "definitions", "dependentSchemas":
			kept[keyword] = eachSchema(value, dropped)
		case "items", "prefixItems", "additionalProperties", "unevaluatedProperties", "unevaluatedItems", "contains",
			"propertyNames", "anyOf", "oneOf", "allOf", "not", "if", "then", "else":
			kept[keyword] = subschemas(value, dropped)
		default:
			kept[keyword] = value
		}
	}
	return kept
}

// eachSchema copies a map of names to schemas, whose names are no keywords.
func eachSchema(value any, dropped *[]string) any {
	named, ok := value.(map[string]any)
	if !ok {
		return value
	}
	kept := maps.Clone(named)
	for name := range kept {
		kept[name] = subschemas(kept[name], dropped)
	}
	return kept
}

// subschemas copies a schema or a list of schemas.
func subschemas(value any, dropped *[]string) any {
	switch value := value.(type) {
	case map[string]any:
		return withoutAnnotations(value, dropped)
	case []any:
		kept := slices.Clone(value)
		for i := range kept {
			kept[i] = subschemas(kept[i], dropped)
		}
		return kept
	default:
		return value
	}
}

// Read finds the data in an answer. The problems say why none of its values is
// valid, by JSON path; there are none where it has no value at all.
func (s *Schema) Read(answer string) (json.RawMessage, []string) {
	var problems []string
	s.steps.left = maxSteps
	for _, candidate := range jsonIn(answer) {
		err := s.check(candidate)
		if err == nil {
			return candidate, nil
		}
		if problems == nil {
			problems = violations(err)
		}
		if errors.Is(err, errTooManySteps) {
			break
		}
	}
	return nil, problems
}

// check validates a value that every client can read.
func (s *Schema) check(candidate json.RawMessage) error {
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(candidate))
	if err != nil {
		return err
	}
	if number, huge := HugeNumber(value); huge {
		return fmt.Errorf("it holds no JSON value that a machine can read: the number %s", Shorten(number))
	}
	if deeper(value, maxNesting) {
		return fmt.Errorf("it is nested deeper than %d levels", maxNesting)
	}
	if hasLoneSurrogate(candidate) {
		return errors.New(`it holds half of a surrogate pair, such as "\ud83d", which many programs refuse`)
	}
	return s.steps.check(s.compiled, value)
}

// violations gives what a validation found, each by JSON path.
func violations(err error) []string {
	const most = 10
	var invalid *jsonschema.ValidationError
	if !errors.As(err, &invalid) {
		return []string{err.Error()}
	}
	printer := textmessage.NewPrinter(language.English)
	var found []string
	var walk func(*jsonschema.ValidationError)
	walk = func(e *jsonschema.ValidationError) {
		if len(e.Causes) == 0 && len(found) < most {
			found = append(found, jsonPath(e.InstanceLocation)+": "+e.ErrorKind.LocalizedString(printer))
		}
		for _, cause := range e.Causes {
			walk(cause)
		}
	}
	walk(invalid)
	return found
}

// jsonPath writes a location as $.items[0].name.
func jsonPath(location []string) string {
	path := "$"
	for _, step := range location {
		if strings.Trim(step, "0123456789") == "" && step != "" {
			path += "[" + step + "]"
		} else {
			path += "." + step
		}
	}
	return path
}
