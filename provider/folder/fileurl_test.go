package folder

import (
	"net/url"
	"testing"
)

func TestFileURLsOfEachSystem(t *testing.T) {
	for _, tt := range []struct{ source, windows, unix string }{
		{"file:///C:/Users/me/a%20b.png", "C:/Users/me/a b.png", "/C:/Users/me/a b.png"},
		{"file:///c:/a.png", "c:/a.png", "/c:/a.png"},
		{`file:///C:\Users\a.png`, `C:\Users\a.png`, `/C:\Users\a.png`},
		{"file:/C:/a.png", "C:/a.png", "/C:/a.png"},
		{"file://localhost/C:/a.png", "C:/a.png", "/C:/a.png"},
		{"file://C:/a.png", "C:/a.png", ""},
		{"file:///C:", "C:", "/C:"},
		{"file:///C:a.png", "/C:a.png", "/C:a.png"}, // relative to a folder that nobody knows
		{"file:///CD:/a.png", "/CD:/a.png", "/CD:/a.png"},
		{"file:///1:/a.png", "/1:/a.png", "/1:/a.png"},
		{"file:///home/a.png", "/home/a.png", "/home/a.png"},
		{"file:////server/share/a.png", "//server/share/a.png", "//server/share/a.png"},
		{"file://server/share/a.png", "", ""},
		{"file://C/a.png", "", ""},
	} {
		u, err := url.Parse(tt.source)
		if err != nil {
			t.Fatal(err)
		}
		for windows, want := range map[bool]string{true: tt.windows, false: tt.unix} {
			if got, ok := localPath(u, windows); got != want || ok != (want != "") {
				t.Errorf("%s, windows %v: %q, %v, want %q", tt.source, windows, got, ok, want)
			}
		}
	}
}

func TestBackslashesAreEscapesOrSeparators(t *testing.T) {
	const path = `C:\my\ pictures\a.png`
	for separator, want := range map[rune]string{'\\': path, '/': `C:my picturesa.png`} {
		if got := withoutBackslashes(path, separator); got != want {
			t.Errorf("where %q separates: %q, want %q", separator, got, want)
		}
	}
}
