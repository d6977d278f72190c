package schema_test

import (
	"context"
	"encoding/json"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/internal/linear"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/schema"
)

// nestedSchema puts a schema under levels of items.
func nestedSchema(levels int, inner string) string {
	return strings.Repeat(`{"items":`, levels) + inner + strings.Repeat("}", levels)
}

func TestCompilingTakesLinearTime(t *testing.T) {
	for _, tt := range []struct {
		name   string
		n      int
		schema func(n int) string
	}{
		{"properties", 100, func(n int) string {
			return `{"properties":{` + numbered(`"%d":{"type":"string","maxLength":5}`, n) + `}}`
		}},
		{"alternatives", 100, func(n int) string { return `{"anyOf":` + list(`{"type":"string"}`, n) + `}` }},
		{"references", 50, func(n int) string {
			return `{"type":"object","$defs":{` + numbered(`"d%d":{"type":"string"}`, n) + `},"properties":{` + numbered(`"%[1]d":{"$ref":"#/$defs/d%[1]d"}`, n) + `}}`
		}},
		{"patterns", 40, func(n int) string { return `{"anyOf":[` + numbered(`{"pattern":"^[a-z]{50}%d$"}`, n) + `]}` }},
		{"patterns that no engine reads", 80, func(n int) string {
			return `{"type":"string","patternProperties":{` + numbered(`"(%d":{}`, n) + `}}`
		}},
		{"an enum", 3000, func(n int) string { return `{"enum":[` + numbered("%d", n) + `]}` }},
		{"a deep enum", 3000, func(n int) string { return nestedSchema(90, `{"enum":[`+numbered("%d", n)+`]}`) }},
		{"required", 3000, func(n int) string { return `{"required":[` + numbered(`"%d"`, n) + `]}` }},
		{"escapes", 4_000, func(n int) string { return `{"type":"string","pattern":"` + strings.Repeat(`\\u0061`, n) + `"}` }},
		{"escapes that do not end", 5_000, func(n int) string { return `{"type":"string","pattern":"` + strings.Repeat(`\\u{`, n) + `"}` }},
		{"draft 4", 100, func(n int) string {
			return `{` + draft4 + `"properties":{` + numbered(`"%d":{"required":true}`, n) + `}}`
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			linear.Check(t, tt.n, func(n int) func() {
				written := json.RawMessage(tt.schema(n))
				return func() {
					if _, err := schema.Compile(t.Context(), written); err != nil {
						t.Fatal(err)
					}
				}
			})
		})
	}
}

func TestCheckingTakesLinearTime(t *testing.T) {
	text := func(char string) func(int) string {
		return func(n int) string { return `"` + strings.Repeat(char, n) + `"` }
	}
	for _, tt := range []struct {
		name, schema string
		n            int
		answer       func(n int) string
	}{
		{"a pattern", `{"pattern":"^(a|b)*c"}`, 50_000, text("a")},
		{"a pattern of the second engine", `{"pattern":"^(?=a)a*$"}`, 40_000, text("a")},
		{"patterns of many texts", `{"items":{"pattern":"^[a-z]+[0-9]$"}}`, 3_000, func(n int) string { return "[" + numbered(`"abc%d"`, n) + "]" }},
		{"names", `{"propertyNames":{"pattern":"^k"},"additionalProperties":{"type":"null"}}`, 3_000, func(n int) string { return "{" + numbered(`"k%d":1`, n) + "}" }},
		{"many patterns of names", `{"patternProperties":{` + numbered(`"a%d":{}`, 20) + `},"additionalProperties":false}`, 1_500, func(n int) string { return "{" + numbered(`"k%d":1`, n) + "}" }},
		{"an enum", `{"items":{"enum":[` + numbered("1%d", 20_000) + `]}}`, 8_000, func(n int) string { return list("119999", n) }},
		{"an enum of other values", `{"items":{"enum":[` + numbered("1%d", 20_000) + `]}}`, 5_000, func(n int) string { return list("2", n) }},
		{"a constant", `{"items":{"const":[` + numbered("%d", 20_000) + `]}}`, 8_000, func(n int) string { return list("1", n) }},
		{"unique items", `{"uniqueItems":true}`, 8_000, func(n int) string { return "[" + numbered("%d", n) + "]" }},
		{"members", `{"additionalProperties":{"type":"integer"}}`, 4_000, func(n int) string { return "{" + numbered(`"%d":1`, n) + "}" }},
		{"violations", `{"items":{"type":"string"}}`, 4_000, func(n int) string { return list("1", n) }},
		{"values that are not valid", `{"type":"null"}`, 10_000, func(n int) string { return strings.Repeat(`{"a":1} `, n) }},
		{"a text between others", `{"type":"object"}`, 20_000, func(n int) string { return strings.Repeat("a [ b { \"", n) + "{}" }},
		{"objects that do not end", `{"type":"null"}`, 15_000, func(n int) string { return strings.Repeat(`{"a":`, n) }},
		{"lists in texts", `{"type":"null"}`, 15_000, func(n int) string { return strings.Repeat(`["\"[`, n) }},
		{"fences", `{"type":"null"}`, 8_000, func(n int) string { return strings.Repeat("```json\n{}\n```\n", n) }},
		{"fences that do not end", `{"type":"null"}`, 20_000, func(n int) string { return strings.Repeat("```\n", n) }},
		{"a date", `{"format":"date"}`, 200_000, text("1")},
		{"an address", `{"format":"uri"}`, 200_000, text("a")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			compiled, err := schema.Compile(t.Context(), json.RawMessage(tt.schema))
			if err != nil {
				t.Fatal(err)
			}
			linear.Check(t, tt.n, func(n int) func() {
				answer := tt.answer(n)
				return func() { compiled.Read(t.Context(), answer) }
			})
		})
	}
}

