package schema

import (
	"encoding/json"
	"slices"
	"strings"
)

// The reasons why an object that is not a schema is refused.
const (
	isPropertyMapReason = `it is a map of properties, not a schema: put it under properties, as {"type":"object","properties":{…}}`
	isInstanceReason    = `it looks like an example instance, not a schema: say which type each value has, ` +
		`as {"type":"object","properties":{"name":{"type":"string"}}}`
	isOpenAPIReason = `it is an OpenAPI document, which has many schemas: say which one, ` +
		`as {"$ref":"#/components/schemas/NAME","components":{…}}`
)

// unwrap returns the schema under key of OpenAI's response format, which is
// {"type":"json_schema","json_schema":{…}} or {"name":…,"strict":…,"schema":{…}}.
// It returns anything else as it is.
func unwrap(raw json.RawMessage, key string) json.RawMessage {
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) != nil || members[key] == nil {
		return raw
	}
	if key == "schema" && len(members) == 1 {
		return raw // without a name it can as well be a property
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

// isPropertyMap reports whether an object has the schemas of properties where a
// schema has its keywords. A property may have the name of a keyword.
func isPropertyMap(object map[string]any) bool {
	if describesData(object) {
		return false
	}
	for name, value := range object {
		if property, ok := value.(map[string]any); ok && !takesObject(name) && isPropertySchema(property) {
			return true
		}
	}
	return false
}

// isInstance reports whether an object has data where a schema has its
// keywords.
func isInstance(object map[string]any) bool {
	if describesData(object) {
		return false
	}
	for name := range object {
		if !takesObject(name) && !isPlainKeyword(name) {
			return true
		}
	}
	return false
}

// isOpenAPI reports whether an object is a whole document of OpenAPI or Swagger.
func isOpenAPI(object map[string]any) bool {
	_, hasPaths := object["paths"].(map[string]any)
	_, isOpenAPI := object["openapi"].(string)
	_, isSwagger := object["swagger"].(string)
	return hasPaths && (isOpenAPI || isSwagger) && !describesData(object)
}

// describesData reports whether an object has a keyword that describes the
// content of data. It is a schema then, whatever unknown keywords it has.
func describesData(object map[string]any) bool {
	for _, keyword := range []string{"allOf", "anyOf", "oneOf", "enum", "type"} {
		if _, isList := object[keyword].([]any); isList {
			return true
		}
	}
	for _, keyword := range []string{"properties", "patternProperties"} {
		if _, isObject := object[keyword].(map[string]any); isObject {
			return true
		}
	}
	_, hasConst := object["const"]
	_, hasReference := object["$ref"].(string)
	dataType, _ := object["type"].(string)
	return hasConst || hasReference || !strings.EqualFold(dataType, "object") && isType(strings.ToLower(dataType))
}

func isPropertySchema(object map[string]any) bool {
	dataType, _ := object["type"].(string)
	return describesData(object) || isType(strings.ToLower(dataType))
}

func isType(name string) bool {
	switch name {
	case "null", "boolean", "integer", "number", "string", "array", "object":
		return true
	default:
		return false
	}
}

// takesObject reports whether a keyword's value may be an object.
func takesObject(keyword string) bool {
	switch keyword {
	case "properties", "patternProperties", "$defs", "definitions", "dependentSchemas", "dependentRequired", "dependencies",
		"items", "additionalItems", "additionalProperties", "unevaluatedProperties", "unevaluatedItems", "contains", "propertyNames",
		"not", "if", "then", "else", "contentSchema", "const", "default", "$vocabulary",
		"example", "discriminator", "xml", "externalDocs": // OpenAPI's
		return true
	default:
		return false
	}
}

// isPlainKeyword reports whether a name is a keyword that takes no object.
func isPlainKeyword(name string) bool {
	return slices.Contains([]string{
		"$schema", "$id", "id", "$anchor", "$ref", "$dynamicRef", "$dynamicAnchor", "$recursiveRef", "$recursiveAnchor", "$comment",
		"title", "description", "examples", "deprecated", "readOnly", "writeOnly", "nullable", "format",
		"type", "enum", "allOf", "anyOf", "oneOf", "prefixItems", "required", "minProperties", "maxProperties",
		"minItems", "maxItems", "uniqueItems", "minContains", "maxContains", "minLength", "maxLength", "pattern",
		"contentEncoding", "contentMediaType", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf",
	}, name)
}
