package vectors_test

import (
	"bytes"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/vectors"
)

func TestRoundTrip(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "a", "vectors")
	c := open(t, vectors.Options{Folder: folder})
	keys := keysOf(0, 700)
	if got := c.Lookup(t.Context(), keys, 8).Missing(); len(got) != len(keys) {
		t.Errorf("%d of %d are missing from an empty cache", len(got), len(keys))
	}
	if _, err := os.Stat(folder); !os.IsNotExist(err) {
		t.Errorf("a look-up makes the folder: %v", err)
	}
	add(c, keys[:600], 8)
	add(c, keys[:1], 16)

	again := open(t, vectors.Options{Folder: folder})
	twice := slices.Concat(keys, keys[:10])
	found := again.Lookup(t.Context(), twice, 8)
	if missing := found.Missing(); len(missing) != 100 || missing[0] != 600 || missing[99] != 699 {
		t.Errorf("%d are missing: %v", len(missing), missing)
	}
	if got := read(t, again, twice, 8); len(got) != 610 || got[609] != 709 {
		t.Errorf("%d vectors are read", len(got))
	}
	if got := read(t, again, keys, 16); !slices.Equal(got, []int{0}) {
		t.Errorf("of 16 dimensions are %v", got)
	}
	if got := again.Lookup(t.Context(), keys, 12).Missing(); len(got) != len(keys) {
		t.Errorf("%d vectors of other lengths are found", len(keys)-len(got))
	}
	if got := again.Lookup(t.Context(), keys, 0).Missing(); len(got) != 100 {
		t.Errorf("%d of any length are missing", len(got))
	}
}

func TestWritesAsItGoes(t *testing.T) {
	c := open(t, vectors.Options{})
	w := c.NewWriter()
	for _, key := range keysOf(0, 999) {
		w.Add(key, vectorOf(key, 4))
	}
	// A process that is killed now loses the rest.
	if got := read(t, c, keysOf(0, 999), 4); len(got) != 750 {
		t.Errorf("%d vectors are written before the end", len(got))
	}
	w.Close()
	w.Close()
	if got := read(t, c, keysOf(0, 999), 4); len(got) != 999 {
		t.Errorf("%d vectors are written at the end", len(got))
	}
}

func TestKeys(t *testing.T) {
	seen := map[vectors.Key]bool{}
	spaces := []vectors.Space{{}, {Service: "a"}, {Model: "a"}, {Service: "a", Model: "b"}, {Service: `a" "b`}, {Model: "a", Dimensions: 1}, {Model: "a", Dimensions: 12}}
	texts := []string{"", "a", "2 a", " a", "\x00", "é", "\xff", "\xfe", strings.Repeat("a", 10_000)}
	for _, space := range spaces {
		for _, text := range texts {
			seen[space.Key(text)] = true
		}
	}
	if len(seen) != len(spaces)*len(texts) {
		t.Errorf("%d keys of %d are different", len(seen), len(spaces)*len(texts))
	}
	if key := (vectors.Space{Service: "a", Model: "b"}).Key("a"); !seen[key] {
		t.Error("the same text has another key the next time")
	}
}

func TestNothingIsKeptWithoutFolder(t *testing.T) {
	t.Chdir(t.TempDir())
	c := vectors.Open(vectors.Options{})
	add(c, keysOf(0, 300), 4)
	if got := read(t, c, keysOf(0, 300), 4); len(got) > 0 {
		t.Errorf("%d vectors are kept", len(got))
	}
	if names, _ := files(t, "."); len(names) > 0 {
		t.Errorf("%v are written", names)
	}
}

func TestOnlyTheOwnerCanRead(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("has other permissions")
	}
	folder := filepath.Join(t.TempDir(), "vectors")
	space := vectors.Space{Service: "https://example.com", Model: "bge-m3"}
	w := open(t, vectors.Options{Folder: folder}).NewWriter()
	w.Add(space.Key("a secret text"), []float32{1, 2})
	w.Close()
	names, _ := files(t, folder)
	if len(names) != 1 {
		t.Fatalf("the files are %v", names)
	}
	for path, want := range map[string]os.FileMode{folder: 0o700, filepath.Join(folder, names[0]): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s is %v, %v", path, info.Mode(), err)
		}
	}
	content, err := os.ReadFile(filepath.Join(folder, names[0]))
	if err != nil || bytes.Contains(content, []byte("secret")) || bytes.Contains(content, []byte("example")) {
		t.Errorf("the file holds %q, %v", content, err)
	}
}

func TestOddVectors(t *testing.T) {
	c := open(t, vectors.Options{})
	w := c.NewWriter()
	w.Add(keyOf(1), nil)
	w.Add(keyOf(2), make([]float32, 1<<16+1))
	w.Add(keyOf(3), []float32{float32(math.Inf(1)), -0, math.MaxFloat32})
	w.Add(keyOf(4), []float32{1})
	w.Add(keyOf(4), []float32{2})
	w.Close()
	got := map[int]float32{}
	for i, vector := range c.Lookup(t.Context(), keysOf(0, 5), 0).Vectors(t.Context()) {
		got[i] = vector[0]
	}
	if len(got) != 2 || !math.IsInf(float64(got[3]), 1) || got[4] != 1 {
		t.Errorf("got %v", got)
	}
}

func TestConcurrentUse(t *testing.T) {
	c := open(t, vectors.Options{MaxBytes: 200 << 10})
	w := c.NewWriter()
	var group sync.WaitGroup
	for n := range 4 {
		group.Go(func() {
			for round := range 20 {
				keys := keysOf(100*(n+round), 100*(n+round)+150)
				for _, i := range c.Lookup(t.Context(), keys, 16).Missing() {
					w.Add(keys[i], vectorOf(keys[i], 16))
				}
				read(t, c, keys, 16)
			}
		})
	}
	group.Wait()
	w.Close()
}

// A look-up finds what is there, also while it is merged.
func TestLookupDuringMerges(t *testing.T) {
	c := open(t, vectors.Options{Logger: slog.New(slog.DiscardHandler)})
	keys := keysOf(0, 20)
	for _, key := range keys {
		add(c, []vectors.Key{key}, 4)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := range 1000 {
			add(c, keysOf(100+i, 101+i), 4)
		}
	}()
	for {
		if missing := c.Lookup(t.Context(), keys, 4).Missing(); len(missing) > 0 {
			t.Errorf("%v are missing", missing)
		}
		select {
		case <-done:
			return
		default:
		}
	}
}

func TestVectorsEndEarly(t *testing.T) {
	c := open(t, vectors.Options{})
	keys := keysOf(0, 600)
	add(c, keys, 4)
	n := 0
	for range c.Lookup(t.Context(), keys, 4).Vectors(t.Context()) {
		if n++; n == 3 {
			break
		}
	}
	if n != 3 {
		t.Errorf("%d vectors are read", n)
	}
}
