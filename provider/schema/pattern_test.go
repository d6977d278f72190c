package schema_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/schema"
)

// Patterns mean what they mean in ECMAScript.
func TestPatterns(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		pattern            string
		matched, unmatched []string
	}{
		{`^(?!^[-+.]*$)[+-]?0*\d*\.?\d*$`, []string{"1.5", "-0", "+.5"}, []string{"", "-", ".", "1,5"}}, // pydantic's Decimal
		{`^(?=.*[A-Z])(?=.*\d).{8,}$`, []string{"Password1"}, []string{"password1", "Pass1"}},
		{`^(?:(?!bad).)*$`, []string{"good"}, []string{"a bad one"}},
		{`(?<=\$)\d+`, []string{"$5"}, []string{"5"}},
		{`^\u00e9+$`, []string{"é"}, []string{"e"}},
		{`^[\u4e00-\u9fff]+$`, []string{"中文"}, []string{"abc"}},
		{`^\ud83d\ude00$`, []string{"😀"}, []string{"😁"}},
		{`^\u{1f600}$`, []string{"😀"}, []string{"u"}},
		{`^.$`, []string{"😀"}, []string{"ab", "\r", "\u2028"}},
		{`^[^]$`, []string{"a", "\n"}, []string{""}},
		{`^[.]$`, []string{"."}, []string{"a"}},
		{`^\d$`, []string{"1"}, []string{"٣"}},
		{`^(?=.)\d$`, []string{"1"}, []string{"٣"}},
		{`^\w$`, []string{"a", "_"}, []string{"é"}},
		{`^\s$`, []string{" ", "\u00a0", "\ufeff", "\v"}, []string{"a"}},
		{`^\S[\s]$`, []string{"a\u00a0"}, []string{"\u00a0a"}},
		{`^a$`, []string{"a"}, []string{"a\n"}},
		{`^(?=a)a$`, []string{"a"}, []string{"a\n"}},
		{`^[a-z]{1,2000}$`, []string{strings.Repeat("a", 2_000)}, []string{strings.Repeat("a", 2_001), ""}},
		{`^(?:[a-z]{1,500}-){1,500}$`, []string{"a-b-"}, []string{"a"}},
		{`^(a|b)\1$`, []string{"aa"}, []string{"ab"}},
		{`^(?<year>\d{4})-\d\d$`, []string{"2026-01"}, []string{"26-01"}},
		{`^(?<c>.)\k<c>$`, []string{"aa"}, []string{"ab"}},
		{`^\p{L}+$`, []string{"é"}, []string{"1"}},
		{`^\p{Script=Greek}+$`, []string{"α"}, []string{"a"}},
		{`^https?:\/\/a\-b$`, []string{"https://a-b"}, []string{"https:a-b"}},
		{`^\cA[\b]$`, []string{"\x01\b"}, []string{"cAb"}},
		{`^\_\@$`, []string{"_@"}, []string{"a"}},
		{`^(?i)abc$`, []string{"ABC"}, []string{"abd"}},    // Go's and Python's
		{`\Aab\z`, []string{"ab"}, []string{"cab"}},        // Go's
		{`^(?P<n>a)$`, []string{"a"}, []string{"b"}},       // Go's and Python's
		{`^[[:alpha:]]+$`, []string{"a"}, []string{"1"}},   // Go's
		{`\Qa.b\E`, []string{"a.b"}, []string{"a\rb", ""}}, // Go's
	} {
		t.Run(tt.pattern, func(t *testing.T) {
			t.Parallel()
			text, _ := json.Marshal(tt.pattern)
			for _, form := range []string{
				`{"type":"string","pattern":%s}`, `{"propertyNames":{"pattern":%s},"type":["string","object"]}`,
				`{"patternProperties":{%s:true},"additionalProperties":false,"type":["string","object"]}`,
			} {
				isOfName := !strings.HasPrefix(form, `{"type"`)
				compiled, err := schema.Compile(t.Context(), fmt.Appendf(nil, form, text))
				if err != nil {
					t.Fatal(err)
				}
				if compiled.Adapted != nil || !strings.Contains(string(compiled.WithoutAnnotations), strings.Trim(form[:9], `{"`)) {
					t.Errorf("got %q, sent as %s", compiled.Adapted, compiled.WithoutAnnotations)
				}
				check := func(value string, want bool) {
					answer, _ := json.Marshal(value)
					if isOfName {
						answer = []byte("{" + string(answer) + ":1}")
					}
					if data, wrong := compiled.Read(t.Context(), string(answer)); (data != nil) != want {
						t.Errorf("%s against %s: got %q, want valid: %v", answer, compiled.Text, wrong, want)
					}
				}
				for _, value := range tt.matched {
					check(value, true)
				}
				for _, value := range tt.unmatched {
					check(value, false)
				}
			}
		})
	}
}

