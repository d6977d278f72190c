package cli

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

func TestIndented(t *testing.T) {
	for compact, want := range map[string]string{
		`{}`:                      `{}`,
		`[]`:                      `[]`,
		`{"a":[1,-2.5e-7]}`:       "{\n  \"a\": [1,-2.5e-7]\n}",
		`{"a":["[1,2]",{"b":1}]}`: "{\n  \"a\": [\n    \"[1,2]\",\n    {\n      \"b\": 1\n    }\n  ]\n}",
		`["\\","\"",[[]],null]`:   "[\n  \"\\\\\",\n  \"\\\"\",\n  [\n    []\n  ],\n  null\n]",
	} {
		if got := indented([]byte(compact)); got != want {
			t.Errorf("%s is written\n%s, want\n%s", compact, got, want)
		}
	}
}

// Whatever the value is, what is written means the same, and a list that holds no numbers
// is written as by the standard library.
func FuzzIndented(f *testing.F) {
	for _, seed := range []string{`{"a":[1,2,[3,"x"]],"b":{}}`, `[-1]`, `"\\\""`, `[1,{"a":2}]`, `[[1],[]]`, `[1,"]",2]`, `0`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var compact bytes.Buffer
		if json.Compact(&compact, []byte(text)) != nil {
			return
		}
		written := indented(compact.Bytes())
		var again, want bytes.Buffer
		if err := json.Compact(&again, []byte(written)); err != nil || again.String() != compact.String() {
			t.Fatalf("%s is written\n%s: %v", compact.String(), written, err)
		}
		if !strings.ContainsAny(text, "-0123456789") && json.Indent(&want, compact.Bytes(), "", "  ") == nil && want.String() != written {
			t.Errorf("%s is written\n%s, want\n%s", compact.String(), written, want.String())
		}
	})
}
