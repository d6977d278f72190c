package schema_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/schema"
)

const (
	saysNothing  = "it asserts nothing"
	saysMap      = `it is a map of properties, not a schema: put it under properties, as {"type":"object","properties":{…}}`
	saysInstance = "it looks like an example instance, not a schema"
	saysOpenAPI  = `it is an OpenAPI document, which has many schemas: say which one, as {"$ref":"#/components/schemas/NAME"`
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

		{`{"openapi":"3.0.2","info":{"title":"a"},"paths":{},"components":{"schemas":{"A":{"type":"string"}}}}`, saysOpenAPI},
		{`{"swagger":"2.0","paths":{"/a":{"type":"object"}},"definitions":{"A":{"type":"string"}}}`, saysOpenAPI},
		{`{"openapi":"3.1.0","paths":[]}`, saysInstance},

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
			_, err := schema.Compile(t.Context(), json.RawMessage(tt.schema))
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
		`{"openapi":"3.0.2","paths":{},"$ref":"#/components/schemas/A","components":{"schemas":{"A":{"type":"object"}}}}`,
		`{"type":"array","items":{"$ref":"#/Person"},"Person":{"type":"object"}}`,
		`{"type":"object","properties":{"a":{"$ref":"#/Person"}},"Person":{"type":"object"}}`,
		`{"$schema":"http://json-schema.org/draft-07/schema#","items":[{}],"additionalItems":false}`,
		`{"$schema":"http://json-schema.org/draft-07/schema#","dependencies":{"a":["b"]}}`,
	} {
		t.Run(written, func(t *testing.T) {
			t.Parallel()
			if _, err := schema.Compile(t.Context(), json.RawMessage(written)); err != nil {
				t.Error(err)
			}
		})
	}
}

// A reference to another document is an error, also a relative one: it must not
// be taken for the schema itself.
func TestReferencesStayWithinTheSchema(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ schema, refused string }{
		{`{"$ref":"person.json"}`, `"person.json"`},
		{`{"$ref":"/person.json"}`, `"person.json"`},
		{`{"$ref":"../person.json#/$defs/name"}`, `"person.json"`},
		{`{"$ref":"?a"}`, `"?a"`},
		{`{"$id":"a.json","$ref":"b.json"}`, `"b.json"`},
		{`{"type":"object","properties":{"owner":{"$ref":"person.json"}}}`, `"person.json"`},
		{`{"type":"object","properties":{"owner":{"$ref":"//person.json/"}}}`, `person.json`},
		{`{"$ref":"#/$defs/a","$defs":{"a":{"$id":"a.json","$ref":"b.json"}}}`, `"b.json"`},

		{`{"$id":"a.json","$ref":"a.json#/$defs/a","$defs":{"a":{"type":"string"}}}`, ""},
		{`{"$ref":"a.json","$defs":{"a":{"$id":"a.json","type":"string"}}}`, ""},
		{`{"$ref":"a.json","$defs":{"a":{"$id":"a.json","$ref":"b.json"},"b":{"$id":"b.json","type":"string"}}}`, ""},
		{`{"$id":"https://example.com/a.json","$ref":"b.json","$defs":{"b":{"$id":"b.json","type":"string"}}}`, ""},
		{`{"$id":"urn:example:a","$ref":"#a","$defs":{"b":{"$anchor":"a","type":"string"}}}`, ""},
	} {
		t.Run(tt.schema, func(t *testing.T) {
			t.Parallel()
			_, err := schema.Compile(t.Context(), json.RawMessage(tt.schema))
			switch {
			case tt.refused == "":
				if err != nil {
					t.Error(err)
				}
			case err == nil || !strings.Contains(err.Error(), tt.refused) || !strings.Contains(err.Error(), "not followed"):
				t.Errorf("got %v, want a reason that names %s", err, tt.refused)
			}
		})
	}
}

