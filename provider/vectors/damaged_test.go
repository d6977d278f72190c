package vectors_test

import (
	"bytes"
	"encoding/binary"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/vectors"
)

// segmentFile returns the path of the only segment.
func segmentFile(t *testing.T, folder string) string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folder, "*.vectors"))
	if err != nil || len(names) != 1 {
		t.Fatalf("the segments are %v, %v", names, err)
	}
	return names[0]
}

func TestDamagedSegments(t *testing.T) {
	const keyTable, records = 16, 16 + 32*4 + 4
	set := func(at int, b ...byte) func([]byte) []byte {
		return func(content []byte) []byte { copy(content[at:], b); return content }
	}
	for _, tt := range []struct {
		name   string
		damage func([]byte) []byte
		left   int // vectors that are still read
		stays  bool
	}{
		{"empty", func([]byte) []byte { return nil }, 0, false},
		{"cut in the header", func(b []byte) []byte { return b[:10] }, 0, false},
		{"cut in the keys", func(b []byte) []byte { return b[:keyTable+5] }, 0, false},
		{"cut in the vectors", func(b []byte) []byte { return b[:len(b)-1] }, 0, false},
		{"longer", func(b []byte) []byte { return append(b, 0) }, 0, false},
		{"zeros", func(b []byte) []byte { return make([]byte, len(b)) }, 0, false},
		{"another format", set(0, 'P'), 0, false},
		{"a newer version", set(7, 9), 0, true},
		{"many vectors", set(8, 0xff, 0xff, 0xff, 0xff), 0, false},
		{"many dimensions", set(12, 0xff, 0xff, 0xff, 0xff), 0, false},
		{"a key", set(keyTable+40, 1), 0, false},
		{"the checksum of the keys", set(records-1, 0, 0), 0, false},
		{"a vector", set(records+1, 0xff, 0xff), 3, false},
		{"the checksum of a vector", set(records+32, 0xff, 0xff), 3, false},
		{"vectors that changed places", func(b []byte) []byte {
			return slices.Concat(b[:records], b[records+36:records+72], b[records:records+36], b[records+72:])
		}, 2, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var log bytes.Buffer
			folder := t.TempDir()
			c := open(t, vectors.Options{Folder: folder, Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
			keys := keysOf(0, 4)
			add(c, keys, 8)
			path := segmentFile(t, folder)
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, tt.damage(content), 0o600); err != nil {
				t.Fatal(err)
			}
			if got := read(t, c, keys, 8); len(got) != tt.left {
				t.Errorf("%v are read", got)
			}
			if _, err := os.Stat(path); (err == nil) != tt.stays {
				t.Errorf("the file stays: %t", err == nil)
			}
			if strings.Count(log.String(), "\n") == 0 || strings.Contains(log.String(), "WARN") {
				t.Errorf("the log is %q", log.String())
			}
			if tt.stays {
				return
			}
			add(c, keys, 8)
			if got := read(t, c, keys, 8); len(got) != 4 {
				t.Errorf("once added again, %v are read", got)
			}
		})
	}
}

// A segment whose name tells other dimensions than its header yields no vector of a
// wrong length.
func TestWrongName(t *testing.T) {
	folder := t.TempDir()
	c := open(t, vectors.Options{Folder: folder})
	add(c, keysOf(0, 1), 8)
	path := segmentFile(t, folder)
	if err := os.Rename(path, filepath.Join(folder, strings.Replace(filepath.Base(path), "v1-8-", "v1-9-", 1))); err != nil {
		t.Fatal(err)
	}
	for _, dimensions := range []int{0, 8, 9} {
		if got := c.Lookup(t.Context(), keysOf(0, 1), dimensions).Missing(); len(got) != 1 {
			t.Errorf("of %d dimensions one is found", dimensions)
		}
	}
}

func TestLayoutIsStable(t *testing.T) {
	folder := t.TempDir()
	w := open(t, vectors.Options{Folder: folder}).NewWriter()
	w.Add(keyOf(1), []float32{1, -2})
	w.Close()
	content, err := os.ReadFile(segmentFile(t, folder))
	key := keyOf(1)
	want := slices.Concat([]byte("aievecs\x01\x01\x00\x00\x00\x02\x00\x00\x00"), key[:])
	if err != nil || !bytes.HasPrefix(content, want) {
		t.Fatalf("%x, %v", content, err)
	}
	if record := content[len(want)+4:]; len(record) != 12 || binary.LittleEndian.Uint32(record) != 0x3f800000 || binary.LittleEndian.Uint32(record[4:]) != 0xc0000000 {
		t.Errorf("the record is %x", record)
	}
}
