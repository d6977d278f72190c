package schema_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/schema"
)

func TestMembersKeepTheirOrderAndBytes(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, in, want string }{
		{"order", `{"b":1,"a":2}`, `{"b":1,"a":2}`},
		{"values as written", ` { "z" : [ 1.0, {"y":2,"x":1e1} ] , "a" : "\u0041" } `, `{"z":[ 1.0, {"y":2,"x":1e1} ],"a":"\u0041"}`},
		{"the last of a repeated name", `{"a":1,"b":2,"a":3}`, `{"a":3,"b":2}`},
		{"a name with quotes and markup", `{"a\"<b":1}`, `{"a\"<b":1}`},
		{"nothing", `{}`, `{}`},
		{"null and text", `{"a":null,"b":"}"}`, `{"a":null,"b":"}"}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			members, err := schema.Members(json.RawMessage(tt.in))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, string(schema.Object(members))); diff != "" {
				t.Error(diff)
			}
		})
	}
	for _, in := range []string{``, `[]`, `"a"`, `null`, `{`, `{"a":1`, `{"a"}`, `{"a":1}{}`, `{"a":1} x`, `{"a":1,}`, `{1:2}`} {
		if members, err := schema.Members(json.RawMessage(in)); err == nil {
			t.Errorf("%s has members: %v", in, members)
		}
	}
}

func TestItemsKeepTheirBytes(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{`[ 1.0 , {"b":1,"a":2},null ]`: `[1.0,{"b":1,"a":2},null]`, `[]`: `[]`} {
		items, err := schema.Items(json.RawMessage(in))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, string(schema.List(items))); diff != "" {
			t.Error(diff)
		}
	}
	for _, in := range []string{``, `{}`, `"[]"`, `[1`, `[1] 2`, `[1,]`} {
		if items, err := schema.Items(json.RawMessage(in)); err == nil {
			t.Errorf("%s has items: %v", in, items)
		}
	}
}

func TestReadableTextHasNoNeedlessEscapes(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		`{"a": "x < y"}`:                  `{"a": "x < y"}`,
		`{"a":"caf\u00e9 \u003cb\u003e"}`: `{"a":"café <b>"}`,
		`{"a":"\/path","b":"\""}`:         `{"a":"/path","b":"\""}`,
		`{"\u0061":"\\u0041\n"}`:          `{"a":"\\u0041\n"}`,
		`{"a":"\ud83d\ude00"}`:            `{"a":"😀"}`,
		`{"a":"\ud83d"}`:                  `{"a":"\ud83d"}`,
		`{ "n" : 1.00, "a":"\u0001" }`:    `{ "n" : 1.00, "a":"\u0001" }`,
		`{"a":"\`:                         `{"a":"\`,
	} {
		if got := schema.Readable(json.RawMessage(in)); string(got) != want {
			t.Errorf("%s becomes %s, want %s", in, got, want)
		}
	}
}

// Engines with grammars write properties in the schema's order, and reasoning before
// an answer is meant.
func TestTheOrderOfASchemaIsKept(t *testing.T) {
	t.Parallel()
	const given = `{"title":"T","type":"object","required":["reasoning","answer"],"properties":{` +
		`"reasoning":{"type":"string","title":"R","description":"<b>"},"title":{"enum":["z","a"]},` +
		`"answer":{"anyOf":[{"type":"null"},{"title":"A","type":"number","maximum":1.0}]}}}`
	compiled, err := schema.Compile(t.Context(), json.RawMessage(given))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(given, string(compiled.Text)); diff != "" {
		t.Errorf("text (-given +kept):\n%s", diff)
	}
	const want = `{"type":"object","required":["reasoning","answer"],"properties":{` +
		`"reasoning":{"type":"string","description":"<b>"},"title":{"enum":["z","a"]},` +
		`"answer":{"anyOf":[{"type":"null"},{"type":"number","maximum":1.0}]}}}`
	if diff := cmp.Diff(want, string(compiled.WithoutAnnotations)); diff != "" {
		t.Errorf("without annotations (-want +got):\n%s", diff)
	}
}

// Reading an object or a list in parts finds what encoding/json finds.
func FuzzMembers(f *testing.F) {
	for _, seed := range []string{`{"a":1,"b":[{}," ,]}"],"a":2}`, ` [ 1 , "\"" , { "x" : [ ] } , true] `, `{}`, `[]`, `{"\u0061":{"":null}}`, `{"a":1}x`, `"a"`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		var object map[string]json.RawMessage
		members, err := schema.Members(raw)
		if isObject := json.Unmarshal(raw, &object) == nil && object != nil; isObject != (err == nil) || len(members) != len(object) {
			t.Fatalf("%q: %d members, %v, want %d", raw, len(members), err, len(object))
		}
		for _, m := range members {
			if string(m.Value) != string(object[m.Name]) {
				t.Errorf("%q: member %q is %q, want %q", raw, m.Name, m.Value, object[m.Name])
			}
		}
		var list []json.RawMessage
		items, err := schema.Items(raw)
		if isList := json.Unmarshal(raw, &list) == nil && list != nil; isList != (err == nil) || err == nil && len(items) != len(list) {
			t.Fatalf("%q: %d items, %v, want %d", raw, len(items), err, len(list))
		}
		for i := range list {
			if string(items[i]) != string(list[i]) {
				t.Errorf("%q: item %d is %q, want %q", raw, i, items[i], list[i])
			}
		}
	})
}
