package save

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// folder returns a folder with report.md, sub/data.npy, and links, beside a file that
// must never change.
func folder(t testing.TB) (*Folder, string) {
	t.Helper()
	outer := t.TempDir()
	name := filepath.Join(outer, "w")
	for path, content := range map[string]string{"outside.md": "outside", "w/report.md": "old", "w/report-2.md": "old", "w/sub/data.npy": "old"} {
		path = filepath.Join(outer, filepath.FromSlash(path))
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(content), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	if runtime.GOOS != "windows" { // which wants a privilege for them
		for link, to := range map[string]string{"out": "..", "root": "/", "in": "sub", "nothing": "missing", "taken.md": "missing.md"} {
			if err := os.Symlink(to, filepath.Join(name, link)); err != nil {
				t.Fatal(err)
			}
		}
	}
	f, err := Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f, name
}

// files returns what is below a folder, with the content of its files.
func files(t testing.TB, folder string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		within, _ := filepath.Rel(folder, path)
		found[filepath.ToSlash(within)] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func TestCheck(t *testing.T) {
	f, name := folder(t)
	long := strings.Repeat("n", 256)
	for _, test := range []struct {
		name, in   string
		extensions []string
		want       string // the name within the folder, or a part of the error
		kind       Kind   // of the error
		hint       string // a part of it
		links      bool   // the case needs symbolic links
	}{
		{name: "relative", in: "new.md", want: "new.md"},
		{name: "in a folder", in: "sub/new.md", want: "sub/new.md"},
		{name: "in a folder that is missing", in: "a/b/new.md", want: "a/b/new.md"},
		{name: "dots that stay within", in: "a/../new.md", want: "new.md"},
		{name: "absolute", in: filepath.Join(name, "sub", "new.md"), want: "sub/new.md"},
		{name: "quotes and blanks", in: " \"'new.md'\"\n", want: "new.md"},
		{name: "blanks within", in: "a new one.md", want: "a new one.md"},
		{name: "a tilde within", in: "~new.md", want: "~new.md"},
		{name: "one of the extensions", in: "new.NPY", extensions: []string{".npy", ".jsonl"}, want: "new.NPY"},
		{name: "no extension", in: "new", want: "new"},
		{name: "a link within", in: "in/new.md", want: "in/new.md", links: true},

		{name: "another extension", in: "new.txt", extensions: []string{".npy", ".jsonl"}, want: `"new.txt" does not end in .npy or .jsonl`, hint: "extensions"},
		{name: "no extension of several", in: "npy", extensions: []string{".npy", ".jsonl"}, want: "does not end in"},
		{name: "exists", in: "report.md", want: `"report.md" exists already`, hint: "such as report-3.md"},
		{name: "exists in a folder", in: "sub/data.npy", want: "exists already", hint: filepath.Join("sub", "data-2.npy")},
		{name: "a link to nothing", in: "taken.md", want: "exists already", links: true},
		{name: "a folder", in: "sub", want: `"sub" is a folder`, hint: "new file"},
		{name: "trailing slash", in: "new/", want: "names a folder"},
		{name: "the folder itself", in: ".", want: "names a folder"},
		{name: "a folder in dots", in: "sub/..", want: "names a folder"},
		{name: "blank", in: " \"\" ", want: "blank"},
		{name: "NUL", in: "a\x00b.md", want: "control character"},
		{name: "line end", in: "a\nb.md", want: "control character"},
		{name: "name too long", in: long + ".md", want: "too long"},
		{name: "folder's name too long", in: "a/" + long + "/b.md", want: "too long"},
		{name: "name too long in a missing folder", in: "a/" + long, want: "too long"},
		{name: "path too long", in: strings.Repeat("a/", 2100) + "b.md", want: "the path is too long"},
		{name: "below a file", in: "report.md/new.md", want: `"report.md" is a file`},
		{name: "far below a file", in: "report.md/a/b/new.md", want: `"report.md" is a file`},
		{name: "below a link to nothing", in: "nothing/new.md", want: "is a link to nothing", links: true},
		{name: "URL", in: "file:///tmp/new.md", want: "is a URL"},

		{name: "above", in: "../new.md", want: "not below the folder", kind: NotAllowed, hint: "relative"},
		{name: "above, by dots within", in: "a/../../new.md", want: "not below the folder", kind: NotAllowed},
		{name: "absolute elsewhere", in: filepath.Join(filepath.Dir(name), "new.md"), want: "not below the folder", kind: NotAllowed},
		{name: "beside, with the folder's name in front", in: name + "x", want: "not below the folder", kind: NotAllowed},
		{name: "home", in: "~/new.md", want: "not below the folder", kind: NotAllowed},
		{name: "a link that leaves", in: "out/new.md", want: "not below the folder", kind: NotAllowed, links: true},
		{name: "an absolute link", in: "root/new.md", want: "not below the folder", kind: NotAllowed, links: true},
		{name: "a file behind a link that leaves", in: "out/outside.md", want: "not below the folder", kind: NotAllowed, links: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.links && runtime.GOOS == "windows" {
				t.Skip("without links")
			}
			before := files(t, name)
			d, err := f.Check(test.in, test.extensions...)
			if after := files(t, name); len(after) != len(before) {
				t.Errorf("it left %v", after)
			}
			if err == nil {
				if filepath.ToSlash(d.name) != test.want {
					t.Errorf("got %q", d.name)
				}
				return
			}
			failed, ok := errors.AsType[*Error](err)
			if !ok {
				t.Fatalf("%T: %v", err, err)
			}
			if !strings.Contains(failed.Message, test.want) || failed.Kind != test.kind || !strings.Contains(failed.Hint, test.hint) || failed.Hint == "" {
				t.Errorf("got %+v", failed)
			}
		})
	}
}

func TestOpen(t *testing.T) {
	_, name := folder(t)
	for _, bad := range []string{filepath.Join(name, "missing"), filepath.Join(name, "report.md")} {
		if _, err := Open(bad); !errors.Is(err, ErrFolder) {
			t.Errorf("%s: %v", bad, err)
		}
	}
	if err := (*Folder)(nil).Close(); err != nil {
		t.Error(err)
	}
}

func TestFoldersThatCannotBeWritten(t *testing.T) {
	if runtime.GOOS == "windows" || os.Geteuid() == 0 {
		t.Skip("permissions do not hold here")
	}
	f, name := folder(t)
	if err := os.Chmod(filepath.Join(name, "sub"), 0o555); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(filepath.Join(name, "sub"), 0o755) })
	for _, path := range []string{"sub/new.md", "sub/a/new.md"} {
		_, err := f.Check(path)
		if failed, ok := errors.AsType[*Error](err); !ok || failed.Kind != NotAllowed || !strings.Contains(failed.Message, "permission denied") {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := Open(filepath.Join(name, "sub")); !errors.Is(err, ErrFolder) {
		t.Error(err)
	}
}

// A folder that was removed meanwhile is an error, not an endless search.
func TestRemovedFolder(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("an open folder cannot be removed")
	}
	f, name := folder(t)
	if err := os.RemoveAll(name); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"new.md", "a/b/new.md"} {
		if _, err := f.Check(path); err == nil {
			t.Errorf("%s: no error", path)
		}
	}
}