// FuzzCompile compiles an arbitrary schema: it is taken, or refused with a
// reason; if the reason is that it asserts nothing, no value is invalid; and if it
// is taken, the same values are valid as for the bare validator.
func FuzzCompile(f *testing.F) {
	for _, seed := range []string{
		`{}`, `{"type":"object"}`, `{"name":{"type":"string"}}`, `{"name":"Ada"}`, `{"json_schema":{"name":"x","schema":{}}}`,
		`{"type":"json_schema","name":"x","schema":{"type":"string"}}`, `{"$ref":"#"}`, `{"anyOf":[{"$ref":"#"},{}]}`,
		`{"not":{}}`, `{"$ref":"#/$defs/a","$defs":{"a":{"items":{"$ref":"#/$defs/a"}}}}`, `{"if":{},"then":{"const":1}}`,
		`{"contains":true,"maxContains":0}`,
		`{"$schema":"http://json-schema.org/draft-07/schema#","items":[{}],"additionalItems":{"type":"null"}}`,
		`{"dependentRequired":{"a":["b"]}}`, `{"$dynamicAnchor":"a","items":{"$dynamicRef":"#a"}}`, `{"maximum":1e999999999}`,
		`{"$id":"x","$ref":"y"}`, `[`, `true`, "", `{"const":{"a":1.0}}`, `{"enum":[1e0,"",[[]],{"a":10e-1}]}`,
		`{"uniqueItems":true}`, `{"not":{"enum":[1,""]}}`,
		`{"not":{"dependentSchemas":{"a":{"$ref":"#/$defs/a"}}},"$defs":{"a":{"enum":[null]}}}`, `{"propertyNames":{"const":"a"}}`,
		`{"$schema":"http://json-schema.org/draft-07/schema#","format":"regex"}`, `{"pattern":"^(a{2,3}){2}"}`,
		`{"patternProperties":{"^a":false}}`, `{"anyOf":[{"type":"string"},{"$ref":"#"}]}`,
		`{"unevaluatedItems":false,"contains":{"const":1}}`, `{"if":{"required":["a"]},"else":false}`,
	} {
		for _, value := range []string{`{}`, `{"a":1}`, `[[]]`, `[1,1]`, `[1,1.0,-1]`, `""`, `null`, `1`} {
			f.Add([]byte(seed), []byte(value))
		}
	}
	f.Fuzz(func(t *testing.T, raw, value []byte) {
		compiled, err := schema.Compile(t.Context(), raw)
		if err == nil {
			checkVerdict(t, compiled, value)
			return
		}
		var unusable *schema.Error
		if !errors.As(err, &unusable) || strings.TrimSpace(unusable.Reason) == "" {
			t.Fatalf("%s is refused with %v", raw, err)
		}
		if strings.Contains(unusable.Reason, saysNothing) && len(raw) < 300 { // a larger one needs a budget
			checkAccepts(t, raw, value)
		}
	})
}

// checkAccepts checks that the bare validator accepts a value, if it is JSON.
func checkAccepts(t *testing.T, raw, value []byte) {
	t.Helper()
	err, ok := bareVerdict(t, raw, value)
	if ok && err != nil && !strings.Contains(err.Error(), "reference cycle") {
		t.Errorf("%s asserts nothing, but rejects %s: %v", raw, value, err)
	}
}

// checkVerdict checks that a value is valid if and only if the bare validator
// accepts it.
func checkVerdict(t *testing.T, compiled *schema.Schema, value []byte) {
	t.Helper()
	if len(compiled.Text) > 300 || !json.Valid(value) {
		return // the bare validator has no budget
	}
	data, wrong := compiled.Read(t.Context(), string(value))
	if slices.ContainsFunc(wrong, func(reason string) bool { return !strings.HasPrefix(reason, "$") }) {
		return // refused before it is validated, or too much work
	}
	if err, ok := bareVerdict(t, compiled.Text, value); ok && (err == nil) != (data != nil) {
		t.Errorf("%s against %s: got the violations %q, and the bare validator says %v", value, compiled.Text, wrong, err)
	}
}

// bareVerdict validates a value with the bare validator. It returns false if the
// schema or the value cannot be given to it.
func bareVerdict(t *testing.T, raw, value []byte) (error, bool) {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.AssertFormat()
	if err := compiler.AddResource("schema://test/", document); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("schema://test/")
	if err != nil {
		return nil, false // a response format is not a schema
	}
	instance, err := jsonschema.UnmarshalJSON(bytes.NewReader(value))
	if _, huge := schema.HugeNumber(instance); err != nil || huge {
		return nil, false
	}
	return compiled.Validate(instance), true
}

func TestNumbersThatNoMachineHolds(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		number json.Number
		huge   bool
		short  string
	}{
		{"0", false, "0"},
		{"-1.5e300", false, "-1.5e300"},
		{"1e-0000300", false, "1e-0000300"},
		{"1E+1000", true, "1E+1000"},
		{"1e-999999999", true, "1e-999999999"},
		{json.Number(strings.Repeat("1", 400)), false, strings.Repeat("1", 40) + "…"},
		{json.Number(strings.Repeat("1", 401)), true, strings.Repeat("1", 40) + "…"},
	} {
		for _, value := range []any{tt.number, []any{"a", tt.number}, map[string]any{"a": []any{tt.number}}} {
			number, huge := schema.HugeNumber(value)
			if huge != tt.huge || huge && number != tt.number {
				t.Errorf("%v: got %s, %v", value, number, huge)
			}
		}
		if short := schema.Shorten(tt.number); short != tt.short {
			t.Errorf("%s is shown as %s, want %s", tt.number, short, tt.short)
		}
	}
}
