package vectors

import (
	"bytes"
	"encoding/binary"
	"errors"
	"runtime"
	"testing"
)

func encoded(t testing.TB, count, dimensions int) []byte {
	t.Helper()
	s := newSegment(dimensions, 0)
	for i := range count {
		s.add(Key{byte(i), byte(i >> 8)}, make([]float32, dimensions))
	}
	var b bytes.Buffer
	if err := s.writeTo(&b); err != nil || int64(b.Len()) != s.layout().size() {
		t.Fatalf("%d bytes, %v", b.Len(), err)
	}
	return b.Bytes()
}

// readAll returns the segment that the bytes are.
func readAll(content []byte) (*segment, error) {
	r := bytes.NewReader(content)
	l, err := readLayout(r, r.Size())
	if err != nil {
		return nil, err
	}
	s := newSegment(l.dimensions, 0)
	keys, err := readKeys(r, l)
	if err != nil {
		return nil, err
	}
	record := make([]byte, l.recordSize())
	for position, key := range keys {
		if err := readRecord(r, l, position, key, record); err != nil {
			return nil, err
		}
		s.addRecord(key, record)
	}
	return s, nil
}

func TestEveryDamagedByteIsSeen(t *testing.T) {
	content := encoded(t, 3, 2)
	if _, err := readAll(content); err != nil {
		t.Fatal(err)
	}
	for i := range content {
		for _, change := range []byte{1, 0x80, 0xff} {
			damaged := bytes.Clone(content)
			damaged[i] ^= change
			if _, err := readAll(damaged); !errors.Is(err, errDamaged) && !errors.Is(err, errNewer) {
				t.Errorf("byte %d: %v", i, err)
			}
		}
		if _, err := readAll(content[:i]); !errors.Is(err, errDamaged) {
			t.Errorf("cut to %d: %v", i, err)
		}
	}
	if _, err := readAll(append(content, 0)); !errors.Is(err, errDamaged) {
		t.Errorf("one byte more: %v", err)
	}
}

// What a header promises is allocated only if the file is as long.
func TestHostileCountsTakeLittleMemory(t *testing.T) {
	for _, counts := range [][2]uint32{{1<<32 - 1, 1}, {1, 1<<32 - 1}, {1<<32 - 1, 1<<32 - 1}, {1 << 31, 1 << 31}, {mostVectors, mostDimensions}, {0, 1}, {1, 0}} {
		content := encoded(t, 1, 1)
		binary.LittleEndian.PutUint32(content[8:], counts[0])
		binary.LittleEndian.PutUint32(content[12:], counts[1])
		const times = 100
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range times {
			if _, err := readAll(content); !errors.Is(err, errDamaged) {
				t.Fatalf("%v: %v", counts, err)
			}
		}
		runtime.ReadMemStats(&after)
		if allocated := (after.TotalAlloc - before.TotalAlloc) / times; allocated > 1000 {
			t.Errorf("%v: %d bytes", counts, allocated)
		}
	}
}

func FuzzSegment(f *testing.F) {
	f.Add(encoded(f, 1, 1))
	f.Add(encoded(f, 3, 2))
	f.Add(encoded(f, 2, 5)[:100])
	f.Fuzz(func(t *testing.T, content []byte) {
		s, err := readAll(content)
		if err != nil {
			return
		}
		var again bytes.Buffer
		if err := s.writeTo(&again); err != nil {
			t.Fatal(err)
		}
		if len(s.keys) == s.layout().count && int64(len(content)) == s.layout().size() && !bytes.Equal(again.Bytes(), content) {
			t.Errorf("%x is written as %x", content, again.Bytes())
		}
	})
}

func TestNames(t *testing.T) {
	s := newSegment(1024, 0)
	s.add(Key{1}, make([]float32, 1024))
	for name, want := range map[string]int{
		s.name(): 1024, "v1-8-0123456789abcdef0123456789abcdef.vectors": 8,
		"v2-8-0123456789abcdef0123456789abcdef.vectors": 0, "v1-8-0123456789abcdef0123456789abcde.vectors": 0, "v1-8-0123456789abcdef0123456789abcdeg.vectors": 0,
		"v1--0123456789abcdef0123456789abcdef.vectors": 0, "v1-8-0123456789abcdef0123456789abcdef.vectors.bak": 0, "v1-123.tmp": 0, "": 0,
	} {
		if got, ok := nameDimensions(name); ok != (want > 0) || ok && got != want {
			t.Errorf("%q: %d, %t", name, got, ok)
		}
	}
}