// What no engine reads costs the pattern, and the caller is told.
func TestUnreadablePatterns(t *testing.T) {
	t.Parallel()
	const unreadable = "is not a regular expression that can be read: ("
	for _, tt := range []struct{ name, schema, sent, adapted, valid, invalid string }{
		{
			"a pattern", `{"type":"object","properties":{"a b":{"type":"string","pattern":"("}}}`,
			`{"type":"object","properties":{"a b":{"type":"string"}}}`,
			`$.properties["a b"].pattern ` + unreadable, `{"a b":"c"}`, `{"a b":1}`,
		},
		{
			"the name of properties", `{"patternProperties":{"(":{"type":"string"},"^a":{"type":"string"}}}`,
			`{"patternProperties":{"^a":{"type":"string"}}}`,
			`$.patternProperties has a name that ` + unreadable, `{"(":1}`, `{"a":1}`,
		},
		{
			"the name of the only properties", `{"type":"object","patternProperties":{"(":{"type":"string"}},"additionalProperties":false}`,
			`{"type":"object"}`,
			`$.patternProperties has a name that is not a regular expression that can be read, so additional properties are allowed: (`,
			`{"a":1}`, `1`,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			checkSchema(t, tt.schema, tt.sent, []string{tt.valid}, []string{tt.invalid})
			compiled, err := schema.Compile(t.Context(), json.RawMessage(tt.schema))
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(compiled.Adapted, []string{tt.adapted}) {
				t.Errorf("got %q, want %q", compiled.Adapted, tt.adapted)
			}
		})
	}
	_, err := schema.Compile(t.Context(), json.RawMessage(`{"pattern":"("}`))
	if err == nil || !strings.Contains(err.Error(), "asserts nothing") || !strings.Contains(err.Error(), unreadable) {
		t.Errorf("nothing but such a pattern: got %v", err)
	}
}

// Each of these would take from seconds to forever; what bounds them is the work, not
// the machine.
func TestHostilePatterns(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("a", 1<<20)
	for _, tt := range []struct{ name, pattern, value string }{
		{"exponential", `^(?=a)(a|aa)+(?!a)b$`, long[:100]},
		{"exponential, backreferences", `^(a*)*\1b$`, long[:100]},
		{"many tries", `^(?!b)(a?){1000}(?=b)`, long},
		{"many tries within many", `^(?!b)((a?){1000}){1000}b`, long[:100]},
		{"much memory", `^(?!b)(a|b|(c|d)*)*e`, long},
		{"quadratic", `(?!b)a*a*a*b`, long},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			compiled, err := schema.Compile(t.Context(), json.RawMessage(`{"items":{"pattern":`+strconv.Quote(tt.pattern)+`}}`))
			if err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			if data, wrong := compiled.Read(t.Context(), list(strconv.Quote(tt.value), 8)); !slices.Equal(wrong, []string{tooMuchWork}) {
				t.Errorf("got data of %d bytes and %.200q, want %q", len(data), wrong, tooMuchWork)
			}
			if took := time.Since(start); took > time.Minute { // a busy machine is slow
				t.Errorf("took %s", took)
			}
		})
	}
}

// All patterns of a schema together are bounded before they are compiled.
func TestManyPatterns(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, pattern string }{
		{"repeats", `a{1000}%d`},
		{"lookaheads", `(?=a)%d`},
		{"groups in groups", strings.Repeat("(a?", 45) + "(?=b)" + strings.Repeat(")?", 45) + "%d"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			one := `{"pattern":"` + tt.pattern + `"}`
			written := `{"anyOf":[` + numbered(one, 200_000/len(one)) + `]}`
			start := time.Now()
			_, err := schema.Compile(t.Context(), json.RawMessage(written))
			if err == nil || !strings.Contains(err.Error(), "the patterns are too large") || !strings.HasPrefix(err.Error(), "$.anyOf[") {
				t.Errorf("%d bytes: got %.200v", len(written), err)
			}
			if took := time.Since(start); took > time.Minute {
				t.Errorf("took %s", took)
			}
		})
	}
	for _, deep := range []string{strings.Repeat("(?=", 60) + strings.Repeat(")", 60), "(?=a)" + strings.Repeat("a", 20_000)} {
		compiled, err := schema.Compile(t.Context(), json.RawMessage(`{"type":"string","pattern":"`+deep+`"}`))
		if err != nil || len(compiled.Adapted) != 1 || len(compiled.Adapted[0]) > 1_000 {
			t.Errorf("%.20s…: got %v, want it to be left out", deep, err)
		}
	}
}
