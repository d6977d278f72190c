package schema_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/schema"
)

const (
	tooMuchWork = "it takes too many steps to check"
	draft4      = `"$schema":"http://json-schema.org/draft-04/schema#",`
	draft7      = `"$schema":"http://json-schema.org/draft-07/schema#",`
	draft2019   = `"$schema":"https://json-schema.org/draft/2019-09/schema",`
)

// doubling returns a schema of 20 definitions. Each is as definition says, where
// NEXT is a reference to the following one; the last accepts null alone.
func doubling(head, definition string) string { return linked(head, definition, 20, `{"type":"null"}`) }

// linked returns a schema of n definitions, where NEXT is a reference to the
// following one, and of a last one.
func linked(head, definition string, n int, last string) string {
	var s strings.Builder
	s.WriteString("{" + head + `,"$defs":{`)
	for i := range n {
		fmt.Fprintf(&s, `"%d":%s,`, i, strings.ReplaceAll(definition, "NEXT", fmt.Sprintf(`{"$ref":"#/$defs/%d"}`, i+1)))
	}
	fmt.Fprintf(&s, `"%d":%s}}`, n, last)
	return s.String()
}

// list returns a list of an item, n times.
func list(item string, n int) string {
	return "[" + strings.TrimSuffix(strings.Repeat(item+",", n), ",") + "]"
}

// numbered returns a text for each number below n, separated by commas.
func numbered(format string, n int) string {
	items := make([]string, n)
	for i := range items {
		items[i] = fmt.Sprintf(format, i)
	}
	return strings.Join(items, ",")
}

// Each of these would take from seconds to days.
func TestHostileSchemas(t *testing.T) {
	t.Parallel()
	const (
		notFirst  = `"not":{"$ref":"#/$defs/0"}`
		ifFirst   = `"if":{"$ref":"#/$defs/0"},"then":false`
		first     = `"$ref":"#/$defs/0"`
		depends   = `{"dependencies":{"a":NEXT,"b":NEXT}}`
		dependent = `{"dependentSchemas":{"a":NEXT,"b":NEXT}}`
		either    = `{"anyOf":[NEXT,NEXT]}`
		members   = `{"a":1,"b":1}`
	)
	nested := func(levels int) string { return strings.Repeat("[", levels) + "1" + strings.Repeat("]", levels) }
	for _, tt := range []struct{ name, schema, answer string }{
		{"dependencies in not", doubling(draft7+notFirst, depends), members},
		{"dependencies in if", doubling(draft7+ifFirst, depends), members},
		{"dependentSchemas in not", doubling(notFirst, dependent), members},
		{"dependentSchemas in if", doubling(ifFirst, dependent), members},
		{"dependentSchemas in then", doubling(`"not":{"if":true,"then":{"$ref":"#/$defs/0"}}`, dependent), members},
		{"dependentSchemas in oneOf", doubling(`"oneOf":[true,{"$ref":"#/$defs/0"}]`, dependent), members},
		{"dependentSchemas below allOf in not", doubling(`"not":{"allOf":[{"$ref":"#/$defs/0"}]}`, dependent), members},
		{"anyOf", doubling(first, either), `{}`},
		{"anyOf in not", doubling(notFirst, either), `{}`},
		{"oneOf", doubling(first, `{"oneOf":[NEXT,NEXT]}`), `{}`},
		{"if and else", doubling(first, `{"if":NEXT,"else":NEXT}`), `{}`},
		{"propertyNames", doubling(`"propertyNames":{"$ref":"#/$defs/0"}`, either), `{"a":1}`},
		{"contains", doubling(`"contains":{"$ref":"#/$defs/0"}`, either), `[1]`},
		{"unevaluatedProperties", doubling(`"unevaluatedProperties":false,"$ref":"#/$defs/0"`, either), members},
		{"unevaluatedItems", doubling(`"unevaluatedItems":{"$ref":"#/$defs/0"}`, either), `[1]`},
		{"items and contains", doubling(first, `{"items":NEXT,"contains":NEXT}`), nested(20)},
		{
			"$recursiveRef", `{` + draft2019 + `"$recursiveAnchor":true,"items":{"$recursiveRef":"#"},"contains":{"$recursiveRef":"#"},` +
				`"type":"array"}`, nested(18),
		},
		{"$dynamicRef", `{"$dynamicAnchor":"a","items":{"$dynamicRef":"#a"},"contains":{"$dynamicRef":"#a"},"type":"array"}`, nested(18)},

		{"many times true", `{"items":{"minProperties":1,"allOf":` + list("true", 2_000) + `}}`, list(`{"a":1}`, 1_000)},
		{"many times false", `{"items":{"anyOf":` + list("false", 2_000) + `}}`, list("1", 1_000)},
		{"many types", `{"items":{"anyOf":` + list(`{"type":"null"}`, 2_000) + `}}`, list("1", 1_000)},
		{"many exact fractions", `{"items":{"anyOf":` + list(`{"type":"integer"}`, 2_000) + `}}`, list("1e-999", 500)},
		{"many required", `{"items":{"required":[` + numbered(`"%d"`, 5_000) + `]}}`, list("{}", 2_000)},
		{"many dependencies", `{` + draft7 + `"items":{"dependencies":{` + numbered(`"%d":["a"]`, 5_000) + `}}}`, list("{}", 2_000)},
		{"many dependentRequired", `{"items":{"dependentRequired":{` + numbered(`"%d":["a"]`, 5_000) + `}}}`, list("{}", 2_000)},
		{
			"many unevaluated members", doubling(`"unevaluatedProperties":true,"$ref":"#/$defs/0"`, `{"allOf":[NEXT]}`),
			`{` + numbered(`"%d":1`, 50_000) + `}`,
		},
		{"pattern", `{"items":{"pattern":"^(a?){500}(b?){500}c$"}}`, list(`"`+strings.Repeat("a", 10_000)+`"`, 20)},
		{
			"patternProperties", `{"items":{"patternProperties":{` + numbered(`"(a|b)*(a|c)*%d$":true`, 500) + `},"minProperties":1}}`,
			list(`{"`+strings.Repeat("a", 1_000)+`":1}`, 50),
		},
		{"long references", linked(`"items":{"$ref":"#/$defs/0"}`, "NEXT", 2_000, `{"type":"null"}`), list("1", 1_000)},
		{
			"long references in deep data", linked(`"type":"array","$ref":"#/$defs/0"`, "NEXT", 2_000, `{"items":{"$ref":"#/$defs/0"}}`),
			nested(100),
		},
		{
			"a long cycle", linked(`"type":"array","$ref":"#/$defs/0"`, "NEXT", 300,
				`{"items":{"$ref":"#/$defs/0"},"anyOf":[{"type":"null"},{"$ref":"#/$defs/0"}]}`), nested(50),
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			compiled, err := schema.Compile(t.Context(), json.RawMessage(tt.schema))
			if err != nil {
				t.Fatal(err)
			}
			if data, wrong := compiled.Read(t.Context(), tt.answer); !slices.Equal(wrong, []string{tooMuchWork}) {
				t.Errorf("got data of %d bytes and %.200q, want %q", len(data), wrong, tooMuchWork)
			}
		})
	}
}