func TestReadingJSONTakesLinearTime(t *testing.T) {
	for _, tt := range []struct {
		name string
		n    int
		text func(n int) string
		read func(json.RawMessage)
	}{
		{"escapes", 40_000, func(n int) string { return `"` + strings.Repeat(`\u0041`, n) + `"` }, func(raw json.RawMessage) { schema.Readable(raw) }},
		{"texts", 10_000, func(n int) string { return list(`"\u0041"`, n) }, func(raw json.RawMessage) { schema.Readable(raw) }},
		{"members", 5_000, func(n int) string { return "{" + numbered(`"%d":1`, n) + "}" }, func(raw json.RawMessage) { _, _ = schema.Members(raw) }},
		{"repeated members", 5_000, func(n int) string { return `{"b":1` + strings.Repeat(`,"a":1`, n) + "}" }, func(raw json.RawMessage) { _, _ = schema.Members(raw) }},
		{"items", 10_000, func(n int) string { return list("1", n) }, func(raw json.RawMessage) { _, _ = schema.Items(raw) }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			linear.Check(t, tt.n, func(n int) func() {
				text := json.RawMessage(tt.text(n))
				return func() { tt.read(text) }
			})
		})
	}
}

// Each of these took seconds or gigabytes: a schema is at most 256 KiB, and what it may
// cost is known before it is spent. All that is allocated bounds what is held at once.
func TestHostileSchemasAreCheap(t *testing.T) {
	const maxAllocated = 400 << 20
	longName := strings.Repeat("n", 1_000)
	deep := func(inner string) string {
		return strings.Repeat(`{"properties":{"`+longName+`":`, 48) + inner + strings.Repeat("}}", 48)
	}
	longID := `"$id":"http://a/` + strings.Repeat("x", 90_000) + `",`
	for _, tt := range []struct{ name, schema, says string }{
		{"large repeats", `{"anyOf":[` + numbered(`{"pattern":"a{1000}%d"}`, 9_000) + `]}`, "$.anyOf[99].pattern: the patterns are too large"},
		{"classes in a class", `{"properties":{"a":{"pattern":"[` + strings.Repeat(`\\pL`, 60_000) + `]"}}}`, "$.properties.a.pattern: the patterns are too large"},
		{"classes", `{"pattern":"` + strings.Repeat(`\\pL`, 60_000) + `"}`, "$.pattern: the patterns are too large"},
		{"ranges in any case", `{"pattern":"(?i)[` + strings.Repeat(`!-\uFFF0`, 25_000) + `]"}`, "$.pattern: the patterns are too large"},
		{"classes in any case", `{"patternProperties":{"(?i)` + strings.Repeat(`\\pL`, 60_000) + `":{}}}`, "the patterns are too large"},
		{"lookaheads", `{"anyOf":[` + numbered(`{"pattern":"(?=((a{1000}){1000}){1000})%d"}`, 5_000) + `]}`, "].pattern: the patterns are too large"},
		{"unreadable patterns at a long place", deep(`{"anyOf":` + list(`{"pattern":"("}`, 9_500) + `}`), "are allowed"},
		{"unreadable names at a long place", deep(`{"patternProperties":{` + numbered(`"(%d":{}`, 9_500) + `}}`), "$.properties.n"},
		{"anchors under a long address", `{` + longID + `"anyOf":[` + numbered(`{"$anchor":"a%d"}`, 7_500) + `]}`, "$.anyOf[45]: the addresses"},
		{"references to them", `{` + longID + `"anyOf":[` + numbered(`{"$ref":"#a%d"}`, 7_500) + `]}`, "$.anyOf[22].$ref: the addresses"},
		{"references from a long address", `{` + longID + `"anyOf":` + list(`{"$ref":"b:"}`, 9_500) + `}`, "$.anyOf[22].$ref: the addresses"},
		{"addresses that stay", `{"$dynamicRef":"#","anyOf":[` + numbered(`{"$id":"x:%d"}`, 9_000) + `]}`, "$.anyOf[1000]: it is one of 9001 schemas with an address"},
		{"references to many", `{"$defs":{` + numbered(`"%d":{}`, 9_000) + `},"anyOf":` + list(`{"$ref":"#/$defs/8999"}`, 5_500) + `}`, "are allowed"},
		{"as many schemas as are allowed", `{"allOf":` + list(`{"type":"string"}`, 9_990) + `}`, ""},
		{"a deep enum", nestedSchema(98, `{"enum":`+list("1", 125_000)+`}`), ""},
		{"wrong types", `{"properties":{` + numbered(`"%d":{"type":1}`, 9_900) + `}}`, ".type: value must be one of"},
		{"escapes", `{"type":"string","description":"` + strings.Repeat(`\\u0041`, 35_000) + `"}`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if len(tt.schema) > 256<<10 {
				t.Fatalf("the schema has %d bytes", len(tt.schema))
			}
			var err error
			allocated := allocatedBy(func() { _, err = schema.Compile(t.Context(), json.RawMessage(tt.schema)) })
			if allocated > maxAllocated {
				t.Errorf("it took %d MB", allocated>>20)
			}
			if said := fmt.Sprint(err); (err != nil) != (tt.says != "") || !strings.Contains(said, tt.says) && tt.says != "" {
				t.Errorf("got %.300s, want %q", said, tt.says)
			}
		})
	}
}

