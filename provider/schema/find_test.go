package schema

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestJSONInAnAnswer(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, answer string
		want         []string // in the order in which they are tried; nil means no candidate
	}{
		{"nothing", "", nil},
		{"white space", " \n\t", nil},
		{"an object", `{"a":1}`, []string{`{"a":1}`}},
		{"a list", `[1, 2]`, []string{`[1, 2]`}},
		{"a text", `"{\"a\":1}"`, []string{`"{\"a\":1}"`}},
		{"a number", `-1.50e3`, []string{`-1.50e3`}},
		{"null", `null`, []string{`null`}},
		{"white space around", "\r\n {} \n", []string{`{}`}},
		{"a fenced number", "```\n42\n```", []string{`42`}},
		{"a fence of another language is tried as well", "```python\nprint({})\n```", []string{`{}`}},
		{"a fence in one line", "```json {\"a\":1} ```", []string{`{"a":1}`}},
		{
			"a draft before a fence", `{"draft":1}` + "\n```json\n{\"a\":1}\n```",
			[]string{`{"a":1}`, `{"draft":1}`},
		},
		{"a fence within a text", "{\"code\":\"```\\n{}\\n```\"}", []string{"{\"code\":\"```\\n{}\\n```\"}"}},
		{"two values", `{"a":1}{"b":2}`, []string{`{"b":2}`, `{"a":1}`}},
		{"one in each line", "{\"a\":1}\n{\"b\":2}\n", []string{`{"b":2}`, `{"a":1}`}},
		{"what lies within another value is not tried", `so: {"a":{"b":1}}`, []string{`{"a":{"b":1}}`}},
		{"cut off", `{"a":1,"b":`, nil},
		{"cut off within a text", `{"a":"b`, nil},
		{"cut off within a list", `so: [{"a":1},{"a":`, nil},
		{"whole, and then cut off", `{"a":1} or {"a":`, []string{`{"a":1}`}},
		{"a trailing comma", `{"a":1,}`, nil},
		{"a comment", "{\"a\":1 /* one */}", nil},
		{"keys without quotes", `{a:1}`, nil},
		{"NaN", `{"a":NaN}`, nil},
		{"a line break in a text", "{\"a\":\"b\nc\"}", nil},
		{"brackets of prose", "I looked [1] at {it}: {\"a\":1}.", []string{`{"a":1}`, `[1]`}},
		{"reasoning in the answer", "<think>\n{\"x\":1}\n</think>\n{\"a\":1}", []string{`{"a":1}`}},
		{"reasoning that lacks its start", "{\"x\":1}</think>{\"a\":1}", []string{`{"a":1}`}},
		{"a byte order mark", "\uFEFF{}", []string{`{}`}},
		{"brackets without end", strings.Repeat("[", 20_000), nil},
		{"after many brackets", strings.Repeat("{", 20_000) + ` {"a":1}`, []string{`{"a":1}`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, found := range findJSON(tt.answer) {
				got = append(got, string(found))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("values (-want +got):\n%s", diff)
			}
		})
	}
}

// What is read out of a model's answer was written by the model, byte for byte,
// and is one whole JSON value; what is accepted is valid, and is one of these.
func FuzzJSONInAnAnswer(f *testing.F) {
	for _, seed := range []string{
		"", "{}", `{"a":1}`, "```json\n{\"a\":1}\n```", "```\n```", "``````", "```json", "so: [1] {\"a\":[{}]} and {", "</think>{}", "\uFEFF[]",
		`{"a":1e999999999}`, `{"a":"\ud800"}`, "{\"a\":\"\xff\"}", `{"a":1,"a":"b"}`, strings.Repeat("[", 200), strings.Repeat(`{"a":`, 50) + "1",
		strings.Repeat("```\n{}\n", 5), "{\"a\":\"```\\n{}\"}", "<think>{}", "null", "\"text\"", "-0.0e-0", "[1,2", "{'a':1}", "{\"a\":1}\x00",
	} {
		f.Add(seed)
	}
	schema, err := Compile(json.RawMessage(`{"type":"object","required":["a"],"properties":{"a":{"type":["integer","array"]}}}`))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, answer string) {
		found := findJSON(answer)
		for _, value := range found {
			if !strings.Contains(answer, string(value)) {
				t.Errorf("%q is not in the answer %q", value, answer)
			}
			if !json.Valid(value) || len(bytes.TrimSpace(value)) != len(value) {
				t.Errorf("%q is not one JSON value", value)
			}
		}
		data, violations := schema.Read(answer)
		switch {
		case data != nil && violations != nil, data == nil && (violations == nil) != (len(found) == 0):
			t.Errorf("%q returned the data %q and the violations %q", answer, data, violations)
		case data == nil:
			return
		case !slices.ContainsFunc(found, func(value json.RawMessage) bool { return bytes.Equal(value, data) }):
			t.Errorf("%q is accepted, which is none of the values", data)
		}
		var object map[string]json.RawMessage
		if err := json.Unmarshal(data, &object); err != nil || object["a"] == nil || strings.ContainsAny(string(object["a"][:1]), `"{tfn`) {
			t.Errorf("%q is accepted, which is not valid: %v", data, err)
		}
	})
}
