package vectors_test

import (
	"path/filepath"
	"runtime"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/internal/linear"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/vectors"
)

const (
	many       = 10_000
	dimensions = 1024
)

// allocated returns how many bytes f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// 10,000 vectors are 40 MB on disk, of which one at a time is in memory.
func TestLookupsTakeLittleMemory(t *testing.T) {
	c := vectors.Open(vectors.Options{Folder: filepath.Join(t.TempDir(), "vectors")})
	keys, vector := keysOf(0, many), make([]float32, dimensions)
	w := c.NewWriter()
	for i, key := range keys {
		vector[0] = float32(i)
		w.Add(key, vector)
	}
	w.Close()
	read := 0
	all := allocated(func() {
		for i, vector := range c.Lookup(t.Context(), keys, dimensions).Vectors(t.Context()) {
			if vector[0] != float32(i) {
				t.Fatalf("vector %d is of key %g", i, vector[0])
			}
			read++
		}
	})
	if read != many || all > 8<<20 {
		t.Errorf("%d vectors are read, %d bytes allocated", read, all)
	}
	t.Logf("%d bytes allocated", all)
}

func TestLookupIsLinear(t *testing.T) {
	c := vectors.Open(vectors.Options{Folder: filepath.Join(t.TempDir(), "vectors")})
	add(c, keysOf(0, 8*2000), 8)
	linear.Check(t, 2000, func(n int) func() {
		keys := keysOf(0, n)
		return func() { read(t, c, keys, 8) }
	})
}

func fill(b *testing.B) *vectors.Cache {
	c := vectors.Open(vectors.Options{Folder: filepath.Join(b.TempDir(), "vectors")})
	vector := vectorOf(keyOf(0), dimensions)
	w := c.NewWriter()
	defer w.Close()
	for _, key := range keysOf(0, many) {
		w.Add(key, vector)
	}
	return c
}

func BenchmarkWrite(b *testing.B) {
	b.SetBytes(many * dimensions * 4)
	for b.Loop() {
		fill(b)
	}
}

func BenchmarkLookup(b *testing.B) {
	c, keys := fill(b), keysOf(0, many)
	b.ReportAllocs()
	for b.Loop() {
		if missing := c.Lookup(b.Context(), keys, dimensions).Missing(); len(missing) > 0 {
			b.Fatal(len(missing))
		}
	}
}

func BenchmarkVectors(b *testing.B) {
	c, keys := fill(b), keysOf(0, many)
	b.SetBytes(many * dimensions * 4)
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for range c.Lookup(b.Context(), keys, dimensions).Vectors(b.Context()) {
			n++
		}
		if n != many {
			b.Fatal(n)
		}
	}
}
