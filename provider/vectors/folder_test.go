package vectors_test

import (
	"bytes"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/vectors"
)

func TestLastUsedStays(t *testing.T) {
	const perSegment = 2*(32+4*8+4) + 20
	folder := filepath.Join(t.TempDir(), "vectors")
	c := open(t, vectors.Options{Folder: folder, MaxBytes: 3 * perSegment})
	for i := range 3 {
		before, _ := files(t, folder)
		add(c, keysOf(10*i, 10*i+2), 8)
		now, _ := files(t, folder)
		added := slices.DeleteFunc(now, func(name string) bool { return slices.Contains(before, name) })
		age(t, folder, added, time.Duration(3-i)*time.Hour)
	}
	if got := read(t, c, keysOf(0, 1), 8); len(got) != 1 {
		t.Fatal("the oldest is not there")
	}
	add(c, keysOf(30, 32), 8)
	for i, want := range []int{2, 0, 2, 2} {
		if got := read(t, c, keysOf(10*i, 10*i+2), 8); len(got) != want {
			t.Errorf("%d vectors of segment %d are left, want %d", len(got), i, want)
		}
	}
}

func TestBoundIsKept(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "vectors")
	const maxBytes = 300 << 10
	c := open(t, vectors.Options{Folder: folder, MaxBytes: maxBytes})
	for i := range 100 {
		add(c, keysOf(100*i, 100*i+3*i%97+1), 1+i%40)
		if _, total := files(t, folder); total > maxBytes {
			t.Fatalf("after %d segments there are %d bytes", i+1, total)
		}
	}
	if _, total := files(t, folder); total < maxBytes/2 {
		t.Errorf("only %d bytes are kept", total)
	}
	add(open(t, vectors.Options{Folder: folder, MaxBytes: 1000}), keysOf(0, 100), 40)
	if _, total := files(t, folder); total > maxBytes {
		t.Errorf("a segment over the bound leaves %d bytes", total)
	}
}

// A user who changes a file every day adds a few vectors a day.
func TestSmallSegmentsAreMerged(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "vectors")
	c := open(t, vectors.Options{Folder: folder})
	for day := range 365 {
		add(c, keysOf(10*day, 10*day+15), 16) // some twice
		if names, _ := files(t, folder); len(names) > 40 {
			t.Fatalf("after %d days there are %d files", day, len(names))
		}
	}
	if got := read(t, c, keysOf(0, 3655), 16); len(got) != 3655 {
		t.Errorf("%d vectors are left", len(got))
	}
}

func TestMergedSegmentsKeepTheirAge(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "vectors")
	c := open(t, vectors.Options{Folder: folder})
	for i := range 33 {
		add(c, keysOf(i, i+1), 4)
		names, _ := files(t, folder)
		age(t, folder, names, 48*time.Hour)
	}
	add(c, keysOf(40, 41), 4)
	newest := 0
	names, _ := files(t, folder)
	for _, name := range names {
		if info, err := os.Stat(filepath.Join(folder, name)); err == nil && time.Since(info.ModTime()) < 24*time.Hour {
			newest++
		}
	}
	if len(names) > 3 || newest != 1 {
		t.Errorf("of %d files %d are new", len(names), newest)
	}
}

func TestLeftOversAreDeleted(t *testing.T) {
	folder := t.TempDir()
	for name, by := range map[string]time.Duration{"v1-1.tmp": 2 * time.Hour, "v1-2.tmp": time.Minute, "other.tmp": 2 * time.Hour, "v2-3.tmp": 2 * time.Hour} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		age(t, folder, []string{name}, by)
	}
	add(open(t, vectors.Options{Folder: folder}), keysOf(0, 1), 4)
	names, _ := files(t, folder)
	if len(names) != 4 || slices.Contains(names, "v1-1.tmp") {
		t.Errorf("the files are %v", names)
	}
}

func TestForeignFilesStay(t *testing.T) {
	folder := t.TempDir()
	foreign := []string{"notes.txt", "v1-8.vectors", "v2-8-0123456789abcdef0123456789abcdef.vectors", "catalog-1.json"}
	for _, name := range foreign {
		if err := os.WriteFile(filepath.Join(folder, name), make([]byte, 10_000), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(folder, "v1-8-0123456789abcdef0123456789abcdef.vectors"), 0o700); err != nil {
		t.Fatal(err)
	}
	c := open(t, vectors.Options{Folder: folder, MaxBytes: 5000})
	for i := range 50 {
		add(c, keysOf(10*i, 10*i+10), 8)
	}
	names, _ := files(t, folder)
	for _, name := range foreign {
		if !slices.Contains(names, name) {
			t.Errorf("%s is deleted", name)
		}
	}
	if got := read(t, c, keysOf(490, 500), 8); len(got) != 10 {
		t.Errorf("%v are read", got)
	}
}

func TestFoldersThatCannotBeUsed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	locked := t.TempDir()
	if err := os.Chmod(locked, 0o500); err != nil {
		t.Fatal(err)
	}
	folders := map[string]string{"a file": file, "below a file": filepath.Join(file, "vectors"), "not a path": "a\x00b"}
	if os.WriteFile(filepath.Join(locked, "probe"), nil, 0o600) != nil { // root writes anywhere
		folders["read-only"], folders["in a read-only one"] = locked, filepath.Join(locked, "vectors")
	}
	for name, folder := range folders {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			c := open(t, vectors.Options{Folder: folder, Logger: slog.New(slog.NewTextHandler(&log, nil))})
			add(c, keysOf(0, 600), 8)
			add(c, keysOf(0, 600), 8)
			if got := read(t, c, keysOf(0, 600), 8); len(got) > 0 {
				t.Errorf("%d vectors are read", len(got))
			}
			if n := strings.Count(log.String(), "\n"); n != 1 || !strings.Contains(log.String(), "WARN") {
				t.Errorf("%d lines are logged: %s", n, log.String())
			}
		})
	}
}

// What was deleted after the look-up is reported, and what was merged is read.
func TestSegmentsVanish(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "vectors")
	c := open(t, vectors.Options{Folder: folder})
	for i := range 20 {
		add(c, keysOf(i, i+1), 4)
	}
	merged, deleted := c.Lookup(t.Context(), keysOf(0, 20), 4), c.Lookup(t.Context(), keysOf(0, 20), 4)
	for i := range 20 {
		add(c, keysOf(20+i, 21+i), 4)
	}
	if names, _ := files(t, folder); len(names) > 10 {
		t.Fatalf("nothing was merged: %v", names)
	}
	n := 0
	for i, vector := range merged.Vectors(t.Context()) {
		if n++; !slices.Equal(vector, vectorOf(keyOf(i), 4)) {
			t.Errorf("after a merge, vector %d is %v", i, vector)
		}
	}
	if n != 20 {
		t.Errorf("after a merge, %d vectors are read", n)
	}
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	n = 0
	for i, vector := range deleted.Vectors(t.Context()) {
		if n++; vector != nil {
			t.Errorf("vector %d is read from a folder that is not there", i)
		}
	}
	if n != 20 {
		t.Errorf("%d vectors are reported", n)
	}
}
