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
	draft7      = `"$schema":"http://json-schema.org/draft-07/schema#",`
	draft2019   = `"$schema":"https://json-schema.org/draft/2019-09/schema",`
)

// doubling returns the members of a schema whose $defs refer to each other, each
// of them as format says, which has two %d for the next.
func doubling(head, format string) string {
	const levels = 20
	var s strings.Builder
	s.WriteString("{" + head + `,"$defs":{`)
	for i := range levels {
		next := fmt.Sprintf(`{"$ref":"#/$defs/%d"}`, i+1)
		fmt.Fprintf(&s, `"%d":%s,`, i, strings.ReplaceAll(format, "NEXT", next))
	}
	fmt.Fprintf(&s, `"%d":{"type":"null"}}}`, levels)
	return s.String()
}

func list(item string, n int) string {
	return "[" + strings.TrimSuffix(strings.Repeat(item+",", n), ",") + "]"
}

func numbered(format string, n int) string {
	items := make([]string, n)
	for i := range items {
		items[i] = fmt.Sprintf(format, i)
	}
	return strings.Join(items, ",")
}

// refChain returns the members of $defs that refer one to the next.
func refChain(n int, last string) string {
	return numbered(`"%d":{"$ref":"#/$defs/N%[1]dN"}`, n) + fmt.Sprintf(`,"%d":%s`, n, last)
}

func chain(head string, n int, last string) string {
	s := "{" + head + `,"$defs":{` + refChain(n, last) + "}}"
	for i := n - 1; i >= 0; i-- {
		s = strings.Replace(s, fmt.Sprintf("N%dN", i), fmt.Sprint(i+1), 1)
	}
	return s
}

var hostile = []struct{ name, schema, answer string }{
	{"dependencies in not", doubling(draft7+`"not":{"$ref":"#/$defs/0"}`, `{"dependencies":{"a":NEXT,"b":NEXT}}`), `{"a":1,"b":1}`},
	{"dependencies in if", doubling(draft7+`"if":{"$ref":"#/$defs/0"},"then":false`, `{"dependencies":{"a":NEXT,"b":NEXT}}`), `{"a":1,"b":1}`},
	{"dependentSchemas in not", doubling(`"not":{"$ref":"#/$defs/0"}`, `{"dependentSchemas":{"a":NEXT,"b":NEXT}}`), `{"a":1,"b":1}`},
	{"dependentSchemas in oneOf", doubling(`"oneOf":[true,{"$ref":"#/$defs/0"}]`, `{"dependentSchemas":{"a":NEXT,"b":NEXT}}`), `{"a":1,"b":1}`},
	{"dependentSchemas in if", doubling(`"if":{"$ref":"#/$defs/0"},"then":false`, `{"dependentSchemas":{"a":NEXT,"b":NEXT}}`), `{"a":1,"b":1}`},
	{"dependentSchemas of a failed one", doubling(`"not":{"$ref":"#/$defs/0"}`, `{"minProperties":3,"dependentSchemas":{"a":NEXT,"b":NEXT}}`), `{"a":1,"b":1,"c":1}`},
	{"anyOf", doubling(`"$ref":"#/$defs/0"`, `{"anyOf":[NEXT,NEXT]}`), `{}`},
	{"anyOf in not", doubling(`"not":{"$ref":"#/$defs/0"}`, `{"anyOf":[NEXT,NEXT]}`), `{}`},
	{"oneOf", doubling(`"$ref":"#/$defs/0"`, `{"oneOf":[NEXT,NEXT]}`), `{}`},
	{"if and else", doubling(`"$ref":"#/$defs/0"`, `{"if":NEXT,"else":NEXT}`), `{}`},
	{"propertyNames", doubling(`"propertyNames":{"$ref":"#/$defs/0"}`, `{"anyOf":[NEXT,NEXT]}`), `{"a":1}`},
	{"contains", doubling(`"contains":{"$ref":"#/$defs/0"}`, `{"anyOf":[NEXT,NEXT]}`), `[1]`},
	{"unevaluated properties", doubling(`"unevaluatedProperties":false,"$ref":"#/$defs/0"`, `{"anyOf":[NEXT,NEXT]}`), `{"a":1}`},
	{"items and contains", doubling(`"$ref":"#/$defs/0"`, `{"items":NEXT,"contains":NEXT}`), strings.Repeat("[", 20) + "1" + strings.Repeat("]", 20)},
	{"recursive references", `{` + draft2019 + `"$recursiveAnchor":true,"items":{"$recursiveRef":"#"},"contains":{"$recursiveRef":"#"},"type":"array"}`,
		strings.Repeat("[", 25) + "1" + strings.Repeat("]", 25)},
	{"dynamic references", `{"$dynamicAnchor":"a","items":{"$dynamicRef":"#a"},"contains":{"$dynamicRef":"#a"},"type":"array"}`,
		strings.Repeat("[", 25) + "1" + strings.Repeat("]", 25)},
	{"many true", `{"items":{"minProperties":1,"allOf":` + list("true", 20_000) + `}}`, list(`{"a":1}`, 1_000)},
	{"many false", `{"items":{"anyOf":` + list("false", 20_000) + `}}`, list("1", 1_000)},
	{"many types", `{"items":{"anyOf":` + list(`{"type":"null"}`, 10_000) + `}}`, list("1", 1_000)},
	{"many integers", `{"items":{"anyOf":` + list(`{"type":"integer"}`, 10_000) + `}}`, list("1e-999", 1_000)},
	{"many required", `{"items":{"required":[` + numbered(`"%d"`, 20_000) + `]}}`, list("{}", 2_000)},
	{"many dependencies", `{` + draft7 + `"items":{"dependencies":{` + numbered(`"%d":["a"]`, 15_000) + `}}}`, list("{}", 2_000)},
	{"unevaluated members of a large object", doubling(`"unevaluatedProperties":true,"$ref":"#/$defs/0"`, `{"allOf":[NEXT]}`),
		`{` + numbered(`"%d":1`, 100_000) + `}`},
	{"pattern", `{"items":{"pattern":"^(a?){500}(b?){500}c$"}}`, list(`"`+strings.Repeat("a", 10_000)+`"`, 100)},
	{"patternProperties", `{"items":{"patternProperties":{` + numbered(`"(a|b)*(a|c)*%d$":true`, 4_000) + `},"minProperties":1}}`, list(`{"`+strings.Repeat("a", 1_000)+`":1}`, 100)},
	{"long references", chain(`"items":{"$ref":"#/$defs/0"}`, 6_000, `{"type":"null"}`), list("1", 1_000)},
	{"long references in deep data", chain(`"type":"array","$ref":"#/$defs/0"`, 3_000, `{"items":{"$ref":"#/$defs/0"}}`), strings.Repeat("[", 100) + strings.Repeat("]", 100)},
	{"a long cycle", chain(`"type":"array","$ref":"#/$defs/0"`, 2_000, `{"items":{"$ref":"#/$defs/0"},"anyOf":[{"type":"array"},{"$ref":"#/$defs/0"}]}`), strings.Repeat("[", 50) + "1" + strings.Repeat("]", 50)},
}

func TestHostileSchemas(t *testing.T) {
	for _, tt := range hostile {
		t.Run(tt.name, func(t *testing.T) {
			compiled, err := schema.Compile(json.RawMessage(tt.schema))
			if err != nil {
				t.Fatal(err)
			}
			if data, wrong := compiled.Read(tt.answer); !slices.Equal(wrong, []string{tooMuchWork}) {
				t.Errorf("got data of %d bytes and %.200q, want %q", len(data), wrong, tooMuchWork)
			}
		})
	}
}
