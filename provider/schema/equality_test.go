package schema_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/schema"
)

// Values are equal as JSON Schema says: numbers by what they are worth, objects
// whatever the order of their members.
func TestEqualValues(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		one, other string
		equal      bool
	}{
		{`1`, `1.0`, true},
		{`1500`, `1.50e3`, true},
		{`0`, `-0.0e7`, true},
		{`0.1`, `1E-1`, true},
		{`-10`, `-1e+1`, true},
		{`100000000000000000001`, `100000000000000000000`, false},
		{`1`, `-1`, false},
		{`1`, `10`, false},
		{`1`, `"1"`, false},
		{`1`, `true`, false},
		{`0`, `false`, false},
		{`null`, `"null"`, false},
		{`null`, `false`, false},
		{`""`, `[]`, false},
		{`[]`, `{}`, false},
		{`[[1],2]`, `[[1,2]]`, false},
		{`[1,2]`, `[2,1]`, false},
		{`["a","b"]`, `["a1:b"]`, false},
		{`["a","b"]`, `["a\u0004b"]`, false},
		{`"\u00e9"`, `"é"`, true},
		{`{"a":1,"b":[2]}`, `{"b":[2.0],"a":1e0}`, true},
		{`{"a":1}`, `{"a":2}`, false},
		{`{"a":1}`, `{"a":1,"b":1}`, false},
		{`{"a":"b"}`, `["a","b"]`, false},
	} {
		for _, pair := range [][2]string{{tt.one, tt.other}, {tt.other, tt.one}} {
			for _, check := range []struct {
				schema, value string
				valid         bool
			}{
				{`{"const":` + pair[0] + `}`, pair[1], tt.equal},
				{`{"enum":["other",` + pair[0] + `]}`, pair[1], tt.equal},
				{`{"uniqueItems":true}`, "[" + pair[0] + "," + pair[1] + "]", !tt.equal},
				{`{"not":{"const":` + pair[0] + `}}`, pair[1], !tt.equal},
			} {
				compiled, err := schema.Compile(t.Context(), json.RawMessage(check.schema))
				if err != nil {
					t.Fatal(err)
				}
				if data, wrong := compiled.Read(t.Context(), check.value); (data != nil) != check.valid {
					t.Errorf("%s against %s: got %q, want valid: %v", check.value, check.schema, wrong, check.valid)
				}
			}
		}
	}
}

func TestWhatIsSaidOfUnequalValues(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		schema, value string
		says          []string
	}{
		{`{"const":"a"}`, `"b"`, []string{"$: value must be 'a'"}},
		{`{"enum":["a",1]}`, `"b"`, []string{"$: value must be one of 'a', 1"}},
		{`{"uniqueItems":true}`, `[1,2,1.0]`, []string{"$: items at 0 and 2 are equal"}},
		{`{"type":"string","enum":["a"]}`, `1`, []string{"$: got number, want string"}},
	} {
		compiled, err := schema.Compile(t.Context(), json.RawMessage(tt.schema))
		if err != nil {
			t.Fatal(err)
		}
		if _, wrong := compiled.Read(t.Context(), tt.value); !slices.Equal(wrong, tt.says) {
			t.Errorf("%s against %s: got %q, want %q", tt.value, tt.schema, wrong, tt.says)
		}
	}
}

// Comparing each value with each other takes 15 minutes here, and is not needed.
func TestManyValuesAreCompared(t *testing.T) {
	t.Parallel()
	// Lists of one or more texts that are the same text, put together.
	alike := make([]string, 50_000)
	for i := range alike {
		var list strings.Builder
		list.WriteString(`["a`)
		for bit := range 16 {
			list.WriteString([]string{`\u0004a`, `","a`}[i>>bit&1])
		}
		alike[i] = list.String() + `"]`
	}
	for _, tt := range []struct{ name, schema, value string }{
		{"an enum of numbers", `{"items":{"enum":[` + numbered("1%d", 20_000) + `]}}`, list("119999", 100_000)},
		{"items that look alike", `{"uniqueItems":true}`, "[" + strings.Join(alike, ",") + "]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			compiled, err := schema.Compile(t.Context(), json.RawMessage(tt.schema))
			if err != nil {
				t.Fatal(err)
			}
			if data, wrong := compiled.Read(t.Context(), tt.value); data == nil {
				t.Errorf("got %.200q, want it to be valid", wrong)
			}
		})
	}
}

// What a model can write in one answer is far within the budget.
func TestALargeAnswerIsChecked(t *testing.T) {
	t.Parallel()
	optional := `{"anyOf":[{"type":"string","maxLength":100,"pattern":"^.{1,100}$"},{"type":"null"}]}`
	properties := make([]string, 20)
	members := make([]string, 20)
	for i := range properties {
		properties[i] = fmt.Sprintf(`"field_%d":%s`, i, optional)
		members[i] = fmt.Sprintf(`"field_%d":"a value of some words"`, i)
	}
	record := `{"type":"object","properties":{` + strings.Join(properties, ",") + `},"required":[` + numbered(`"field_%d"`, 20) +
		`],"additionalProperties":false}`
	compiled, err := schema.Compile(t.Context(), json.RawMessage(`{"type":"array","uniqueItems":false,"items":`+record+`}`))
	if err != nil {
		t.Fatal(err)
	}
	if data, wrong := compiled.Read(t.Context(), list("{"+strings.Join(members, ",")+"}", 1_000)); data == nil {
		t.Errorf("got %.200q, want it to be valid", wrong)
	}
}
