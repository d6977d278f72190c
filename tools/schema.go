package tools

import (
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/invopop/jsonschema"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
)

// inputSchema makes the schema of a tool's arguments. It is inlined and bare,
// because hosts put every byte of it before a model. It does not forbid unknown
// arguments, at which some converters of clients fail: the server refuses them.
func inputSchema[T any]() json.RawMessage { return encode(inputReflector().Reflect(new(T))) }

func inputReflector() *jsonschema.Reflector {
	return &jsonschema.Reflector{
		Anonymous: true, DoNotReference: true, ExpandedStruct: true, AllowAdditionalProperties: true, Mapper: mapInput,
	}
}

// outputSchema makes the schema of a tool's structured content. It is loose:
// objects inside are not described and nothing is forbidden, because clients check
// error results against it too. One field is required, which an error has empty:
// without one, clients take any JSON text for such content.
func outputSchema[T any]() json.RawMessage {
	r := jsonschema.Reflector{
		Anonymous: true, DoNotReference: true, ExpandedStruct: true,
		AllowAdditionalProperties: true, RequiredFromJSONSchemaTags: true,
	}
	root := reflect.TypeFor[T]()
	r.Mapper = func(t reflect.Type) *jsonschema.Schema {
		switch {
		case t.Kind() == reflect.Struct && t != root && t != reflect.TypeFor[resultMeta]():
			return &jsonschema.Schema{Type: "object"}
		case t == reflect.TypeFor[json.RawMessage]():
			return &jsonschema.Schema{Extras: map[string]any{"type": []string{"object", "array", "string", "number", "boolean", "null"}}}
		case t.Kind() == reflect.Slice:
			return &jsonschema.Schema{Type: "array"}
		default:
			return nil
		}
	}
	return encode(r.Reflect(new(T)))
}

func encode(s *jsonschema.Schema) json.RawMessage {
	s.Version = "" // 2020-12 is MCP's default
	data, err := json.Marshal(s)
	if err != nil {
		panic(fmt.Sprintf("a tool's schema cannot be written: %v", err))
	}
	return data
}

// mapInput returns the schemas of types whose JSON differs from their Go type.
func mapInput(t reflect.Type) *jsonschema.Schema {
	text := &jsonschema.Schema{Type: "string"}
	object := &jsonschema.Schema{Type: "object"}
	switch t {
	case reflect.TypeFor[provider.Content]():
		return oneOf(text, &jsonschema.Schema{Type: "array", Items: object})
	case reflect.TypeFor[messages]():
		message := inputReflector().Reflect(provider.Message{})
		message.Version = ""
		return &jsonschema.Schema{Type: "array", Items: message}
	case reflect.TypeFor[[]provider.ToolCall](), reflect.TypeFor[functionTools]():
		return &jsonschema.Schema{Type: "array", Items: object}
	case reflect.TypeFor[toolChoice]():
		return oneOf(text, object)
	case reflect.TypeFor[responseFormat]():
		return oneOf(object, text)
	case reflect.TypeFor[batchInputs]():
		text.MinLength = new(uint64(1))
		return &jsonschema.Schema{Type: "array", Items: oneOf(text, object)}
	case reflect.TypeFor[jsonObject]():
		return object
	default:
		return nil
	}
}

// oneOf allows any of the schemas. Clients that refuse type lists take anyOf, as long as it
// is not at the top.
func oneOf(schemas ...*jsonschema.Schema) *jsonschema.Schema {
	return &jsonschema.Schema{AnyOf: schemas}
}
