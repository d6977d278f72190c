package folder_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/folder"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// write makes files, each with its name as content.
func write(t testing.TB, base string, names ...string) {
	t.Helper()
	for _, name := range names {
		path := filepath.Join(base, filepath.FromSlash(name))
		must(t, os.MkdirAll(filepath.Dir(path), 0o700))
		must(t, os.WriteFile(path, []byte(name), 0o600))
	}
}

func open(t testing.TB, names ...string) *folder.Set {
	t.Helper()
	set, err := folder.Open(names)
	must(t, err)
	t.Cleanup(func() { must(t, set.Close()) })
	return set
}

// wantKind checks the kind of an error, and what it says.
func wantKind(t *testing.T, err error, kind folder.Kind, says string) {
	t.Helper()
	if failed, ok := errors.AsType[*folder.Error](err); !ok || failed.Kind != kind || !strings.Contains(failed.Message, says) {
		t.Errorf("%v (%T), want %s, %q", err, err, kind, says)
	}
}

func names(files []folder.File) string {
	var all []string
	for _, f := range files {
		all = append(all, f.Name)
	}
	return strings.Join(all, " ")
}

func TestFoldersThatCannotBeUsed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "dot.png")
	must(t, os.WriteFile(file, nil, 0o600))
	for _, name := range []string{filepath.Join(t.TempDir(), "missing"), file} {
		_, err := folder.Open([]string{t.TempDir(), name})
		if !errors.Is(err, folder.ErrFolder) || !strings.Contains(err.Error(), name) {
			t.Errorf("allowing %q: %v", name, err)
		}
	}
}

func TestPatterns(t *testing.T) {
	base := t.TempDir()
	write(t, base, "a.md", "b.md", "c.txt", "docs/d.md", "docs/deep/er/e.md", "docs/deep/f.txt", ".git/config", ".hidden.md",
		"docs/.draft/g.md", "[x].md", "x.md", "sub dir/h.md", "{y}.md", "docs/notes.2026.md")
	set := open(t, base)
	for pattern, want := range map[string]string{
		"*.md":                         "[x].md a.md b.md x.md {y}.md",
		"**/*.md":                      "[x].md a.md b.md docs/d.md docs/deep/er/e.md docs/notes.2026.md sub dir/h.md x.md {y}.md",
		"docs/**":                      "docs/d.md docs/deep/er/e.md docs/deep/f.txt docs/notes.2026.md",
		"./docs/**/*.md":               "docs/d.md docs/deep/er/e.md docs/notes.2026.md",
		"docs/*":                       "docs/d.md docs/notes.2026.md",
		"docs/*/*":                     "docs/deep/f.txt",
		"docs/../docs/*.md":            "docs/d.md docs/notes.2026.md",
		"{a,c}.*":                      "a.md c.txt",
		"{docs/deep,sub dir}/*":        "docs/deep/f.txt sub dir/h.md",
		"[ab].md":                      "a.md b.md",
		"[!ab].md":                     "x.md",
		"[x].md":                       "[x].md", // the exact name first
		`\[x\].md`:                     "[x].md",
		"{y}.md":                       "{y}.md",
		"?.md":                         "a.md b.md x.md",
		".*.md":                        ".hidden.md",
		".git/*":                       ".git/config",
		"docs/.draft/*":                "docs/.draft/g.md",
		"docs/.*/*.md":                 "docs/.draft/g.md",
		"docs/.draft/**/*.md":          "docs/.draft/g.md",
		"sub dir/*":                    "sub dir/h.md",
		`"sub dir/*"`:                  "sub dir/h.md",
		filepath.Join(base, "?.md"):    "a.md b.md x.md",
		filepath.Join(base, "docs/**"): "docs/d.md docs/deep/er/e.md docs/deep/f.txt docs/notes.2026.md",
		"**/**/**/**/e.md":             "docs/deep/er/e.md",
		"docs/d.md":                    "docs/d.md",
		"file://" + strings.ReplaceAll(filepath.ToSlash(base), " ", "%20") + "/sub%20dir/h.md": "sub dir/h.md",
		"<FILE://localhost" + filepath.ToSlash(base) + "/a.md>":                                "a.md",
		`"docs/d.md"`: "docs/d.md",
	} {
		files, err := set.Find(t.Context(), pattern, 100)
		if got := names(files); err != nil || got != want {
			t.Errorf("%s: %s, %v, want %s", pattern, got, err, want)
		}
		for _, f := range files {
			if data, err := f.Read(t.Context(), 100); err != nil || string(data) != f.Name || f.Size != int64(len(f.Name)) {
				t.Errorf("%s: read %q, %v", f.Name, data, err)
			}
		}
	}
}

