package vectors_test

import (
	"encoding/binary"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/vectors"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func keyOf(i int) vectors.Key {
	var key vectors.Key
	binary.LittleEndian.PutUint64(key[:], uint64(i))
	return key
}

func keysOf(from, to int) []vectors.Key {
	var keys []vectors.Key
	for i := from; i < to; i++ {
		keys = append(keys, keyOf(i))
	}
	return keys
}

// vectorOf returns the only vector that is right for a key.
func vectorOf(key vectors.Key, dimensions int) []float32 {
	random := rand.New(rand.NewPCG(binary.LittleEndian.Uint64(key[:]), uint64(dimensions)))
	vector := make([]float32, dimensions)
	for i := range vector {
		vector[i] = random.Float32() - 0.5
	}
	return vector
}

func open(t *testing.T, o vectors.Options) *vectors.Cache {
	t.Helper()
	if o.Folder == "" {
		o.Folder = filepath.Join(t.TempDir(), "vectors")
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelDebug}))
	}
	return vectors.Open(o)
}

func add(c *vectors.Cache, keys []vectors.Key, dimensions int) {
	w := c.NewWriter()
	defer w.Close()
	for _, key := range keys {
		w.Add(key, vectorOf(key, dimensions))
	}
}

// read returns the indexes of the keys whose vectors are read, and fails the test if one
// is wrong.
func read(t testing.TB, c *vectors.Cache, keys []vectors.Key, dimensions int) []int {
	t.Helper()
	found := c.Lookup(t.Context(), keys, dimensions)
	var indexes []int
	for i, vector := range found.Vectors(t.Context()) {
		if vector == nil {
			continue
		}
		if !slices.Equal(vector, vectorOf(keys[i], dimensions)) {
			t.Errorf("vector %d is wrong", i)
		}
		indexes = append(indexes, i)
	}
	slices.Sort(indexes)
	return indexes
}

// files returns the files of the folder and their bytes in all.
func files(t testing.TB, folder string) (names []string, total int64) {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	for _, entry := range entries {
		if info, err := entry.Info(); err == nil {
			names, total = append(names, entry.Name()), total+info.Size()
		}
	}
	return names, total
}

func age(t *testing.T, folder string, names []string, by time.Duration) {
	t.Helper()
	for _, name := range names {
		used := time.Now().Add(-by)
		if err := os.Chtimes(filepath.Join(folder, name), used, used); err != nil {
			t.Fatal(err)
		}
	}
}