// What a schema's patterns take is known before they are compiled.
func TestHugePatternsAreRefused(t *testing.T) {
	t.Parallel()
	huge := "(" + strings.Repeat("a?", 500) + "){1000}"
	many := make([]string, 30)
	for i := range many {
		many[i] = fmt.Sprintf(`{"pattern":"(%s%d){1000}"}`, strings.Repeat("a", 20), i)
	}
	for _, tt := range []struct {
		schema string
		taken  bool
	}{
		{`{"pattern":"` + huge + `"}`, false},
		{`{"patternProperties":{"` + huge + `":false}}`, false},
		{`{"anyOf":[` + strings.Join(many, ",") + `]}`, false},
		{`{"anyOf":[` + strings.Join(many[:10], ",") + `]}`, true},
		{`{"anyOf":` + list(many[0], 100) + `}`, true},
		{`{"pattern":"^[a-zA-Z0-9]{1,1000}$"}`, true},
		{`{"pattern":"\\p{L}{100}|[a-z]+"}`, true},
	} {
		_, err := schema.Compile(t.Context(), json.RawMessage(tt.schema))
		if (err == nil) != tt.taken || err != nil && !strings.Contains(err.Error(), "the patterns are too large") {
			t.Errorf("%.60s: got %.200v, want it to be taken: %v", tt.schema, err, tt.taken)
		}
	}
}

// The compiler compares the place of each schema with that of each other: these would
// take half a minute. What is written in place of other dialects counts, too.
func TestTooManySchemasAreRefused(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat(`{"type":"object","properties":{"a":`, 20)
	for _, tt := range []struct {
		name, schema string
		taken        bool
	}{
		{"many", `{"type":"string","anyOf":` + list("true", 50_000) + `}`, false},
		{"many that are nullable", `{"type":"string","anyOf":` + list(`{"$ref":"#","nullable":true}`, 8_000) + `}`, false},
		{"many at a deep place", deep + `{"anyOf":` + list(`{"not":{}}`, 4_900) + `}` + strings.Repeat("}}", 20), false},
		{"many properties", `{"type":"object","properties":{` + numbered(`"%d":{"type":"string"}`, 5_000) + `}}`, true},
		{"much data", `{"enum":` + list(`{"a":true}`, 20_000) + `}`, true},
	} {
		_, err := schema.Compile(t.Context(), json.RawMessage(tt.schema))
		if (err == nil) != tt.taken || err != nil && !strings.Contains(err.Error(), "are allowed") {
			t.Errorf("%s: got %v, want it to be taken: %v", tt.name, err, tt.taken)
		}
	}
}
