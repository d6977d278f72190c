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
		{"a draft", `draft {"n":1} … corrected {"n":2}`, []string{`{"n":2}`, `{"n":1}`}},
		{"a draft in a fence", "```json\n{\"n\":1}\n```\nOr rather: {\"n\":2}", []string{`{"n":2}`, `{"n":1}`}},
		{"drafts in fences", "```json\n{\"n\":1}\n```\nNo:\n```json\n{\"n\":2}\n```", []string{`{"n":2}`, `{"n":1}`}},
		{"a fence within a value", "so: {\"a\":\"\\n```\\n\"}", []string{"{\"a\":\"\\n```\\n\"}"}},
		{"a whole draft, and then cut off", `draft {"n":1} … corrected {"n":`, []string{`{"n":1}`}},
		{"thinking that has no end", `<think>{"x":1}`, nil},
		{"thinking of two parts", `<think>a</think>{"x":1}</think>{"a":1}`, []string{`{"a":1}`, `{"x":1}`}},
		{"a mark of thinking in a value", `{"a":"</think>"}`, []string{`{"a":"</think>"}`}},
		{
			"an analysis channel", `<|channel|>analysis<|message|>so {"x":1}<|end|><|start|>assistant<|channel|>final<|message|>{"a":1}<|return|>`,
			[]string{`{"a":1}`},
		},
		{
			"a final channel with words", `<|channel|>analysis<|message|>{"x":1}<|end|><|channel|>final <|constrain|>json<|message|>It is {"a":1}`,
			[]string{`{"a":1}`},
		},
		{"an analysis channel alone", `<|channel|>analysis<|message|>{"x":1}`, nil},
		{"brackets that close nothing", `a] b} {"a":1} c}`, []string{`{"a":1}`}},
		{"a broken value with whole parts", `{"a":{"b":1},"c":[1,{"d":2}],e}`, []string{`[1,{"d":2}]`, `{"b":1}`}},
		{"a quote in prose", `the ["sign and {"a":1}`, []string{`{"a":1}`}},
		{"a broken escape", `{"a":"\x","b":{"c":1}} {"d":1}`, []string{`{"d":1}`, `{"c":1}`}},
		{"a broken number", `[01,{"a":1}]`, []string{`{"a":1}`}},
		{"a missing colon", `{"a" 1} {"b":2}`, []string{`{"b":2}`}},
		{"a missing comma", `[1 2] [{"a":1} {"b":2}]`, []string{`{"b":2}`, `{"a":1}`}},
		{"a name that is no text", `{1:2} {[1]:2}`, []string{`[1]`}},
		{"the wrong bracket", `{"a":[1} ]`, nil},
		{"after many quotes", strings.Repeat(`["`, 20_001) + ` x {"a":1}`, []string{`{"a":1}`}},
		{"after many values", strings.Repeat(`[1]`, 20_000) + ` {"a":1}`, append([]string{`{"a":1}`}, slices.Repeat([]string{`[1]`}, maxValues-1)...)},
		{"a byte order mark", "\uFEFF{}", []string{`{}`}},
		{"brackets without end", strings.Repeat("[", 20_000), nil},
		{"after many brackets", strings.Repeat("{", 20_000) + ` {"a":1}`, []string{`{"a":1}`}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, found := range findJSON(t.Context(), tt.answer) {
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
		`draft {"a":1} … corrected {"a":[2]}`, `<|channel|>analysis<|message|>{}<|end|><|channel|>final<|message|>{"a":1}`, `["[\"{`, `[01,{"a":1}] "`,
		`{"a" 1}]{"a":1}`, "[\"a\nb\"{\"a\":1}",
	} {
		f.Add(seed)
	}
	schema, err := Compile(f.Context(), json.RawMessage(`{"type":"object","required":["a"],"properties":{"a":{"type":["integer","array"]}}}`))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, answer string) {
		found := findJSON(t.Context(), answer)
		for _, value := range found {
			if !strings.Contains(answer, string(value)) {
				t.Errorf("%q is not in the answer %q", value, answer)
			}
			if !json.Valid(value) || len(bytes.TrimSpace(value)) != len(value) {
				t.Errorf("%q is not one JSON value", value)
			}
		}
		data, violations := schema.Read(t.Context(), answer)
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

// Every valid object or list that stands in a text for itself is found, and takes
// linear time.
func TestValuesBetweenHostileText(t *testing.T) {
	t.Parallel()
	const answer = `{"a":[1,{"b":"c"}]}`
	for _, piece := range []string{`[`, `{`, `["`, `{"`, `{"a":`, `{"a":{`, `[[1],`, "[\"\n", `["\"[`, `[]`, `"`, `\`, `[1,"[`, `{"[":`, "```\n", "```json\n{"} {
		for _, n := range []int{1, 2, 3, 10, 200_000} {
			text := strings.Repeat(piece, n) + " so, the answer is:\n" + answer
			found := findJSON(t.Context(), text)
			if len(found) == 0 || string(found[0]) != answer {
				t.Errorf("%q, %d times: got %.100q", piece, n, found)
			}
		}
	}
}

// A value that is not valid does not hide one that is.
func TestTheLastValidValueCounts(t *testing.T) {
	t.Parallel()
	schema, err := Compile(t.Context(), json.RawMessage(`{"type":"object","properties":{"n":{"type":"integer"}},"required":["n"]}`))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ answer, want, says string }{
		{`draft {"n":1} … corrected {"n":2}`, `{"n":2}`, ""},
		{`It is {"n":1}, unlike {"n":"a"} and [2].`, `{"n":1}`, ""},
		{`It is {"n":1} and {"n":2}, unlike {"m":3}.`, `{"n":2}`, ""},
		{`{"n":1} {"n":"a"} [1]`, `{"n":1}`, ""},
		{`{"m":1} {"n":"a"} [1]`, "", "$.n: got string, want integer"},
		{`[1] [2]`, "", "$: got array, want object"},
	} {
		data, wrong := schema.Read(t.Context(), tt.answer)
		if string(data) != tt.want || strings.Join(wrong, "") != tt.says {
			t.Errorf("%s: got %s, %q", tt.answer, data, wrong)
		}
	}
}
