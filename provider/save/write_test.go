package save

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
)

func writing(content string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, content)
		return err
	}
}

func check(t testing.TB, f *Folder, path string) *Destination {
	t.Helper()
	d, err := f.Check(path)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// noLinks makes a folder one of a file system without hard links.
func noLinks(f *Folder) {
	f.link = func(from, to string) error {
		return &os.LinkError{Op: "linkat", Old: from, New: to, Err: syscall.EPERM}
	}
}

// eachFolder runs a test on a file system with and without hard links.
func eachFolder(t *testing.T, test func(t *testing.T, f *Folder, name string)) {
	t.Run("links", func(t *testing.T) {
		f, name := folder(t)
		test(t, f, name)
	})
	t.Run("no links", func(t *testing.T) {
		f, name := folder(t)
		noLinks(f)
		test(t, f, name)
	})
}

func TestWrite(t *testing.T) {
	eachFolder(t, func(t *testing.T, f *Folder, name string) {
		content := strings.Repeat("0123456789", 20_000)
		want := files(t, name)
		for _, path := range []string{"new.md", "a/b/new.md"} {
			got, err := check(t, f, path).Write(writing(content))
			if err != nil {
				t.Fatal(err)
			}
			if got != (File{filepath.Join(name, filepath.FromSlash(path)), int64(len(content))}) {
				t.Errorf("got %+v", got)
			}
			want[path] = content
		}
		if got := files(t, name); !maps.Equal(got, want) {
			t.Errorf("there are %d files, want %d", len(got), len(want))
		}
	})
}

// A file that appears between check and write is kept.
func TestWriteNeverOverwrites(t *testing.T) {
	eachFolder(t, func(t *testing.T, f *Folder, name string) {
		d := check(t, f, "new.md")
		if err := os.WriteFile(filepath.Join(name, "new.md"), []byte("theirs"), 0o644); err != nil {
			t.Fatal(err)
		}
		want := files(t, name)
		if _, err := d.Write(writing("ours")); err == nil || !strings.Contains(err.Error(), `"new.md" exists by now`) {
			t.Errorf("got %v", err)
		}
		if got := files(t, name); !maps.Equal(got, want) {
			t.Errorf("got %v", got)
		}
	})
}

func TestOneOfSeveralWritesSucceeds(t *testing.T) {
	eachFolder(t, func(t *testing.T, f *Folder, name string) {
		const writers = 16
		d := check(t, f, "a/new.md")
		results := make([]error, writers)
		var group sync.WaitGroup
		for i := range writers {
			group.Go(func() { _, results[i] = d.Write(writing(strings.Repeat(fmt.Sprintf("%02d", i), 100_000))) })
		}
		group.Wait()
		winner := -1
		for i, err := range results {
			switch {
			case err == nil && winner >= 0:
				t.Errorf("%d and %d both succeeded", winner, i)
			case err == nil:
				winner = i
			case !strings.Contains(err.Error(), "exists by now"):
				t.Error(err)
			}
		}
		if got := files(t, name)["a/new.md"]; winner < 0 || got != strings.Repeat(fmt.Sprintf("%02d", winner), 100_000) {
			t.Errorf("the file of %d is not whole", winner)
		}
		if got := files(t, name); len(got) != 4 {
			t.Errorf("left behind: %v", len(got))
		}
	})
}

// Whatever ends a write, no part of a file is left.
func TestFailedWritesLeaveNothing(t *testing.T) {
	eachFolder(t, func(t *testing.T, f *Folder, name string) {
		want := files(t, name)
		full := &os.PathError{Op: "write", Path: "/secret/.tmp", Err: syscall.ENOSPC}
		_, err := check(t, f, "new.md").Write(func(w io.Writer) error {
			_, _ = io.WriteString(w, strings.Repeat("x", 1<<20))
			return fmt.Errorf("row 3: %w", full)
		})
		if err == nil || !strings.Contains(err.Error(), syscall.ENOSPC.Error()) || strings.Contains(err.Error(), "tmp") {
			t.Errorf("got %v", err)
		}
		func() {
			defer func() { _ = recover() }()
			_, _ = check(t, f, "new.md").Write(func(io.Writer) error { panic("of the writer") })
		}()
		if got := files(t, name); !maps.Equal(got, want) {
			t.Errorf("left behind: %v", got)
		}
	})
}

// A copy that fails half way removes its own file, but not another's.
func TestFailedCopyLeavesNothing(t *testing.T) {
	f, name := folder(t)
	want := files(t, name)
	f.link = func(from, _ string) error { return errors.Join(syscall.EPERM, f.root.Remove(from)) }
	if _, err := check(t, f, "new.md").Write(writing("ours")); err == nil {
		t.Error("it succeeded")
	}
	if got := files(t, name); !maps.Equal(got, want) {
		t.Errorf("left behind: %v", got)
	}
}

// Whatever the path is, nothing outside of the folder and no file in it changes.
func FuzzPaths(f *testing.F) {
	for _, path := range []string{
		"new.md", "a/b.md", "../x", "/etc/x", "~/x", "out/x", "root/tmp/x", "in/../../x", "nothing/x", "report.md", "report.md/x", "a//b", "./x",
		"a\x00b", `a\..\..\x`, `C:\x`, `\\host\share\x`, "x:stream", "CON", "file:///x", "\u202e", "\xff", "..", "sub/../..", "“x”",
	} {
		f.Add(path)
	}
	f.Fuzz(func(t *testing.T, path string) {
		folder, name := folder(t)
		outer := filepath.Dir(name)
		before := files(t, outer)
		d, err := folder.Check(path)
		if err != nil {
			if _, ok := errors.AsType[*Error](err); !ok {
				t.Fatalf("%T: %v", err, err)
			}
			if after := files(t, outer); !maps.Equal(before, after) {
				t.Fatalf("%q was refused, and changed %v", path, after)
			}
			return
		}
		written, err := d.Write(writing("new"))
		after := files(t, outer)
		for name, content := range before {
			if after[name] != content {
				t.Fatalf("%q changed %s", path, name)
			}
		}
		if err != nil {
			t.Skip(err)
		}
		within, err := filepath.Rel(name, written.Path)
		if err != nil || !filepath.IsLocal(within) || len(after) != len(before)+1 {
			t.Fatalf("%q was written to %s: %v", path, written.Path, after)
		}
	})
}

func TestURI(t *testing.T) {
	for _, test := range []struct {
		path    string
		windows bool
		want    string
	}{
		{"/home/me/report.md", false, "file:///home/me/report.md"},
		{"/home/me/a b#1?é%20.md", false, "file:///home/me/a%20b%231%3F%C3%A9%2520.md"},
		{`/home/me/a\b.md`, false, "file:///home/me/a%5Cb.md"},
		{`C:\Users\me\a b.md`, true, "file:///C:/Users/me/a%20b.md"},
		{`\\server\share\a.md`, true, "file://server/share/a.md"},
	} {
		if got := fileURI(test.path, test.windows); got != test.want {
			t.Errorf("%s: got %s, want %s", test.path, got, test.want)
		}
	}
}
