package schema_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/schema"
)

// One line for each place; of alternatives, what the one says that was likely meant.
func TestViolations(t *testing.T) {
	t.Parallel()
	const shapes = `{"anyOf":[
		{"type":"object","properties":{"kind":{"const":"circle"},"radius":{"type":"number"}},"required":["kind","radius"]},
		{"type":"object","properties":{"kind":{"const":"square"},"side":{"type":"number"},"unit":{"type":"string"}},"required":["kind","side"]},
		{"type":"null"}]}`
	for _, tt := range []struct {
		name, schema, value string
		want                []string
	}{
		{"plain types", `{"properties":{"a":{"anyOf":[{"type":"string"},{"type":"null"}]}}}`, `{"a":1}`, []string{"$.a: got number, want string or null"}},
		{
			"plain types by reference", `{"properties":{"a":{"oneOf":[{"$ref":"#/$defs/s"},{"type":"null"}]}},"$defs":{"s":{"type":"string"}}}`,
			`{"a":1}`, []string{"$.a: got number, want string or null"},
		},
		{
			"the alternative of the same type", `{"anyOf":[{"type":"object","properties":{"a":{"type":"string"}}},{"type":"null"}]}`,
			`{"a":1}`, []string{"$.a: got number, want string"},
		},
		{"a text that may be null", `{"anyOf":[{"type":"string","minLength":3},{"type":"null"}]}`, `"a"`, []string{"$: minLength: got 1, want 3"}},
		{"the alternative of the same constant", shapes, `{"kind":"square","side":"a","unit":1}`, []string{
			"$.side: got string, want number", "$.unit: got number, want string",
		}},
		{"no such constant", shapes, `{"kind":"line","radius":1,"side":1}`, []string{"$.kind: value must be one of 'circle', 'square'"}},
		{"no alternative of that type", shapes, `"a"`, []string{"$: got string, want object or null"}},
		{"the fewest reasons", `{"anyOf":[{"required":["a","b"],"minProperties":2},{"required":["c"]}]}`, `{}`, []string{"$: missing property 'c'"}},
		{
			"the deepest reason", `{"anyOf":[{"required":["a"]},{"properties":{"b":{"type":"string"}}}]}`, `{"b":1}`,
			[]string{"$.b: got number, want string"},
		},
		{
			"alternatives within alternatives", `{"anyOf":[{"anyOf":[{"type":"string"},{"type":"number"}]},{"type":"null"}]}`, `true`,
			[]string{"$: got boolean, want string or number or null"},
		},
		{"more than one of oneOf", `{"oneOf":[{"type":"string"},{"minLength":1}]}`, `"a"`, []string{"$: 'oneOf' failed, subschemas 0, 1 matched"}},
		{"enums", `{"anyOf":[{"enum":["a","b"]},{"const":"c"}]}`, `"d"`, []string{"$: value must be one of 'a', 'b', 'c'"}},
		{
			"a place with several reasons", `{"required":["a","b"],"additionalProperties":false}`, `{"d":1,"c":2}`,
			[]string{"$: additional properties 'c', 'd' not allowed; missing properties 'a', 'b'"},
		},
		{"the same reason twice", `{"allOf":[{"type":"string"},{"type":"string"}]}`, `1`, []string{"$: got number, want string"}},
		{
			"odd names", `{"additionalProperties":{"type":"string"}}`, `{"a b":1,"c\"d":1,"é":1,"0":1,"":1,"a-b":1,"a.b":1}`,
			[]string{`$[""]: `, `$["0"]: `, `$["a b"]: `, `$.a-b: `, `$["a.b"]: `, `$["c\"d"]: `, `$.é: `},
		},
		{"items", `{"properties":{"a":{"items":{"items":{"type":"string"}}}}}`, `{"a":[[],["b",1]]}`, []string{"$.a[1][1]: got number, want string"}},
		{"no value", `{"properties":{"a":false}}`, `{"a":1}`, []string{"$.a: no value is allowed here"}},
		{"contains", `{"contains":{"type":"string"}}`, `[1,2,3]`, []string{"$: no items match contains schema"}},
		{"a name", `{"propertyNames":{"maxLength":1}}`, `{"ab":1}`, []string{"$: invalid propertyName 'ab'"}},
		{
			"ten places", `{"items":{"type":"string"}}`, list("1", 50), strings.Split("$[0]: |$[1]: |$[2]: |$[3]: |$[4]: |$[5]: |$[6]: |$[7]: |$[8]: |$[9]: ", "|"),
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			compiled, err := schema.Compile(t.Context(), json.RawMessage(tt.schema))
			if err != nil {
				t.Fatal(err)
			}
			data, wrong := compiled.Read(t.Context(), tt.value)
			if data != nil || len(wrong) != len(tt.want) {
				t.Fatalf("got %q, want %q", wrong, tt.want)
			}
			for i, want := range tt.want {
				if !strings.HasPrefix(wrong[i], want) || !strings.HasSuffix(want, ": ") && wrong[i] != want {
					t.Errorf("got %q, want %q", wrong[i], want)
				}
			}
		})
	}
}

