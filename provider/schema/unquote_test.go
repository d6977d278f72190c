package schema_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/schema"
)

func unquoteSeeds() map[string]string {
	pad := func(n int, text string) string { return `"` + strings.Repeat("a", n) + text + `"` }
	seeds := map[string]string{
		"short": `"a\n"`, "empty": `""`, "null": `null`, "number": `1`, "nothing": ``, "open": `"a`, "two": `"a" "b"`,
		"all escapes": `"` + strings.Repeat(`\u00e9`, 30_000) + `"`,
		"pairs":       `"` + strings.Repeat(`\ud83d\ude00`, 20_000) + `"`,
		"emoji":       `"` + strings.Repeat("😀", 40_000) + `"`,
		"lone":        `"` + strings.Repeat(`\ud83dx`, 20_000) + `"`,
		"not UTF-8":   `"` + strings.Repeat("\xff\xc3a", 40_000) + `"`,
		"control":     pad(70_000, "\x01"), "bad escape": pad(70_000, `\x`), "bad hex": pad(70_000, `\u00`), "quote inside": pad(70_000, `"b`),
		"open and long":     `"` + strings.Repeat("a", 70_000),
		"open after escape": `"` + strings.Repeat("a", 70_000) + `\"`,
	}
	for n := 64<<10 - 13; n < 64<<10+3; n++ { // around where a part ends
		for _, end := range []string{`\ud83d\ude00b`, `\n\"\\b`, "é😀b", `\\\\b`} {
			seeds[end+" at "+string(rune('a'+n%26))] = pad(n, end)
		}
	}
	return seeds
}

func TestUnquoteDecodesAsJSONDoes(t *testing.T) {
	for name, quoted := range unquoteSeeds() {
		t.Run(name, func(t *testing.T) { unquote(t, []byte(quoted)) })
	}
}

func FuzzUnquote(f *testing.F) {
	for _, part := range []string{`\ud83d\ude00`, `\n`, "é", `\\`, `\"`, `\u00e9`, "\xff", `\ud83d`} {
		f.Add(part, uint16(9_000))
	}
	f.Fuzz(func(t *testing.T, part string, times uint16) {
		unquote(t, []byte(`"`+strings.Repeat(part, min(int(times), 200_000/max(1, len(part))))+`"`))
	})
}

func unquote(t *testing.T, quoted []byte) {
	t.Helper()
	var want string
	errWant := json.Unmarshal(quoted, &want)
	got, err := schema.Unquote(quoted)
	if (err == nil) != (errWant == nil) {
		t.Fatalf("got %v, want %v", err, errWant)
	}
	if err == nil && got != want {
		t.Errorf("got %d bytes, want %d, or other ones", len(got), len(want))
	}
}
