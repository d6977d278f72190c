package template

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/internal/linear"
)

const ada = `{"name":"Ada \"L\"","n":1.50,"big":12345678901234567890,"none":null,"on":true,"list":[1, 2],` +
	`"at":{"city":"Köln","zip":{"code":"050"},"a.b":"dotted"},"a.b":"dotted too","First Name":"A","input":"inner","x":{"input":"deep"}}`

func TestFill(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, template, item, want string }{
		{"text", "Say {{input}}!", "hi", "Say hi!"},
		{"twice", "{{input}}{{input}}", "a", "aa"},
		{"blanks", "{{ input }} {{\tinput\n}}", "a", "a a"},
		{"alone", "{{input}}", "", ""},
		{"nothing", "hello", "a", "hello"},
		{"empty", "", "a", ""},
		{"references in the item stay", "{{input}}", "{{input}} {{x", "{{input}} {{x"},
		{"single braces", "{input} {a} }{", "x", "{input} {a} }{"},
		{"closing braces", "}} a }}}", "x", "}} a }}}"},
		{"JSON", `{"a":{"b":{}}} {{input}}`, "x", `{"a":{"b":{}}} x`},
		{"within braces", `{"a":{{input}}}`, "1", `{"a":1}`},
		{"of a run the last two", "{{{input}}} {{{{input}}}}", "1", "{1} {{1}}"},
		{"a quote is no name", `{{"a":1}} {{input}}`, "x", `{{"a":1}} x`},
		{"no name", "{{}} {{ }} {{input}}", "x", "{{}} {{ }} x"},
		{"several lines", "{{a\nb}} {{input}}", "x", "{{a\nb}} x"},

		{"all of it", "{{input}}", `{"a": 1}`, `{"a": 1}`},
		{"field", "{{name}}", ada, `Ada "L"`},
		{"field of input", "{{input.name}}", ada, `Ada "L"`},
		{"numbers as written", "{{n}} {{big}}", ada, "1.50 12345678901234567890"},
		{"other values", "{{none}} {{on}} {{list}}", ada, "null true [1, 2]"},
		{"levels", "{{at.city}} {{input.at.zip.code}} {{at.zip}}", ada, `Köln 050 {"code":"050"}`},
		{"dots in names", "{{a.b}} {{at.a.b}}", ada, "dotted too dotted"},
		{"blanks in names", "{{First Name}}", ada, "A"},
		{"a field that is called input", "{{input.input}} {{x.input}}", ada, "inner deep"},
		{"within a field that is called input", "{{input.a}}", `{"input":{"a":1}}`, "1"},
		{"blanks around the object", "{{a}}", " {\"a\":\"b\"}\n", "b"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			parsed, err := Parse(tt.template)
			if err != nil {
				t.Fatal(err)
			}
			got, err := parsed.Fill(NewItem(tt.item), len(tt.want))
			if err != nil || got != tt.want {
				t.Errorf("got %q (%v), want %q", got, err, tt.want)
			}
		})
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, template, item, message, hint string }{
		{"unclosed", "Say {{input", "a", `"{{input" is not closed`, "{{input}}"},
		{"closed by one", "{{input} and {{input}}", "a", "not closed", "}}"},
		{"unclosed at the end", "{{input}} {{", "a", "not closed", "{ {"},
		{"unclosed before another", "{{input {{input}}", "a", "not closed", "}}"},
		{"too long", "{{" + strings.Repeat("n", 300) + "}}", "a", "not closed", "}}"},
		{"too deep", "{{" + strings.Repeat("n.", 20) + "n}}", "a", "more than 16 levels", "higher"},
		{"too many", strings.Repeat("{{input}}", 1001), "a", "more than 1000 references", "fewer"},
		{"field of a text", "{{name}}", "hello", `there is no field "name", because it is not a JSON object`, "{{input}}"},
		{"field of a list", "{{name}}", `[{"name":1}]`, "not a JSON object", "{{input}}"},
		{"field of an empty object", "{{name}}", `{}`, "not a JSON object with fields", "{{input}}"},
		{"unknown", "{{nam}}", `{"name":1,"age":2}`, `there is no field "nam"`, "its fields are {{age}}, {{name}}; {{input}} is all of it"},
		{"unknown of input", "{{input.nam}}", `{"name":1}`, `there is no field "input.nam"`, "{{name}}"},
		{"below a text", "{{name.first}}", `{"name":"Ada"}`, `there is no field "name.first"`, "{{name}}"},
		{"in another case", "{{Name}}", `{"name":1}`, `there is no field "Name"`, "{{name}}"},
		{"large", "{{input}}{{input}}", "aaa", "has 6 bytes", "split"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			parsed, err := Parse(tt.template)
			if err == nil {
				_, err = parsed.Fill(NewItem(tt.item), 5)
			}
			failed, ok := errors.AsType[*Error](err)
			if !ok || !strings.Contains(failed.Message, tt.message) || !strings.Contains(failed.Hint, tt.hint) {
				t.Errorf("got %+v", err)
			}
		})
	}
}

func TestUses(t *testing.T) {
	t.Parallel()
	for source, want := range map[string]bool{"": false, "hi {input} {{}}": false, "{{input}}": true, "{{name}}": true} {
		if parsed, err := Parse(source); err != nil || parsed.Uses() != want {
			t.Errorf("%q: %v", source, err)
		}
	}
}

func TestWorkIsLinear(t *testing.T) {
	fill := func(template, item string) func() {
		return func() {
			if parsed, err := Parse(template); err == nil {
				_, _ = parsed.Fill(NewItem(item), 1<<30)
			}
		}
	}
	for name, prepare := range map[string]func(n int) func(){
		"open braces": func(n int) func() { return fill(strings.Repeat(`{{"`, n)+"}}", "x") },
		"braces":      func(n int) func() { return fill(strings.Repeat("{", n)+"input}}", "x") },
		"nested objects": func(n int) func() {
			return fill("{{a.a.a.a.b}}", strings.Repeat(`{"a":`, 5)+strings.Repeat("1", n)+strings.Repeat("}", 5))
		},
		"many fields": func(n int) func() {
			return fill(strings.Repeat("{{a.b}}", 500), `{"a":{"b":"c"}`+strings.Repeat(`,"d":1`, n)+`}`)
		},
	} {
		t.Run(name, func(t *testing.T) { linear.Check(t, 40_000, prepare) })
	}
}

func FuzzTemplate(f *testing.F) {
	f.Add("Say {{input}} {{a.b}}", `{"a":{"b":1}}`)
	f.Add(`{{{input}}} {{"x"}} {{`, "text")
	f.Add("{{ a }}", ada)
	f.Fuzz(func(t *testing.T, source, text string) {
		parsed, err := Parse(source)
		if err != nil {
			return
		}
		size, err := parsed.Size(NewItem(text))
		if err != nil {
			if parsed.names == nil {
				t.Errorf("%q has no reference, and fails: %v", source, err)
			}
			return
		}
		filled, err := parsed.Fill(NewItem(text), size)
		if err != nil || len(filled) != size {
			t.Errorf("%q with %q has %d bytes, not %d (%v)", source, text, len(filled), size, err)
		}
		if !parsed.Uses() && filled != source {
			t.Errorf("%q became %q", source, filled)
		}
		if json.Valid([]byte(text)) && strings.Contains(source, "{{input}}") && !strings.Contains(filled, text) {
			t.Errorf("%q with %q is %q", source, text, filled)
		}
	})
}