// Neither a long value nor a long schema makes a long message.
func TestViolationsAreShort(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 100_000)
	for _, tt := range []struct{ schema, value, says string }{
		{`{"items":{"pattern":"^b$"}}`, `["` + long + `"]`, "does not match pattern '^b$'"},
		{`{"items":{"format":"date"}}`, `["` + long + `"]`, "…"},
		{`{"items":{"enum":[` + numbered(`"%d"`, 20_000) + `]}}`, `["a"]`, "value must be one of '0', '1'"},
		{`{"additionalProperties":{"type":"string"}}`, `{"` + long + `":1}`, "got number, want string"},
	} {
		compiled, err := schema.Compile(t.Context(), json.RawMessage(tt.schema))
		if err != nil {
			t.Fatal(err)
		}
		_, wrong := compiled.Read(t.Context(), tt.value)
		if len(wrong) != 1 || len(wrong[0]) > 1_500 || !strings.Contains(wrong[0], tt.says) {
			t.Errorf("%.50s: got %d bytes: %.200q", tt.schema, len(strings.Join(wrong, "")), wrong)
		}
	}
}

// A refused schema has a place and one reason.
func TestRefusals(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ schema, want string }{
		{`{"properties":{"a":{"type":"strng"}}}`, "$.properties.a.type: value must be one of 'array', 'boolean', 'integer', 'null', 'number', 'object', 'string'"},
		{`{"properties":{"a b":{"type":1}}}`, `$.properties["a b"].type: value must be one of 'array', `},
		{`{"allOf":[{"type":"string"},{"minLength":-1}]}`, "$.allOf[1].minLength: minimum: got -1, want 0"},
		{`{"properties":{"a":{"required":"a"}}}`, "$.properties.a.required: got string, want array"},
		{`{"properties":["a"]}`, "$.properties: got array, want object"},
		{`{"$ref":"#/Person/a b","Person":{"a b":{"type":"strng"}}}`, `$.Person["a b"].type: value must be one of `},
		{`{"properties":{"a":{"$ref":"other.json"}}}`, `$.properties.a.$ref: "other.json": references to other documents are not followed`},
		{`{"properties":{"a":{"$ref":"#/$defs/b"}}}`, `$.properties.a.$ref: json-pointer in "#/$defs/b" not found`},
		{`{"properties":{"a":{"$ref":"#b"}}}`, `$.properties.a.$ref: `},
	} {
		_, err := schema.Compile(t.Context(), json.RawMessage(tt.schema))
		if err == nil || !strings.HasPrefix(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: got %v, want %s", tt.schema, err, tt.want)
		}
	}
}

// Formats are asserted whatever $schema says; those that are not known say nothing.
func TestFormats(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		format         string
		valid, invalid []string
	}{
		{"date", []string{"2026-01-31"}, []string{"2026-02-31", "31.01.2026", "2026-01-31T10:00:00Z"}},
		{"date-time", []string{
			"2026-01-01T10:00:00Z", "2026-01-01T10:00:00.5+01:00", "2026-01-01T10:00:00", "2026-01-01T10:00:00.123456",
		}, []string{"2026-01-01", "10:00:00", "2026-01-01T25:00:00", "soon"}},
		{"time", []string{"14:30:00Z", "14:30:00+01:00", "14:30:00", "14:30:00.5"}, []string{"14:30", "25:00:00", "2 pm", "Z"}},
		{"duration", []string{"P1DT2H", "PT5M"}, []string{"2 hours"}},
		{"uuid", []string{"123e4567-e89b-12d3-a456-426614174000"}, []string{"123e4567"}},
		{"uuid1", []string{"123e4567-e89b-12d3-a456-426614174000"}, []string{"123e4567-e89b-42d3-a456-426614174000"}},
		{"uuid4", []string{"123e4567-E89B-42d3-a456-426614174000"}, []string{
			"123e4567-e89b-12d3-a456-426614174000", "123e4567", "123e4567-e89b-42d3-a456-42661417400g", "123e4567-e89b-42d3-a456_426614174000",
		}},
		{"uuid9", []string{"anything"}, nil},
		{"email", []string{"ada@example.com"}, []string{"ada"}},
		{"uri", []string{"https://example.com/a?b"}, []string{"/a", "a b"}},
		{"uri-reference", []string{"/a"}, []string{"%"}},
		{"hostname", []string{"example.com"}, []string{"-a"}},
		{"ipv4", []string{"192.0.2.1"}, []string{"192.0.2.256"}},
		{"ipv6", []string{"2001:db8::1"}, []string{"192.0.2.1"}},
		{"json-pointer", []string{"/a/0"}, []string{"a"}},
		{"regex", []string{"^a$", "(?!a)b", `\u0041`}, []string{"("}},
		{"binary", []string{"anything"}, nil},
		{"int32", []string{"anything"}, nil},
		{"", []string{"anything"}, nil},
	} {
		for _, head := range []string{"", draft2019, draft7, `"$schema":"https://json-schema.org/draft/2020-12/schema",`, `"$schema":"",`} {
			compiled, err := schema.Compile(t.Context(), json.RawMessage(`{`+head+`"type":["string","number"],"format":"`+tt.format+`"}`))
			if err != nil {
				t.Fatal(err)
			}
			for _, value := range slices.Concat(tt.valid, tt.invalid) {
				quoted, _ := json.Marshal(value)
				if data, wrong := compiled.Read(t.Context(), string(quoted)); (data != nil) != slices.Contains(tt.valid, value) {
					t.Errorf("%s %s: %s: got %q", head, tt.format, value, wrong)
				}
			}
			if _, wrong := compiled.Read(t.Context(), "1"); wrong != nil {
				t.Errorf("%s: a number is refused: %q", tt.format, wrong)
			}
		}
	}
	if _, err := schema.Compile(t.Context(), json.RawMessage(`{"format":"date"}`)); err != nil {
		t.Errorf("a format alone is refused: %v", err)
	}
	if _, err := schema.Compile(t.Context(), json.RawMessage(`{"format":"int32"}`)); err == nil {
		t.Error("an unknown format alone asserts nothing")
	}
}
