package schema

import (
	"encoding/json"
	"slices"
)

// What people write in place of a schema, as it is explained to them.
const (
	propertyMap = `it is a map of properties, not a schema: put it under properties, as {"type":"object","properties":{…}}`
	instance    = `it looks like an example instance, not a schema: say which type each value has, as {"type":"object","properties":{"name":{"type":"string"}}}`
)

// unwrap returns the schema under key of OpenAI's response format, or raw where
// that is another thing: {"type":"json_schema","json_schema":{…}} and
// {"name":…,"strict":…,"schema":{…}}.
func unwrap(raw json.RawMessage, key string) json.RawMessage {
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil || members[key] == nil || key == "schema" && len(members) == 1 {
		return raw // alone, schema is as well a property of that name
	}
	for name, value := range members {
		isText := value[0] == '"' || string(value) == "null"
		switch {
		case name == key && value[0] == '{':
		case name == "type" && string(value) == `"json_schema"`:
		case (name == "name" || name == "description") && isText:
		case name == "strict" && value[0] != '{' && value[0] != '[':
		default:
			return raw
		}
	}
	return members[key]
}

// isPropertyMap reports whether an object holds the schemas of properties where
// a schema's keywords belong. A property may have the name of a keyword.
func isPropertyMap(object map[string]any) bool {
	if saysWhatItIs(object) {
		return false
	}
	for name, value := range object {
		if property, ok := value.(map[string]any); ok && !takesObject(name) && saysItsType(property) {
			return true
		}
	}
	return false
}

// isInstance reports whether an object has data where a schema's keywords
// belong.
func isInstance(object map[string]any) bool {
	if saysWhatItIs(object) {
		return false
	}
	for name := range object {
		if !takesObject(name) && !slices.Contains(plainKeywords(), name) {
			return true
		}
	}
	return false
}

// saysWhatItIs reports whether an object is a schema by a keyword that speaks of
// what is in the data, so that unknown keywords are only that.
func saysWhatItIs(object map[string]any) bool {
	_, hasConst := object["const"]
	_, hasReference := object["$ref"].(string)
	kind, _ := object["type"].(string)
	for _, name := range []string{"allOf", "anyOf", "oneOf", "enum", "type"} {
		if _, isList := object[name].([]any); isList {
			return true
		}
	}
	for _, name := range []string{"properties", "patternProperties"} {
		if _, isObject := object[name].(map[string]any); isObject {
			return true
		}
	}
	return hasConst || hasReference || kind != "object" && isType(kind)
}

// saysItsType reports whether an object looks like the schema of a property.
func saysItsType(property map[string]any) bool {
	kind, _ := property["type"].(string)
	return saysWhatItIs(property) || isType(kind)
}

func isType(name string) bool {
	return slices.Contains([]string{"null", "boolean", "integer", "number", "string", "array", "object"}, name)
}

// takesObject reports whether an object under a keyword is no mistake.
func takesObject(keyword string) bool {
	switch keyword {
	case "properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "dependentRequired", "dependencies",
		"items", "additionalItems", "additionalProperties", "unevaluatedProperties", "unevaluatedItems", "contains", "propertyNames",
		"not", "if", "then", "else", "contentSchema", "const", "default", "$vocabulary", "example", "discriminator", "xml", "externalDocs":
		return true
	default:
		return false
	}
}

// plainKeywords are the keywords whose value is not an object.
func plainKeywords() []string {
	return []string{
		"$schema", "$id", "id", "$anchor", "$ref", "$dynamicRef", "$dynamicAnchor", "$recursiveRef", "$recursiveAnchor", "$comment",
		"title", "description", "examples", "deprecated", "readOnly", "writeOnly", "nullable", "format",
		"type", "enum", "allOf", "anyOf", "oneOf", "prefixItems", "required", "minProperties", "maxProperties",
		"minItems", "maxItems", "uniqueItems", "minContains", "maxContains", "minLength", "maxLength", "pattern",
		"contentEncoding", "contentMediaType", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
	}
}
