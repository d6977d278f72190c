package main

import (
	"context"
	"fmt"
	"strings"
)

// schemaAttacks are of schemas that are small and cost much, by themselves or with the
// answer that the service is told to give.
func schemaAttacks() []attack {
	var all []attack
	for _, s := range []struct {
		name, answer, schema string
		short                bool
	}{
		{"231 kB of a{1000}", "an object", properties(5_500, `{"pattern":"a{1000}"}`), true},
		{"(a?){1000} in 100 places, 9 MB of a", "much a", properties(100, `{"pattern":"^(a?){1000}$"}`), true},
		{"(a+)+$ in 100 places, 9 MB of a", "much a", properties(100, `{"pattern":"^(a+)+(?!b)$"}`), false},
		{"names by (a|b|ab)*c, 100,000 of them", "many members", `{"type":"object","patternProperties":{"(a|b|ab)*c":{"type":"null"}}}`, false},
		{"references that double", "an object", doubling(`"properties":{"a":NEXT,"b":NEXT}`), true},
		{"alternatives that double", "an object", doubling(`"anyOf":[NEXT,NEXT]`), true},
		{"conditions that double", "an object", doubling(`"if":NEXT,"then":NEXT`), false},
		{"a reference to itself", "deep lists", `{"type":"object","anyOf":[{"$ref":"#"},{"properties":{"a":{"$ref":"#"}}}]}`, false},
		{"one of 20,000 numbers, 3 million items", "many items", items(`{"enum":[` + numbers(20_000) + `]}`), true},
		{"a list of 20,000 numbers, 3 million items", "many items", items(`{"const":[` + numbers(20_000) + `]}`), true},
		{"all different, 3 million items", "many items", `{"type":"object","properties":{"a":{"type":"array","uniqueItems":true}}}`, true},
		{"contains, 3 million items", "many items", `{"type":"object","properties":{"a":{"contains":{"const":1},"maxContains":5}}}`, false},
		{"one of 1,000 schemas, 3 million items", "many items", items(`{"oneOf":[` + repeat(1_000, `{"type":"string"}`) + `]}`), false},
		{"nested 20,000 deep", "an object", strings.Repeat(`{"items":`, 20_000) + "{}" + strings.Repeat("}", 20_000), false},
		{"a schema that suits nothing, deep lists", "deep lists", items(`{"type":"string"}`), false},
	} {
		body := []byte(call + `"structured-extract","arguments":{"text":"upstream:` + s.answer + `.","schema":` + s.schema + `}}}`)
		all = append(all, attack{name: "schema: " + s.name, short: s.short, sigterm: s.answer != "an object", most: maxSchema,
			run: func(ctx context.Context, a *attacker) {
				a.together(a.number(1, 4), func(int) { a.post(ctx, 1, body) })
			}})
	}
	return all
}

// properties returns a schema of n properties.
func properties(n int, each string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"p%d":%s`, i, each)
	}
	return `{"type":"object","properties":{"a":{}` + b.String() + `}}`
}

// doubling returns a schema of 40 definitions, each of which refers to the next one twice.
func doubling(form string) string {
	var b strings.Builder
	for i := range 40 {
		next := fmt.Sprintf(`{"$ref":"#/$defs/d%d"}`, i+1)
		fmt.Fprintf(&b, `,"d%d":{%s}`, i, strings.ReplaceAll(form, "NEXT", next))
	}
	return `{"type":"object","$ref":"#/$defs/d0","$defs":{"d40":{"type":"object"}` + b.String() + `}}`
}

func items(schema string) string {
	return `{"type":"object","properties":{"a":{"type":"array","items":` + schema + `}}}`
}

func numbers(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, ",%d", i+1_000_000)
	}
	return b.String()[1:]
}

func repeat(n int, piece string) string { return strings.Repeat(","+piece, n)[1:] }