func TestPatternsThatFail(t *testing.T) {
	base := t.TempDir()
	write(t, base, "in/a.md", "in/b.md", "in/c.md", "out/secret.md")
	set := open(t, filepath.Join(base, "in"))
	for _, tt := range []struct {
		pattern string
		kind    folder.Kind
		says    string
	}{
		{"*.txt", folder.Missing, `no file below the allowed folders matches "*.txt"`},
		{"missing/**", folder.Missing, "no file"},
		{"a.md/*", folder.Missing, "no file"},
		{"../out/*", folder.Outside, "is not below"},
		{"../out/secret*", folder.Outside, "is not below"},
		{base + "/out/*", folder.Outside, "is not below"},
		{"/etc/*", folder.Outside, "is not below"},
		{"*/../../out/*", folder.Missing, "no file"},
		{"[a", folder.Invalid, "malformed"},
		{"{a", folder.Invalid, "malformed"},
		{"*" + strings.Repeat("x", 5000), folder.Invalid, "malformed"},
		{strings.Repeat("{a,b}", 9) + "*", folder.Invalid, "braces"},
		{"a\x00*", folder.Invalid, "NUL"},
		{strings.Repeat("{a,b}", 8) + "*", folder.Missing, "no file"},
		{strings.Repeat("{a,b}", 7) + "{a,b,c}*", folder.Invalid, "braces"},
		{"*" + strings.Repeat("x", 4095), folder.Missing, "no file"},
		{"*" + strings.Repeat("x", 4096), folder.Invalid, "malformed"},
		{"missing.md", folder.Missing, "no file"},
		{"a.mdd", folder.Missing, `the nearest name there is "a.md"`},
		{"file:///etc/passwd", folder.Outside, "is not below"},
		{"file://server/a.md", folder.Outside, "another machine"},
		{"file:a.md", folder.Invalid, "malformed"},
		{".", folder.NotRegular, "not a regular file"},
	} {
		files, err := set.Find(t.Context(), tt.pattern, 100)
		if len(files) > 0 {
			t.Errorf("%q found %s", tt.pattern, names(files))
		}
		wantKind(t, err, tt.kind, tt.says)
	}
	if files, err := set.Find(t.Context(), "*", 3); err != nil || len(files) != 3 {
		t.Errorf("%s, %v", names(files), err)
	}
	_, err := set.Find(t.Context(), "*", 2)
	wantKind(t, err, folder.Invalid, "more than 2 files")
	_, err = open(t).Find(t.Context(), "*", 2)
	wantKind(t, err, folder.Outside, "is not below")
}

func TestFilesOfSeveralFoldersHaveTheirWholeNames(t *testing.T) {
	base := t.TempDir()
	write(t, base, "one/a.md", "two/a.md", "two/b.md")
	one, two := filepath.ToSlash(filepath.Join(base, "one")), filepath.ToSlash(filepath.Join(base, "two"))
	set := open(t, one, two, one)
	files, err := set.Find(t.Context(), "*.md", 100)
	if want := one + "/a.md " + two + "/a.md " + two + "/b.md"; err != nil || names(files) != want {
		t.Errorf("%s, %v, want %s", names(files), err, want)
	}
	files, err = set.Find(t.Context(), "b.md", 100)
	if err != nil || names(files) != two+"/b.md" {
		t.Errorf("%s, %v", names(files), err)
	}
}

func TestAWalkEndsWithItsContext(t *testing.T) {
	base := t.TempDir()
	write(t, base, "a/b/c.md")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if files, err := open(t, base).Find(ctx, "**", 100); !errors.Is(err, context.Canceled) {
		t.Errorf("%s, %v", names(files), err)
	}
}

func TestAFileThatGrew(t *testing.T) {
	base := t.TempDir()
	write(t, base, "a.md")
	files, err := open(t, base).Find(t.Context(), "a.md", 1)
	must(t, err)
	must(t, os.WriteFile(filepath.Join(base, "a.md"), make([]byte, 100), 0o600))
	_, err = files[0].Read(t.Context(), 99)
	wantKind(t, err, folder.TooLarge, `"a.md" has 100 bytes`)
	if data, err := files[0].Read(t.Context(), 100); err != nil || len(data) != 100 {
		t.Errorf("%d bytes, %v", len(data), err)
	}
	must(t, os.Remove(filepath.Join(base, "a.md")))
	if _, err = files[0].Read(t.Context(), 99); err == nil {
		t.Error("a file that is gone was read")
	}
}

// FuzzFind finds files of the folder only, whatever the pattern.
func FuzzFind(f *testing.F) {
	for _, seed := range []string{"*.md", "**/*", "in/**", "../*", "{a,b}/../*", "[", `\*`, "**/{x,../..}/**", "a\x00*", "file:///etc/passwd", "~/*", "%2e%2e/*", "/*"} {
		f.Add(seed)
	}
	base := f.TempDir()
	write(f, base, "in/a.md", "in/sub/b.md", "in/.hidden", "out.md")
	must(f, os.Symlink("../out.md", filepath.Join(base, "in/link.md")))
	must(f, os.Symlink("..", filepath.Join(base, "in/up")))
	set, err := folder.Open([]string{filepath.Join(base, "in")})
	must(f, err)
	f.Cleanup(func() { must(f, set.Close()) })
	f.Fuzz(func(t *testing.T, pattern string) {
		files, err := set.Find(t.Context(), pattern, 10)
		if (err == nil) == (len(files) == 0) {
			t.Fatalf("%q: %d files, %v", pattern, len(files), err)
		}
		for _, file := range files {
			data, err := file.Read(t.Context(), 100)
			if err != nil || !strings.HasPrefix(string(data), "in/") || string(data) != "in/"+file.Name {
				t.Errorf("%q: %s has %q, %v", pattern, file.Name, data, err)
			}
		}
	})
}
