package schema_test

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/schema"
)

// References that lean on an address or an anchor are pointers in what is sent, which
// has neither.
func TestReferencesWithinTheSchema(t *testing.T) {
	t.Parallel()
	const (
		sent = `{"$ref":"#/$defs/x","$defs":{"x":{"type":"string"}}}`
		id   = `"$id":"https://example.com/a.json",`
	)
	for _, tt := range []struct{ schema, sent string }{
		{`{"$ref":"#/$defs/x","$defs":{"x":{"type":"string"}}}`, sent},
		{`{` + id + `"$ref":"#/$defs/x","$defs":{"x":{"type":"string"}}}`, sent},
		{`{` + id + `"$ref":"https://example.com/a.json#/$defs/x","$defs":{"x":{"type":"string"}}}`, sent},
		{`{` + id + `"$ref":"a.json#/$defs/x","$defs":{"x":{"type":"string"}}}`, sent},
		{`{` + id + `"$ref":"/a.json#/$defs/x","$defs":{"x":{"type":"string"}}}`, sent},
		{`{` + id + `"$ref":"item","$defs":{"x":{"$id":"item","type":"string"}}}`, sent},
		{`{` + id + `"$ref":"https://example.com/item","$defs":{"x":{"$id":"item","type":"string"}}}`, sent},
		{`{"$ref":"item","$defs":{"x":{"$id":"item","type":"string"}}}`, sent},
		{`{"$ref":"#name","$defs":{"x":{"$anchor":"name","type":"string"}}}`, sent},
		{`{` + id + `"$ref":"a.json#name","$defs":{"x":{"$anchor":"name","type":"string"}}}`, sent},
		{`{"$ref":"urn:example:x","$defs":{"x":{"$id":"urn:example:x","type":"string"}}}`, sent},
		{
			`{` + draft7 + `"$ref":"#name","definitions":{"x":{"$id":"#name","type":"string"}}}`,
			`{"$ref":"#/definitions/x","definitions":{"x":{"type":"string"}}}`,
		},
		{
			`{"type":"string","$ref":"item#/$defs/y","$defs":{"x":{"$id":"item","$defs":{"y":{"minLength":1}}}}}`,
			`{"type":"string","$ref":"#/$defs/x/$defs/y","$defs":{"x":{"$defs":{"y":{"minLength":1}}}}}`,
		},
		{
			`{"type":"string","$ref":"#%41","$defs":{"a/b c":{"$anchor":"A"}}}`,
			`{"type":"string","$ref":"#/$defs/a~1b%20c","$defs":{"a/b c":{}}}`,
		},
		{
			`{"type":"string","allOf":[{"$ref":"#/$defs/x","nullable":true}],"$defs":{"x":{"allOf":[{"$ref":"#/$defs/x/not"}],"not":{"type":"null"},"nullable":true}}}`,
			`{"type":"string","allOf":[{"anyOf":[{"$ref":"#/$defs/x"},{"type":"null"}]}],"$defs":{"x":{"anyOf":[{"allOf":[{"$ref":"#/$defs/x/anyOf/0/not"}],"not":{"type":"null"}},{"type":"null"}]}}}`,
		},
		{ // a reference that nothing leads to: all stay as they are
			`{` + id + `"$ref":"a.json#/$defs/x","$defs":{"x":{"type":"string"},"y":{"$ref":"other.json"}}}`,
			`{` + id + `"$ref":"a.json#/$defs/x","$defs":{"x":{"type":"string"},"y":{"$ref":"other.json"}}}`,
		},
		{ // the id of a relative address
			`{"$id":"a/b.json","$ref":"c.json#/$defs/y","$defs":{"x":{"$id":"c.json","$defs":{"y":{"type":"string"}}}}}`,
			`{"$ref":"#/$defs/x/$defs/y","$defs":{"x":{"$defs":{"y":{"type":"string"}}}}}`,
		},
		{ // the root of a part
			`{"type":"string","$ref":"n","$defs":{"x":{"$id":"n","items":{"$ref":"#"}}}}`,
			`{"type":"string","$ref":"#/$defs/x","$defs":{"x":{"items":{"$ref":"#/$defs/x"}}}}`,
		},
		{ // id is a word of the caller's own, except where it is an address
			`{"id":"person","type":"string","allOf":[{"id":"name","$ref":"#/$defs/x"}],"$defs":{"x":{"minLength":1}}}`,
			`{"id":"person","type":"string","allOf":[{"id":"name","$ref":"#/$defs/x"}],"$defs":{"x":{"minLength":1}}}`,
		},
		{
			`{"id":"http://example.com/a","type":"string","allOf":[{"$ref":"b#/not"}],"$defs":{"x":{"id":"b","not":{"minLength":1}}}}`,
			`{"type":"string","allOf":[{"$ref":"#/$defs/x/not"}],"$defs":{"x":{"not":{"minLength":1}}}}`,
		},
		{ // what jsonschema.net writes
			`{` + draft7 + `"$id":"http://example.com/root.json","type":"string","allOf":[{"$id":"#/allOf/0","$ref":"#/definitions/x"}],"definitions":{"x":{"$id":"#/definitions/x","minLength":1}}}`,
			`{"type":"string","allOf":[{"$ref":"#/definitions/x"}],"definitions":{"x":{"minLength":1}}}`,
		},
		{ // what a dynamic reference means depends on the way to it
			`{"$id":"https://example.com/a","$dynamicAnchor":"n","type":"string","items":{"$dynamicRef":"#n"}}`,
			`{"$id":"https://example.com/a","$dynamicAnchor":"n","type":"string","items":{"$dynamicRef":"#n"}}`,
		},
	} {
		t.Run(tt.schema, func(t *testing.T) {
			t.Parallel()
			checkSchema(t, tt.schema, tt.sent, nil, []string{`1`})
		})
	}
}

// A short name for a deep place would make a long schema of a short one, and a long
// address a longer one at each level.
func TestAddressesAreBounded(t *testing.T) {
	t.Parallel()
	name := fmt.Sprintf("%0100000d", 1)
	references := list(`{"$ref":"#a"}`, 5_000)
	compiled, err := schema.Compile(json.RawMessage(`{"type":"string","$defs":{"` + name + `":{"$anchor":"a"}},"allOf":` + references + `}`))
	if err != nil || len(compiled.WithoutAnnotations) > 256<<10 {
		t.Errorf("got %v and %d bytes", err, len(compiled.WithoutAnnotations))
	}
	parts := numbered(`{"$id":"%d"}`, 5_000)
	if _, err := schema.Compile(json.RawMessage(`{"$id":"http://a/` + name + `/","type":"string","allOf":[` + parts + `]}`)); err == nil {
		t.Error("addresses of 500 MB are made")
	}
}
