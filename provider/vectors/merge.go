package vectors

import (
	"errors"
	"maps"
	"os"
)

const (
	mostSmall     = 32 // segments of the same dimensions, which are then merged
	mergedBytes   = 4 << 20
	mergedShare   = 16 // of the cache, at most
	smallFraction = 2  // half of a merged one is small
)

// mergeSmall makes one segment of several, if there are many small ones. Otherwise years
// of single files that change would leave as many segments as days.
func (c *Cache) mergeSmall(segments []file) error {
	target := min(mergedBytes, c.maxBytes/mergedShare)
	for _, small := range mergeable(segments, target) {
		for len(small) > 1 {
			n, size := 0, int64(0)
			for n < len(small) && size+small[n].size <= target {
				size += small[n].size
				n++
			}
			if err := c.merge(small[:n], size); err != nil {
				return err
			}
			small = small[n:]
		}
	}
	return nil
}

// mergeable returns the small segments of each number of dimensions that has too many, the
// last used first.
func mergeable(segments []file, target int64) map[int][]file {
	small := map[int][]file{}
	for _, f := range segments {
		if f.size < target/smallFraction {
			small[f.dimensions] = append(small[f.dimensions], f)
		}
	}
	maps.DeleteFunc(small, func(_ int, files []file) bool { return len(files) <= mostSmall })
	return small
}

// merge makes one segment of several, of the same dimensions. It is written before those
// are deleted, so that other processes always find the vectors: at worst twice, if two
// processes do the same.
func (c *Cache) merge(files []file, bytes int64) error {
	merged := newSegment(files[0].dimensions, bytes)
	var done []string
	for _, f := range files {
		err := c.open(f.name, merged.addAll)
		if err == nil || errors.Is(err, errDamaged) {
			done = append(done, f.name)
		}
	}
	if len(merged.keys) > 0 {
		if err := c.save(merged, files[0].used); err != nil {
			return err
		}
	}
	for _, name := range done {
		if name != merged.name() {
			c.remove(name)
		}
	}
	return nil
}

// addAll adds the vectors of another segment, without those that are damaged.
func (s *segment) addAll(r *os.File, l layout) error {
	keys, err := readKeys(r, l)
	if err != nil {
		return err
	}
	record := make([]byte, l.recordSize())
	for position, key := range keys {
		switch err := readRecord(r, l, position, key, record); {
		case err == nil:
			s.addRecord(key, record)
		case !errors.Is(err, errDamaged):
			return err
		}
	}
	return nil
}
