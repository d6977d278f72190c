package text_test

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"unicode"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
)

func TestExcerpt(t *testing.T) {
	for _, test := range []struct {
		name, in string
		limit    int
		want     string
	}{
		{"short", "hello", 5, "hello"},
		{"one more than fits", "hello!", 5, "hello…"},
		{"characters, not bytes", "ééé", 3, "ééé"},
		{"nothing fits", "a", 0, "…"},
		{"empty", "", 0, ""},
		{"outer blanks", "  a \n", 5, "a"},
		{"lines", "a\nb\tc\r", 9, "a b c"},
		{"escape sequence", "a\x1b[31mb\x7f\u0085c", 20, "a [31mb  c"},
		{"no-break space", "a\u00a0b", 9, "a b"},
		{"invisible", "a\u200b\u202eb", 9, "a\ufffd\ufffdb"},
		{"not UTF-8", "a\xffb", 9, "a\ufffdb"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := text.Excerpt(test.in, test.limit); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestLines(t *testing.T) {
	for in, want := range map[string]string{
		"a\n\tb\r\nc": "a\n\tb\nc",
		"\x1b[31mred\x1b]8;;http://x\a\u009b2J\x7f": "\ufffd[31mred\ufffd]8;;http://x\ufffd\ufffd2J\ufffd",
		"\u202eabc\u202c \u2066x\u2069":             "\ufffdabc\ufffd \ufffdx\ufffd",
		"👩\u200d💻 می\u200cخواهم — “é” \u00a0 שלום":  "👩\u200d💻 می\u200cخواهم — “é” \u00a0 שלום",
		"": "",
	} {
		if got := text.Lines(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
	}
}

func TestEscapeJSON(t *testing.T) {
	value := map[string]string{"é\u202e": "a\x1b\u009b\x7f\u200d\u2028\U000e0041\n\t👩b"}
	encoded, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	got := text.EscapeJSON(string(encoded))
	if strings.ContainsFunc(got, func(r rune) bool { return r != '\n' && !unicode.IsPrint(r) }) {
		t.Errorf("%q holds what does not print", got)
	}
	var back map[string]string
	if err := json.Unmarshal([]byte(got), &back); err != nil || !maps.Equal(back, value) {
		t.Errorf("%s is read as %q, %v", got, back, err)
	}
}

func TestCount(t *testing.T) {
	for n, want := range map[int]string{0: "0 models", 1: "1 model", 2: "2 models"} {
		if got := text.Count(n, "model"); got != want {
			t.Errorf("%d: %q", n, got)
		}
	}
}

func TestNumber(t *testing.T) {
	for v, want := range map[float64]string{0.04: "0.04", 1e21: "1000000000000000000000", 128000: "128000", -1e-7: "-0.0000001"} {
		if got := text.Number(v); got != want {
			t.Errorf("%g: %q", v, got)
		}
	}
}