// allocatedBy returns how many bytes work allocates.
func allocatedBy(work func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	work()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// Each of these took seconds or gigabytes, of a schema in a line.
func TestHostileAnswersAreCheap(t *testing.T) {
	const maxAllocated = 300 << 20
	for _, tt := range []struct{ name, schema, answer string }{
		{"empty lists", `{"type":"object"}`, list("[]", 3<<20)},
		{"empty objects", `{"required":["a"]}`, `{"b":` + list("{}", 3<<20) + `}`},
		{"numbers", `{"items":{"const":0}}`, list("1", 4<<20)},
		{"a constant of many numbers", `{"items":{"const":[` + numbered("%d", 20_000) + `]}}`, list("1", 3_000_000)},
		{"an enum of many numbers", `{"items":{"enum":[` + numbered("%d", 20_000) + `]}}`, list("1", 3_000_000)},
		{"a regular expression", `{"format":"regex"}`, `"` + strings.Repeat("(a)", 1<<19) + `"`},
		{"a class of classes", `{"format":"regex"}`, `"[` + strings.Repeat(`\\pL`, 1<<17) + `]"`},
		{"classes of classes", `{"items":{"format":"regex"}}`, list(`"[`+strings.Repeat(`\\pL`, 1_000)+`]"`, 500)},
		{"dashes for a UUID", `{"format":"uuid"}`, `"` + strings.Repeat("-", 8<<20) + `"`},
		{"slashes for a template", `{"format":"uri-template"}`, `"` + strings.Repeat("/", 8<<20) + `"`},
		{"many wrong members", `{"additionalProperties":false}`, `{` + numbered(`"k%d":1`, 100_000) + `}`},
		{"a long wrong member", `{"allOf":` + list(`{"additionalProperties":false}`, 9) + `}`, `{"` + strings.Repeat("k", 4<<20) + `":1}`},
		{"a long wrong address", `{"allOf":` + list(`{"format":"uri"}`, 9) + `}`, `"` + strings.Repeat("k", 4<<20) + `"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			compiled, err := schema.Compile(t.Context(), json.RawMessage(tt.schema))
			if err != nil {
				t.Fatal(err)
			}
			var data json.RawMessage
			var wrong []string
			allocated := allocatedBy(func() { data, wrong = compiled.Read(t.Context(), tt.answer) })
			if allocated > maxAllocated || data != nil || len(wrong) != 1 || len(wrong[0]) > 3_000 {
				t.Errorf("it took %d MB; got data of %d bytes and %.500q", allocated>>20, len(data), wrong)
			}
		})
	}
}

// What nobody waits for any more is not begun, and ends where it is.
func TestWorkEndsWithItsContext(t *testing.T) {
	t.Parallel()
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := schema.Compile(ended, json.RawMessage(`{"type":"object"}`)); err != context.Canceled { //nolint:errorlint // it is returned as it is
		t.Errorf("compiling: got %v", err)
	}
	compiled, err := schema.Compile(t.Context(), json.RawMessage(`{"items":{"pattern":"^(?!b)"}}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, answer := range []string{`[]`, "so: []", "```\n[]\n```", list(`"a"`, 100_000)} {
		if data, wrong := compiled.Read(ended, answer); data != nil || wrong != nil {
			t.Errorf("%.20s: got %.20q, %q", answer, data, wrong)
		}
	}
	// The budget asks now and then while it checks.
	asked := &askedContext{Context: t.Context(), left: 20}
	if data, wrong := compiled.Read(asked, list(`"a"`, 100_000)); data != nil || wrong != nil {
		t.Errorf("got %.20q, %q", data, wrong)
	}
}

// askedContext ends after it was asked a number of times.
type askedContext struct {
	context.Context
	left int
}

func (c *askedContext) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}
