package tools

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/schema"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
)

// functionTools is the OpenAI API's "tools".
type functionTools []json.RawMessage

// noParameters are the parameters of a function that has none. Engines refuse a function
// without the field.
const noParameters = `{"type":"object","properties":{}}`

// read completes each function in place and returns their names, nil without any. The
// order of what it does not change stays: engines with grammars write in it.
func (t functionTools) read() (names []string, err error) {
	for i := range t {
		var name string
		if t[i], name = completeFunction(t[i]); name == "" {
			return nil, provider.InvalidArgument(fmt.Sprintf("tools[%d] is not a function tool", i),
				`give {"type":"function","function":{"name":…,"description":…,"parameters":{…}}}`)
		}
		names = append(names, name)
	}
	return names, nil
}

// completeFunction also takes a function as other APIs write it: without the object
// around it, and with its parameters as input_schema or inputSchema.
func completeFunction(tool json.RawMessage) (complete json.RawMessage, name string) {
	outer := fieldsOf(tool)
	inner := outer
	if function, ok := outer.get("function"); ok {
		if kind := outer.text("type"); kind != "" && kind != "function" {
			return nil, ""
		}
		inner = fieldsOf(function)
	}
	if name = inner.text("name"); name == "" {
		return nil, ""
	}
	var function fields
	for _, m := range inner {
		switch m.Name {
		case "parameters", "input_schema", "inputSchema":
			if _, known := function.get("parameters"); !known && string(m.Value) != "null" {
				function = append(function, schema.Member{Name: "parameters", Value: parametersOf(m.Value)})
			}
		case "type": // of a function without the object around it
		default:
			function = append(function, m)
		}
	}
	if _, ok := function.get("parameters"); !ok {
		function = append(function, schema.Member{Name: "parameters", Value: json.RawMessage(noParameters)})
	}
	return schema.Object([]schema.Member{
		{Name: "type", Value: json.RawMessage(`"function"`)}, {Name: "function", Value: schema.Object(function)},
	}), name
}

// parametersOf completes the JSON Schema of a function's parameters.
func parametersOf(given json.RawMessage) json.RawMessage {
	members, err := schema.Members(fromText(given))
	switch {
	case err != nil || len(members) == 0:
		return json.RawMessage(noParameters)
	case !slices.ContainsFunc(members, func(m schema.Member) bool { return m.Name == "type" }):
		members = slices.Insert(members, 0, schema.Member{Name: "type", Value: json.RawMessage(`"object"`)})
		return schema.Object(members)
	default:
		return fromText(given)
	}
}

// toolChoice is the OpenAI API's "tool_choice"; a function's bare name stands
// for the object that names it.
type toolChoice struct{ json.RawMessage }

func (c *toolChoice) UnmarshalJSON(data []byte) error {
	c.RawMessage = bytes.Clone(data)
	return nil
}

// check takes the names of the functions. Without any, there is nothing to choose from.
func (c toolChoice) check(names []string) (json.RawMessage, error) {
	if c.RawMessage == nil {
		return nil, nil
	}
	choice := c.word()
	word := strings.ToLower(choice)
	switch {
	case names == nil && (word == "auto" || word == "none"):
		return nil, nil
	case names == nil:
		return nil, provider.InvalidArgument("tool_choice is given without tools", "give tools too, or leave tool_choice out")
	case slices.Contains(names, choice):
		return json.Marshal(map[string]any{"type": "function", "function": map[string]string{"name": choice}})
	case word == "any": // Anthropic's and Mistral's word
		return json.RawMessage(`"required"`), nil
	case slices.Contains([]string{"auto", "required", "none"}, word):
		return json.Marshal(word)
	}
	const maxShown = 10
	shown := strings.Join(names[:min(len(names), maxShown)], ", ")
	if len(names) > maxShown {
		shown += ", …"
	}
	return nil, provider.InvalidArgument(fmt.Sprintf("tool_choice names %q", text.Cut(choice, maxExcerpt)),
		"auto, required, none or one of the functions "+shown)
}

// word returns the function's name, or the word for no certain one. APIs differ in
// where the name stands, and in whether a word stands alone or as a type.
func (c toolChoice) word() string {
	given := fieldsOf(c.RawMessage)
	if given == nil {
		return strings.Trim(textOf(c.RawMessage), " \"'")
	}
	if function, ok := given.get("function"); ok {
		given = fieldsOf(function)
	}
	return cmp.Or(given.text("name"), given.text("type"))
}

// responseFormat is the OpenAI API's "response_format".
type responseFormat struct{ json.RawMessage }

func (f *responseFormat) UnmarshalJSON(data []byte) error {
	f.RawMessage = bytes.Clone(data)
	return nil
}

func (f responseFormat) check() (json.RawMessage, error) {
	if f.RawMessage == nil {
		return nil, nil
	}
	var format struct {
		Type       string
		JSONSchema struct {
			Name   string
			Schema json.RawMessage
		} `json:"json_schema"`
	}
	if word := textOf(f.RawMessage); word == "text" || word == "json_object" {
		return json.Marshal(map[string]string{"type": word})
	}
	err := json.Unmarshal(f.RawMessage, &format)
	given := format.JSONSchema.Schema // not decoded: a caller's could be millions of values
	hasSchema := bytes.HasPrefix(given, []byte("{"))
	isOdd := !hasSchema && given != nil && string(given) != "null"
	switch {
	case err != nil || isOdd || !slices.Contains([]string{"text", "json_object", "json_schema"}, format.Type):
		return nil, provider.InvalidArgument(fmt.Sprintf("response_format.type is %q", text.Cut(format.Type, maxExcerpt)),
			"text, json_object and json_schema are allowed")
	case format.Type == "json_schema" && !hasSchema:
		return nil, provider.InvalidArgument("response_format.json_schema.schema is missing",
			`give {"type":"json_schema","json_schema":{"name":…,"schema":{…}}}`)
	case format.Type == "json_schema" && format.JSONSchema.Name == "":
		return f.named(), nil
	}
	return f.RawMessage, nil
}

// named returns the format with a name for its schema, which the API requires.
func (f responseFormat) named() json.RawMessage {
	members := fieldsOf(f.RawMessage)
	for i, m := range members {
		if m.Name == "json_schema" {
			inner := slices.DeleteFunc(fieldsOf(m.Value), func(m schema.Member) bool { return m.Name == "name" })
			name := schema.Member{Name: "name", Value: json.RawMessage(`"answer"`)}
			members[i].Value = schema.Object(slices.Insert(inner, 0, name))
		}
	}
	return schema.Object(members)
}
