package schema_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/schema"
)

// Other dialects than 2020-12 mean the same in the check and in what is sent.
func TestDialects(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, schema, sent string
		valid, invalid     []string
	}{
		{
			"nullable", `{"type":"string","nullable":true}`, `{"type":["string","null"]}`,
			[]string{`"a"`, `null`}, []string{`1`},
		},
		{"not nullable", `{"type":"string","nullable":false}`, `{"type":"string"}`, []string{`"a"`}, []string{`null`}},
		{
			"nullable with null", `{"type":["string","null"],"nullable":true}`, `{"type":["string","null"]}`,
			[]string{`null`}, []string{`1`},
		},
		{
			"nullable enum", `{"type":"string","enum":["a","b"],"nullable":true}`, `{"type":["string","null"],"enum":["a","b",null]}`,
			[]string{`"a"`, `null`}, []string{`"c"`},
		},
		{
			"nullable enum that has null", `{"type":"string","enum":["a",null],"nullable":true}`,
			`{"type":["string","null"],"enum":["a",null]}`,
			[]string{`"a"`, `null`}, []string{`"c"`},
		},
		{"nullable const", `{"const":"a","nullable":true}`, `{"enum":["a",null]}`, []string{`"a"`, `null`}, []string{`"c"`}},
		{
			"nullable reference", `{"type":"array","items":{"$ref":"#/$defs/a","nullable":true},"$defs":{"a":{"type":"string"}}}`,
			`{"type":"array","items":{"anyOf":[{"$ref":"#/$defs/a"},{"type":"null"}]},"$defs":{"a":{"type":"string"}}}`,
			[]string{`["a",null]`}, []string{`[1]`},
		},
		{
			"nullable allOf", `{"description":"d","allOf":[{"type":"string"}],"nullable":true}`,
			`{"description":"d","anyOf":[{"allOf":[{"type":"string"}]},{"type":"null"}]}`,
			[]string{`"a"`, `null`}, []string{`1`},
		},
		{
			"nullable oneOf", `{"oneOf":[{"type":"string"},{"type":"number"}],"nullable":true}`,
			`{"anyOf":[{"oneOf":[{"type":"string"},{"type":"number"}]},{"type":"null"}]}`,
			[]string{`"a"`, `null`}, []string{`true`},
		},
		{
			"nullable anyOf", `{"anyOf":[{"type":"string"},{"type":"number"}],"nullable":true}`,
			`{"anyOf":[{"type":"string"},{"type":"number"},{"type":"null"}]}`,
			[]string{`"a"`, `null`}, []string{`true`},
		},
		{
			"nullable below a nullable", `{"type":"object","nullable":true,"properties":{"a":{"type":"integer","nullable":true}}}`,
			`{"type":["object","null"],"properties":{"a":{"type":["integer","null"]}}}`,
			[]string{`null`, `{"a":null}`}, []string{`{"a":"b"}`},
		},
		{
			"a property called nullable", `{"type":"object","properties":{"nullable":{"type":"boolean"}}}`,
			`{"type":"object","properties":{"nullable":{"type":"boolean"}}}`,
			[]string{`{"nullable":true}`}, []string{`{"nullable":null}`},
		},
		{
			"exclusive bounds", `{"type":"number","minimum":1,"exclusiveMinimum":true,"maximum":9,"exclusiveMaximum":true}`,
			`{"type":"number","exclusiveMinimum":1,"exclusiveMaximum":9}`,
			[]string{`1.1`}, []string{`1`, `9`},
		},
		{
			"bounds that are not exclusive", `{"type":"number","minimum":1,"exclusiveMinimum":false,"exclusiveMaximum":true}`,
			`{"type":"number","minimum":1}`,
			[]string{`1`}, []string{`0`},
		},
		{
			"draft 4", `{` + draft4 + `"id":"http://example.com/a","type":"number","minimum":1,"exclusiveMinimum":true}`,
			`{"type":"number","exclusiveMinimum":1}`,
			[]string{`1.1`}, []string{`1`},
		},
		{
			"a bound of draft 6 in draft 4", `{` + draft4 + `"type":"number","exclusiveMinimum":1}`, `{"type":"number","exclusiveMinimum":1}`,
			[]string{`1.1`}, []string{`1`},
		},
		{
			"Google's types", `{"type":"OBJECT","properties":{"a":{"type":"STRING"},"b":{"type":["Integer","NULL"]}},"required":["a"]}`,
			`{"type":"object","properties":{"a":{"type":"string"},"b":{"type":["integer","null"]}},"required":["a"]}`,
			[]string{`{"a":"b","b":null}`}, []string{`{}`, `{"a":1}`, `{"a":"b","b":1.5}`},
		},
		{"an empty $schema", `{"$schema":"","type":"string"}`, `{"type":"string"}`, []string{`"a"`}, []string{`1`}},
		{
			"OpenAPI 3.1", `{"$schema":"https://spec.openapis.org/oas/3.1/dialect/base","prefixItems":[{"type":"string"}]}`,
			`{"prefixItems":[{"type":"string"}]}`,
			[]string{`["a"]`}, []string{`[1]`},
		},
		{
			"a $schema of somebody's own", `{"$schema":"https://example.com/meta","type":"string"}`, `{"type":"string"}`,
			[]string{`"a"`}, []string{`1`},
		},
		{"a $schema that is no text", `{"$schema":7,"type":"string"}`, `{"type":"string"}`, []string{`"a"`}, []string{`1`}},
		{
			"a tuple as a list", `{"items":[{"type":"string"},{"$ref":"#/items/0"}],"additionalItems":{"type":"null"}}`,
			`{"prefixItems":[{"type":"string"},{"$ref":"#/prefixItems/0"}],"items":{"type":"null"}}`,
			[]string{`["a","b",null]`}, []string{`["a",1]`, `["a","b",1]`},
		},
		{
			"a tuple of draft 7", `{` + draft7 + `"type":"array","items":[{"type":"string"},{"$ref":"#/items/0"}],"additionalItems":false}`,
			`{"type":"array","prefixItems":[{"type":"string"},{"$ref":"#/prefixItems/0"}],"items":false}`,
			[]string{`["a","b"]`}, []string{`["a",1]`, `["a","b",1]`},
		},
		{
			"additionalItems without a tuple", `{"type":"array","items":{"type":"string"},"additionalItems":false}`,
			`{"type":"array","items":{"type":"string"},"additionalItems":false}`,
			[]string{`["a","b"]`}, []string{`[1]`},
		},
		{
			"keywords beside $ref in draft 7", `{` + draft7 + `"$ref":"#/definitions/a","minLength":9,"definitions":{"a":{"type":"string"}}}`,
			`{"$ref":"#/definitions/a","definitions":{"a":{"type":"string"}}}`,
			[]string{`"a"`}, []string{`1`},
		},
		{
			"required by draft 3", `{"type":"object","properties":{"a":{"type":"string","required":true},"b":{"type":"string","required":false}}}`,
			`{"type":"object","properties":{"a":{"type":"string"},"b":{"type":"string"}},"required":["a"]}`,
			[]string{`{"a":"b"}`}, []string{`{"b":"a"}`},
		},
		{
			"required in both ways", `{"type":"object","required":["a","b"],"properties":{"a":{"required":true},"c":{"required":true}}}`,
			`{"type":"object","required":["a","b","c"],"properties":{"a":{},"c":{}}}`,
			[]string{`{"a":1,"b":1,"c":1}`}, []string{`{"a":1,"b":1}`},
		},
		{
			"annotations of OpenAPI",
			`{"type":"object","example":{"a":1},"discriminator":{"propertyName":"a"},"xml":{"name":"b"},"externalDocs":{"url":"c"},"x-order":1}`,
			`{"type":"object"}`,
			[]string{`{}`}, []string{`1`},
		},
		{
			"components of OpenAPI",
			`{"$ref":"#/components/schemas/A","components":{"schemas":{"A":{"type":"STRING","nullable":true,"example":"b"}}}}`,
			`{"$ref":"#/components/schemas/A","components":{"schemas":{"A":{"type":["string","null"]}}}}`,
			[]string{`"a"`, `null`}, []string{`1`},
		},
		{
			"names and values that are there twice",
			`{"type":["object","object"],"required":["a","b","a"],"properties":{"a":{"enum":[1,"x",1.0,"x"]},"b":{"enum":["a","b"]}}}`,
			`{"type":["object"],"required":["a","b"],"properties":{"a":{"enum":[1,"x"]},"b":{"enum":["a","b"]}}}`,
			[]string{`{"a":1,"b":"a"}`, `{"a":"x","b":"b"}`}, []string{`{"a":1}`, `{"a":2,"b":"a"}`},
		},
		{
			"a number and its text in draft 7", `{` + draft7 + `"enum":["1",null,1,"2",2]}`, `{"enum":[1,2,"1",null,"2"]}`,
			[]string{`1`, `"1"`, `2`}, []string{`"3"`},
		},
		{
			"a number and its text", `{"enum":["1",1]}`, `{"enum":["1",1]}`,
			[]string{`1`, `"1"`}, []string{`"3"`},
		},
		{
			"data is no schema", `{"enum":[{"nullable":true,"type":"STRING","title":"a"}],"description":"d"}`,
			`{"enum":[{"nullable":true,"type":"STRING","title":"a"}],"description":"d"}`,
			[]string{`{"nullable":true,"type":"STRING","title":"a"}`}, []string{`{"type":["string","null"]}`},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			checkSchema(t, tt.schema, tt.sent, tt.valid, tt.invalid)
		})
	}
}

