package schema_test

import (
	"encoding/json"
	"fmt"
	"strings"
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
		{ // parts with the same address, which nothing refers to by it
			`{"type":"string","allOf":[{"$ref":"#/$defs/a"}],"$defs":{"a":{"$id":"t","$ref":"#/not","not":{"minLength":9}},"b":{"$id":"t"}}}`,
			`{"type":"string","allOf":[{"$ref":"#/$defs/a"}],"$defs":{"a":{"$ref":"#/$defs/a/not","not":{"minLength":9}},"b":{}}}`,
		},
		{ // what bundlers write: a pointer from the root, in a part with an address
			`{"type":"string","allOf":[{"$id":"https://example.com/part","$ref":"#/$defs/x"}],"$defs":{"x":{"minLength":1}}}`,
			`{"type":"string","allOf":[{"$ref":"#/$defs/x"}],"$defs":{"x":{"minLength":1}}}`,
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

// A reference that means nothing, or two things, is refused with its place.
func TestReferencesThatLeadToNoSchema(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ schema, says string }{
		{`{"type":"array","items":{"$ref":"other.json#/$defs/x"}}`, `$.items.$ref: "other.json"`},
		{`{"type":"array","items":{"$ref":"https://example.com/a#/$defs/x"}}`, `$.items.$ref: "https://example.com/a"`},
		{`{"type":"array","items":{"$ref":"#/$defs/x"}}`, `$.items.$ref: `},
		{`{"type":"string","$ref":"#/allOf","allOf":[{"minLength":1}]}`, `$.$ref: it leads to a list, which is no schema`},
		{`{` + draft7 + `"type":"array","items":{"$ref":"#/definitions/x/items"},"definitions":{"x":{"items":[{}]}}}`, `$.items.$ref: it leads to a list`},
		{`{` + draft4 + `"type":"array","items":{"$ref":"#/title"},"title":"a"}`, `$.items.$ref: it leads to a text, which is no schema`},
		{`{` + draft7 + `"type":"array","items":{"$ref":"#/maxItems"},"maxItems":9}`, `$.items.$ref: it leads to a number, which is no schema`},
		{`{` + draft7 + `"type":"array","items":{"$ref":"#/default"},"default":null}`, `$.items.$ref: it leads to null, which is no schema`},
		{`{"type":"string","$ref":"t","$defs":{"a":{"$id":"t"},"b":{"$id":"t","minLength":1}}}`, `duplicate id`},
		{`{"type":"string","$ref":"#n","$defs":{"a":{"$anchor":"n"},"b":{"$anchor":"n"},"c":{"$anchor":"n"}}}`, `duplicate anchor "n"`},
	} {
		t.Run(tt.schema, func(t *testing.T) {
			t.Parallel()
			if _, err := schema.Compile(t.Context(), json.RawMessage(tt.schema)); err == nil || !strings.Contains(err.Error(), tt.says) {
				t.Errorf("got %v, want %s", err, tt.says)
			}
		})
	}
}

// Of several references to other documents the first is named.
func TestTheFirstReferenceElsewhereIsNamed(t *testing.T) {
	t.Parallel()
	var parts strings.Builder
	for i := range 30 {
		fmt.Fprintf(&parts, `,"p%d":{"$ref":"part%d.json#/$defs/x"}`, i, i)
	}
	written := `{"type":"object","properties":{"m":{"$ref":"https://json-schema.org/draft/2020-12/schema"}` + parts.String() + `}}`
	for range 10 {
		_, err := schema.Compile(t.Context(), json.RawMessage(written))
		if want := `$.properties.p0.$ref: "part0.json": references to other documents are not followed`; err == nil || err.Error() != want {
			t.Fatalf("got %v, want %s", err, want)
		}
	}
}

// A short name for a deep place would make a long schema of a short one, and a long
// address a longer one at each level.
func TestAddressesAreBounded(t *testing.T) {
	t.Parallel()
	name := fmt.Sprintf("%0100000d", 1)
	references := list(`{"$ref":"#a"}`, 5_000)
	compiled, err := schema.Compile(t.Context(), json.RawMessage(`{"type":"string","$defs":{"`+name+`":{"$anchor":"a"}},"allOf":`+references+`}`))
	if err != nil || len(compiled.WithoutAnnotations) > 256<<10 {
		t.Errorf("got %v and %d bytes", err, len(compiled.WithoutAnnotations))
	}
	parts := numbered(`{"$id":"%d"}`, 5_000)
	if _, err := schema.Compile(t.Context(), json.RawMessage(`{"$id":"http://a/`+name+`/","type":"string","allOf":[`+parts+`]}`)); err == nil {
		t.Error("addresses of 500 MB are made")
	}
}
