package text_test

import (
	"testing"

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
