package schema_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/schema"
)

const (
	saysNothing  = "it asserts nothing"
	saysMap      = `it is a map of properties, not a schema: put it under properties, as {"type":"object","properties":{…}}`
	saysInstance = "it looks like an example instance, not a schema"
)

// Any answer is valid against these, so that calling it valid says nothing.
func TestASchemaThatRejectsNothingIsRefused(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ schema, says string }{
		{`{}`, saysNothing},
		{`{"title":"Person","description":"A person","$schema":"https://json-schema.org/draft/2020-12/schema"}`, saysNothing},
		{`{"$defs":{"a":{"type":"string"}}}`, saysNothing},
		{`{"definitions":{"a":{"type":"string"}}}`, saysNothing},
		{`{"properties":{}}`, saysNothing},
		{`{"properties":{"title":{"description":"The title"}}}`, saysNothing},
		{`{"patternProperties":{"^a":{}},"additionalProperties":true}`, saysNothing},
		{`{"items":{},"prefixItems":[{},true]}`, saysNothing},
		{`{"required":[],"minItems":0,"minLength":0,"minProperties":0}`, saysNothing},
		{`{"type":["null","boolean","number","string","array","object"]}`, saysNothing},
		{`{"allOf":[{}]}`, saysNothing},
		{`{"anyOf":[{"type":"string"},{}]}`, saysNothing},
		{`{"oneOf":[{}]}`, saysNothing},
		{`{"if":{"type":"string"}}`, saysNothing},
		{`{"not":false}`, saysNothing},
		{`{"contains":{"type":"string"},"minContains":0}`, saysNothing},
		{`{"dependentRequired":{"a":[]},"dependentSchemas":{"a":{}}}`, saysNothing},
		{`{"$ref":"#/$defs/a","$defs":{"a":{"description":"anything"}}}`, saysNothing},
		{`{"$ref":"#/$defs/a","$defs":{"a":{"properties":{"next":{"$ref":"#/$defs/a"}}}}}`, saysNothing},
		{`{"$schema":"http://json-schema.org/draft-07/schema#","$ref":"#/definitions/a","type":"object","definitions":{"a":{}}}`, saysNothing},
		{`{"$schema":"http://json-schema.org/draft-07/schema#","dependencies":{"a":[]},"items":[{}]}`, saysNothing},
		{`{"type":"json_schema","json_schema":{"name":"person","strict":true,"schema":{}}}`, saysNothing},

		{`{"name":{"type":"string"}}`, saysMap},
		{`{"name":{"type":"string"},"age":{"type":["integer","null"]},"address":{"properties":{"city":{"type":"string"}}}}`, saysMap},
		{`{"name":{"type":"string"},"address":{"street":{"type":"string"}}}`, saysMap},
		{`{"name":{"type":"string"},"age":36}`, saysMap},
		{`{"status":{"enum":["open"]},"owner":{"$ref":"#/$defs/a"},"$defs":{"a":{"type":"string"}}}`, saysMap},
		{`{"$schema":"https://json-schema.org/draft/2020-12/schema","title":"Person","name":{"type":"string"}}`, saysMap},
		{`{"type":{"type":"string"},"name":{"type":"string"}}`, saysMap},
		{`{"title":{"type":"string"}}`, saysMap},
		{`{"required":{"type":"boolean"},"format":{"type":"string"},"minimum":{"type":"number"}}`, saysMap},
		{`{"items":{"type":"array","items":{"type":"string"}},"total":{"type":"number"}}`, saysMap},
		{`{"not":{"type":"string"},"default":{"type":"string"},"note":{"type":"string"}}`, saysMap},
		{`{"type":"object","name":{"type":"string"},"required":["name"],"additionalProperties":false}`, saysMap},
		{`{"name":{"type":"string"},"schema":{"type":"string"}}`, saysMap},
		{`{"schema":{"type":"string"}}`, saysMap},

		{`{"name":"Ada","age":36}`, saysInstance},
		{`{"name":"string","age":"integer"}`, saysInstance},
		{`{"person":{"name":"Ada"},"tags":["a"]}`, saysInstance},
		{`{"title":"Dune","author":"Frank Herbert"}`, saysInstance},
		{`{"type":"invoice","total":12}`, saysInstance},
		{`{"fields":[{"name":"age","type":"integer"}]}`, saysInstance},
		{`{"name":"person","strict":true}`, saysInstance},
	} {
		t.Run(tt.schema, func(t *testing.T) {
			t.Parallel()
			_, err := schema.Compile(json.RawMessage(tt.schema))
			var unusable *schema.Error
			if !errors.As(err, &unusable) || !strings.Contains(unusable.Reason, tt.says) {
				t.Errorf("got %v, want a reason that says %q", err, tt.says)
			}
		})
	}
}

// Whatever can reject a value is a schema, however it is written.
func TestASchemaThatRejectsSomethingIsTaken(t *testing.T) {
	t.Parallel()
	for _, written := range []string{
		`{"type":"object"}`,
		`{"type":["null","boolean","integer","string","array","object"]}`,
		`{"properties":{"type":{"type":"string"},"title":{}}}`,
		`{"properties":{"properties":{"properties":{"a":{"const":1}}}}}`,
		`{"additionalProperties":false}`,
		`{"propertyNames":{"pattern":"^a"}}`,
		`{"dependentRequired":{"a":["b"]}}`,
		`{"dependentSchemas":{"a":{"required":["b"]}}}`,
		`{"items":{"type":"string"}}`,
		`{"prefixItems":[{},{"type":"string"}]}`,
		`{"contains":{}}`,
		`{"unevaluatedItems":false}`,
		`{"uniqueItems":true}`,
		`{"minimum":0}`,
		`{"maxLength":0}`,
		`{"allOf":[{},{"type":"object"}]}`,
		`{"anyOf":[{"type":"object"},{"type":"string"}]}`,
		`{"oneOf":[{"type":"object"},{}]}`,
		`{"not":{"type":"string"}}`,
		`{"if":{"type":"string"},"else":{"required":["a"]}}`,
		`{"$ref":"#/$defs/a","$defs":{"a":{"allOf":[{"$ref":"#/$defs/b"}]},"b":{"type":"object"}}}`,
		`{"$ref":"#a","$defs":{"x":{"$anchor":"a","required":["b"]}}}`,
		`{"$ref":"#/Person","Person":{"type":"object"}}`,
		`{"type":"array","items":{"$ref":"#/Person"},"Person":{"type":"object"}}`,
		`{"type":"object","properties":{"a":{"$ref":"#/Person"}},"Person":{"type":"object"}}`,
		`{"$schema":"http://json-schema.org/draft-07/schema#","items":[{}],"additionalItems":false}`,
		`{"$schema":"http://json-schema.org/draft-07/schema#","dependencies":{"a":["b"]}}`,
	} {
		t.Run(written, func(t *testing.T) {
			t.Parallel()
			if _, err := schema.Compile(json.RawMessage(written)); err != nil {
				t.Error(err)
			}
		})
	}
}
