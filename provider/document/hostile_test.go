package document_test

import (
	"context"
	"errors"
	"runtime"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/document"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/internal/linear"
)

// pattern is a file of any length.
type pattern struct{ name, start, repeated, end string }

func (p pattern) file(n int) []byte {
	return []byte(p.start + strings.Repeat(p.repeated, n/len(p.repeated)+1) + p.end)
}

// patterns returns files that take each way through the package.
func patterns(t testing.TB) []pattern {
	t.Helper()
	all := []pattern{
		{name: "UTF-8", repeated: "Größe und Maß\n"},
		{name: "bad UTF-8", repeated: "Größe und Maß\n", end: "\xff"},
		{name: "UTF-16", start: "\xff\xfe", repeated: "a\x00 \x00"},
		{name: "UTF-16 without a mark", repeated: "a\x00 \x00"},
		{name: "zeros", repeated: "\x00"},
		{name: "one byte in lines", repeated: "\xe9\n"},
		{name: "one byte", repeated: "\xe9"},
		{name: "two bytes", repeated: "\x8d\x60"},
		{name: "escapes", repeated: "\x1b$B"},
		{name: "mixed", repeated: "Gr\xc3\xb6\xdfe "},
		{name: "declarations", repeated: "charset=", end: "\xe9"},
	}
	for _, s := range samples() {
		switch s.name {
		case "windows-1251", "Shift_JIS", "ISO-2022-JP", "GB18030":
			all = append(all, pattern{name: s.language + " in " + s.name, repeated: string(s.encode(t, s.text+"\n"))})
		}
	}
	return all
}

func TestTimeIsLinear(t *testing.T) {
	const n = 1 << 19 // more than the sample
	for _, p := range patterns(t) {
		linear.Check(t, n, func(n int) func() {
			data := p.file(n)
			return func() { _, _, _ = document.Text(context.Background(), data) }
		})
	}
}

func TestMemoryIsBounded(t *testing.T) {
	const n, least = 8 << 20, 64 << 20
	for _, p := range patterns(t) {
		data := p.file(n)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		text, _, _ := document.Text(t.Context(), data)
		runtime.ReadMemStats(&after)
		if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 12*n+least {
			t.Errorf("%s: %d MB for a file of %d MB", p.name, allocated>>20, n>>20)
		}
		if len(text) > 4*len(data) {
			t.Errorf("%s: %d bytes became %d", p.name, len(data), len(text))
		}
	}
}

// watched is a context that counts how often it is looked at, and ends after some looks.
type watched struct {
	context.Context
	looks, last int
}

func (c *watched) Err() error {
	if c.looks++; c.looks > c.last {
		return context.DeadlineExceeded
	}
	return nil
}

func TestContextIsLookedAt(t *testing.T) {
	const n = 4 << 20
	for _, p := range patterns(t) {
		whole := &watched{Context: t.Context(), last: n}
		if _, _, err := document.Text(whole, p.file(n)); errors.Is(err, context.DeadlineExceeded) || whole.looks < n>>20 {
			t.Errorf("%s: looked at the context %d times, %v", p.name, whole.looks, err)
		}
		ended := &watched{Context: t.Context(), last: 2}
		if _, _, err := document.Text(ended, p.file(n)); !errors.Is(err, context.DeadlineExceeded) || ended.looks > 10 {
			t.Errorf("%s: looked at the ended context %d times, %v", p.name, ended.looks, err)
		}
	}
}

// A line may be long, and its first letter beyond ASCII far behind its start.
func TestOneLongLine(t *testing.T) {
	for _, s := range samples() {
		ascii := strings.Repeat("{\"key\":12345},", 20_000)
		text := ascii + s.text + ascii + s.text
		got, name, err := document.Text(t.Context(), s.encode(t, text))
		if err != nil || got != text || name != s.name {
			t.Errorf("%s in %s: got %q, %v", s.language, s.name, name, err)
		}
	}
}

func FuzzText(f *testing.F) {
	for _, s := range samples() {
		f.Add(s.encode(f, s.text))
	}
	for _, p := range patterns(f) {
		f.Add(p.file(64))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		text, encoding, err := document.Text(t.Context(), data)
		var failure *document.Error
		switch {
		case errors.As(err, &failure):
			if failure.Message == "" || failure.Hint == "" || text != "" || encoding != "" {
				t.Errorf("got %q in %q with the error %q, hint %q", text, encoding, failure.Message, failure.Hint)
			}
		case err != nil:
			t.Error(err)
		case !utf8.ValidString(text), strings.Contains(text, "\x00"):
			t.Errorf("%q in %q is no text", text, encoding)
		case len(text) > 4*len(data):
			t.Errorf("%d bytes became %d", len(data), len(text))
		case utf8.Valid(data) && encoding == "" && text != strings.TrimPrefix(string(data), "\ufeff"):
			t.Errorf("%q was changed to %q", data, text)
		}
	})
}
