package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
)

// argumentSchema is the schema of a tool's arguments, which it checks and coerces.
type argumentSchema struct {
	schema map[string]any
	// compile runs at the first call, so that start-up does not pay for it.
	compile func() (*jsonschema.Schema, error)
}

func newArgumentSchema(raw json.RawMessage) argumentSchema {
	var schema map[string]any
	if err := json.Unmarshal(raw, &schema); err != nil {
		panic(fmt.Sprintf("a tool's input schema is not JSON: %v", err))
	}
	return argumentSchema{schema, sync.OnceValues(func() (*jsonschema.Schema, error) {
		document, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
		if err != nil {
			return nil, err
		}
		compiler := jsonschema.NewCompiler()
		if err := compiler.AddResource("arguments", document); err != nil {
			return nil, err
		}
		return compiler.Compile("arguments")
	})}
}

// check returns the arguments as JSON that satisfies the schema. It coerces what
// models send in the wrong type if it has only one meaning: "42" for a number, one
// string for a list of strings, null for an absent value, JSON text for an object or a
// list, also where any text is allowed.
func (a argumentSchema) check(given any) (json.RawMessage, error) {
	schema, err := a.compile()
	if err != nil {
		return nil, fmt.Errorf("compiling a tool's input schema: %w", err)
	}
	raw, ok := given.(json.RawMessage)
	if !ok {
		if raw, err = json.Marshal(given); err != nil {
			return nil, fmt.Errorf("reading the arguments: %w", err)
		}
	}
	value, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if len(bytes.TrimSpace(raw)) == 0 || value == nil && err == nil {
		value, err = map[string]any{}, nil
	}
	object, ok := value.(map[string]any)
	if err != nil || !ok {
		return nil, provider.InvalidArgument("the arguments are not a JSON object", "valid names are "+a.names())
	}
	object, _ = coerce(object, a.schema).(map[string]any)
	if err := a.checkNumbers(object, nil); err != nil {
		return nil, err
	}
	if err := schema.Validate(object); err != nil {
		return nil, a.explain(err)
	}
	// A caller's schema becomes part of a prompt, where < must not be \u003c.
	var encoded bytes.Buffer
	encoder := json.NewEncoder(&encoded)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(object); err != nil {
		return nil, fmt.Errorf("writing the arguments: %w", err)
	}
	return encoded.Bytes(), nil
}

func (a argumentSchema) names() string { return strings.Join(properties(a.schema), ", ") }

// properties returns the names of an object schema's properties, sorted.
func properties(schema map[string]any) []string {
	var names []string
	for name := range child(schema, "properties") {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func child(schema map[string]any, keyword string) map[string]any {
	c, _ := schema[keyword].(map[string]any)
	return c
}

// coerce converts a value to the type that the schema requires, if it has only one
// meaning there. It returns any other value unchanged.
func coerce(value any, schema map[string]any) any {
	if choices, ok := schema["anyOf"].([]any); ok {
		if text, ok := value.(string); ok {
			value = decodeChoice(text, choices)
		}
		schema = choice(value, choices)
	}
	if text, ok := value.(string); ok {
		return coerceText(text, schema)
	}
	switch value := value.(type) {
	case json.Number:
		if schema["type"] == "integer" {
			return wholeNumber(value)
		}
	case []any:
		for i := range value {
			value[i] = coerce(value[i], child(schema, "items"))
		}
	case map[string]any:
		if schema["type"] == "array" {
			return []any{coerce(value, child(schema, "items"))}
		}
		for name, member := range value {
			switch property, known := child(schema, "properties")[name].(map[string]any); {
			case !known:
			case member == nil:
				delete(value, name)
			default:
				value[name] = coerce(member, property)
			}
		}
	}
	return value
}

// choice returns the alternative that has the value's type.
func choice(value any, choices []any) map[string]any {
	var kind string
	switch value.(type) {
	case string:
		kind = "string"
	case []any:
		kind = "array"
	case map[string]any:
		kind = "object"
	}
	for _, c := range choices {
		if schema, ok := c.(map[string]any); ok && schema["type"] == kind {
			return schema
		}
	}
	return nil
}

// decodeChoice decodes text that is a JSON object or list of strings, if that is one of
// the alternatives. It returns any other text unchanged.
func decodeChoice(text string, choices []any) any {
	decoded := decode(text)
	switch schema := choice(decoded, choices); {
	case schema["type"] == "object", isStringList(decoded) && child(schema, "items")["type"] == "string":
		return decoded
	}
	return text
}

func isStringList(value any) bool {
	list, ok := value.([]any)
	return ok && !slices.ContainsFunc(list, func(item any) bool { _, ok := item.(string); return !ok })
}

func coerceText(text string, schema map[string]any) any {
	switch schema["type"] {
	case "integer", "number":
		if number, ok := decode(text).(json.Number); ok {
			return coerce(number, schema)
		}
	case "boolean":
		if boolean, ok := decode(strings.ToLower(text)).(bool); ok {
			return boolean
		}
	case "object":
		if object, ok := decode(text).(map[string]any); ok {
			return coerce(object, schema)
		}
	case "array":
		decoded := decode(text)
		if child(schema, "items")["type"] == "string" {
			if isStringList(decoded) {
				return decoded
			}
			return []any{text}
		}
		switch decoded.(type) {
		case []any, map[string]any:
			return coerce(decoded, schema)
		}
	}
	return text
}

// decode decodes JSON, and returns nil for any other text.
func decode(text string) any {
	value, err := jsonschema.UnmarshalJSON(strings.NewReader(strings.TrimSpace(text)))
	if err != nil {
		return nil
	}
	return value
}

// wholeNumber turns 42.0 and 4.2e1 into 42, the only form that Go decodes into an int.
// It returns any other number unchanged.
func wholeNumber(number json.Number) any {
	// Expanding a huge exponent would take as much memory.
	if len(number) > 40 || strings.ContainsAny(string(number), "eE") && len(number) > 8 {
		return number
	}
	if exact, ok := new(big.Rat).SetString(string(number)); ok && exact.IsInt() && exact.Num().BitLen() < 64 {
		return json.Number(exact.Num().String())
	}
	return number
}