// checkSchema checks what is sent, what is valid, and that what is sent means the
// same when it comes back as a schema.
func checkSchema(t *testing.T, written, sent string, valid, invalid []string) {
	t.Helper()
	compiled, err := schema.Compile(t.Context(), json.RawMessage(written))
	if err != nil {
		t.Fatal(err)
	}
	if string(compiled.Text) != written {
		t.Errorf("the text became %s", compiled.Text)
	}
	if diff := cmp.Diff(sent, string(compiled.WithoutAnnotations)); diff != "" {
		t.Errorf("what is sent (-want +got):\n%s", diff)
	}
	again, err := schema.Compile(t.Context(), compiled.WithoutAnnotations)
	if err != nil {
		t.Fatalf("what is sent is refused: %v", err)
	}
	for which, s := range map[string]*schema.Schema{"as written": compiled, "as sent": again} {
		for _, value := range valid {
			if _, wrong := s.Read(t.Context(), value); wrong != nil {
				t.Errorf("%s: %s is refused: %q", which, value, wrong)
			}
		}
		for _, value := range invalid {
			if data, _ := s.Read(t.Context(), value); data != nil {
				t.Errorf("%s: %s is accepted", which, value)
			}
		}
	}
}

// FuzzWhatIsSent compiles an arbitrary schema, and what is sent of it: that means the
// same in every dialect.
func FuzzWhatIsSent(f *testing.F) {
	for _, seed := range []string{
		`{"type":"STRING","nullable":true}`, `{"anyOf":[{"$ref":"#/$defs/a","nullable":true}],"$defs":{"a":{"enum":["a"],"nullable":true}}}`,
		`{"minimum":1,"exclusiveMinimum":true,"maximum":2,"exclusiveMaximum":false}`, `{"items":[{"type":"null"}],"additionalItems":false}`,
		`{"$id":"http://a/b","$ref":"b#/$defs/c","$defs":{"c":{"$anchor":"d","not":{"$ref":"#d/e"}}}}`, `{"$ref":"a","$defs":{"a":{"$id":"a","const":1}}}`,
		`{"properties":{"a":{"required":true},"b":{"required":["a"]}}}`, `{"$schema":"http://json-schema.org/draft-04/schema#","id":"http://a","type":"null"}`,
		`{"pattern":"^(?!a)"}`, `{"patternProperties":{"(":{"type":"null"}},"additionalProperties":false,"type":"object"}`, `{"pattern":"\\u0041|[\\s\\b]"}`,
		`{"$schema":"http://json-schema.org/draft-07/schema#","$ref":"#/items/0","items":[{"type":"null","x-a":1}]}`, `{"format":"time"}`,
		`{"$dynamicAnchor":"a","items":{"$dynamicRef":"#a","$id":"b"}}`, `{"$ref":"#/a/b","a":{"b":{"type":"Null","title":"c"}}}`,
	} {
		for _, value := range []string{`{"a":1}`, `[null,1]`, `"a"`, `null`, `1`} {
			f.Add([]byte(seed), []byte(value))
		}
	}
	f.Fuzz(func(t *testing.T, raw, value []byte) {
		written, err := schema.Compile(t.Context(), raw)
		if err != nil || !json.Valid(value) {
			return
		}
		if !json.Valid(written.WithoutAnnotations) {
			t.Fatalf("%s is sent as %s", raw, written.WithoutAnnotations)
		}
		sent, err := schema.Compile(t.Context(), written.WithoutAnnotations)
		if err != nil || strings.Contains(string(raw), "$schema") || strings.Contains(string(written.WithoutAnnotations), "Ref") {
			return // an older draft has keywords that 2020-12 lacks
		}
		data, wrong := written.Read(t.Context(), string(value))
		again, wrongAgain := sent.Read(t.Context(), string(value))
		if string(data) != string(again) && !slices.Contains(append(wrong, wrongAgain...), tooMuchWork) {
			t.Errorf("%s against %s: %q; as sent, against %s: %q", value, raw, wrong, written.WithoutAnnotations, wrongAgain)
		}
	})
}
