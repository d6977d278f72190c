package vectors

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"strconv"
	"strings"
)

// A segment, all numbers little-endian:
//
//	magic            8 bytes, the last is the version
//	count            uint32
//	dimensions       uint32
//	keys             count × 32 bytes
//	checksum         CRC-32C of all before
//	records          count × (dimensions × float32, CRC-32C of key and vector)
//
// It is named after its version, its dimensions and its keys, so that two processes that
// add the same make one file.
const (
	magic      = "aievecs"
	version    = 1
	headerSize = len(magic) + 1 + 4 + 4
	sumSize    = 4
	numberSize = 4

	mostDimensions = 1 << 16
	mostVectors    = 1 << 17

	namePrefix = "v1-"
	nameSuffix = ".vectors"
	nameHash   = 16 // bytes
)

var (
	errDamaged = errors.New("the segment is damaged")
	errNewer   = errors.New("the segment is of a newer version")
)

// segment is one that is about to be written.
type segment struct {
	dimensions int
	keys       []Key
	has        map[Key]bool
	records    []byte
}

func newSegment(dimensions int, bytes int64) *segment {
	return &segment{dimensions: dimensions, has: map[Key]bool{}, records: make([]byte, 0, bytes)}
}

// add adds a vector of the right length, unless its key is there.
func (s *segment) add(key Key, vector []float32) {
	if s.has[key] {
		return
	}
	start := len(s.records)
	for _, number := range vector {
		s.records = binary.LittleEndian.AppendUint32(s.records, math.Float32bits(number))
	}
	s.records = binary.LittleEndian.AppendUint32(s.records, recordSum(key, s.records[start:]))
	s.keys, s.has[key] = append(s.keys, key), true
}

// addRecord adds a vector as it is in another segment, unless its key is there.
func (s *segment) addRecord(key Key, record []byte) {
	if !s.has[key] {
		s.records = append(s.records, record...)
		s.keys, s.has[key] = append(s.keys, key), true
	}
}

func (s *segment) layout() layout {
	return layout{count: len(s.keys), dimensions: s.dimensions}
}

func (s *segment) name() string {
	hash := sha256.New()
	for _, key := range s.keys {
		hash.Write(key[:])
	}
	return fmt.Sprintf("%s%d-%x%s", namePrefix, s.dimensions, hash.Sum(nil)[:nameHash], nameSuffix)
}

func (s *segment) writeTo(w io.Writer) error {
	table := append(make([]byte, 0, s.layout().recordAt(0)), magic...)
	table = append(table, version)
	table = binary.LittleEndian.AppendUint32(table, uint32(len(s.keys)))
	table = binary.LittleEndian.AppendUint32(table, uint32(s.dimensions))
	for _, key := range s.keys {
		table = append(table, key[:]...)
	}
	table = binary.LittleEndian.AppendUint32(table, checksum(table))
	if _, err := w.Write(table); err != nil {
		return err
	}
	_, err := w.Write(s.records)
	return err
}

// nameDimensions returns the dimensions that the name of a segment tells, and whether it
// is one.
func nameDimensions(name string) (int, bool) {
	name, isPrefixed := strings.CutPrefix(name, namePrefix)
	name, isSuffixed := strings.CutSuffix(name, nameSuffix)
	dimensions, hash, _ := strings.Cut(name, "-")
	n, err := strconv.Atoi(dimensions)
	isHash := len(hash) == 2*nameHash && strings.Trim(hash, "0123456789abcdef") == ""
	return n, isPrefixed && isSuffixed && err == nil && isHash
}

// layout says where the parts of a segment are.
type layout struct{ count, dimensions int }

func (l layout) recordSize() int { return numberSize*l.dimensions + sumSize }

func (l layout) recordAt(position int) int64 {
	return int64(headerSize) + int64(l.count)*int64(len(Key{})) + sumSize + int64(position)*int64(l.recordSize())
}

func (l layout) size() int64 { return l.recordAt(l.count) }

// readLayout reads the header of a segment of a size. Its counts agree with the size.
func readLayout(r io.ReaderAt, size int64) (layout, error) {
	var header [headerSize]byte
	if err := readAt(r, header[:], 0); err != nil {
		return layout{}, err
	}
	switch {
	case string(header[:len(magic)]) != magic, header[len(magic)] == 0:
		return layout{}, errDamaged
	case header[len(magic)] > version:
		return layout{}, errNewer
	}
	count := binary.LittleEndian.Uint32(header[len(magic)+1:])
	dimensions := binary.LittleEndian.Uint32(header[len(magic)+5:])
	if count == 0 || count > mostVectors || dimensions == 0 || dimensions > mostDimensions {
		return layout{}, errDamaged
	}
	l := layout{count: int(count), dimensions: int(dimensions)}
	if l.size() != size {
		return layout{}, errDamaged
	}
	return l, nil
}

// readKeys returns the keys of a segment, in the order of its vectors.
func readKeys(r io.ReaderAt, l layout) ([]Key, error) {
	table := make([]byte, l.recordAt(0))
	if err := readAt(r, table, 0); err != nil {
		return nil, err
	}
	sum := len(table) - sumSize
	if checksum(table[:sum]) != binary.LittleEndian.Uint32(table[sum:]) {
		return nil, errDamaged
	}
	keys := make([]Key, l.count)
	for i := range keys {
		copy(keys[i][:], table[headerSize+i*len(Key{}):])
	}
	return keys, nil
}

// readRecord reads the record of a key into record, which has its size.
func readRecord(r io.ReaderAt, l layout, position int, key Key, record []byte) error {
	if err := readAt(r, record, l.recordAt(position)); err != nil {
		return err
	}
	sum := len(record) - sumSize
	if recordSum(key, record[:sum]) != binary.LittleEndian.Uint32(record[sum:]) {
		return errDamaged
	}
	return nil
}

// readAt fills b. What ends too early is damaged.
func readAt(r io.ReaderAt, b []byte, offset int64) error {
	n, err := r.ReadAt(b, offset)
	switch {
	case n == len(b):
		return nil
	case errors.Is(err, io.EOF):
		return errDamaged
	}
	return err
}

// decode reads the numbers of a record into vector, which has its length.
func decode(record []byte, vector []float32) {
	for i := range vector {
		vector[i] = math.Float32frombits(binary.LittleEndian.Uint32(record[numberSize*i:]))
	}
}

func checksum(b []byte) uint32 { return crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli)) }

// recordSum binds a vector to its key.
func recordSum(key Key, vector []byte) uint32 {
	return crc32.Update(checksum(key[:]), crc32.MakeTable(crc32.Castagnoli), vector)
}
