package vectors

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
)

// Found says which vectors of a look-up are in the cache.
type Found struct {
	cache      *Cache
	keys       []Key
	dimensions int
	segments   []found
	places     []place // of each key
}

// found is a segment that holds some of the vectors.
type found struct {
	name   string
	layout layout
}

// place is where a vector is.
type place struct {
	segment  int // in segments, from 1; 0 is nowhere
	position int
}

// Lookup returns which of the vectors are in the cache. Those of another length than
// dimensions are not; 0 allows any. It reads the keys only, and takes what it cannot read
// before ctx ends for missing.
func (c *Cache) Lookup(ctx context.Context, keys []Key, dimensions int) *Found {
	f := &Found{cache: c, keys: keys, dimensions: dimensions, places: make([]place, len(keys))}
	wanted := make(map[Key][]int, len(keys))
	for i, key := range keys {
		wanted[key] = append(wanted[key], i)
	}
	// Segments that are merged meanwhile may be gone, and the merged one not be listed: so
	// a listing that has shown anything new is not the last one.
	const mostListings = 10
	seen := map[string]bool{}
	for range mostListings {
		if len(wanted) == 0 || !f.findAll(ctx, wanted, seen) {
			break
		}
	}
	return f
}

// findAll looks for the wanted vectors in all segments but those that were seen, and
// returns whether there may be more.
func (f *Found) findAll(ctx context.Context, wanted map[Key][]int, seen map[string]bool) bool {
	l, err := f.cache.list()
	if err != nil {
		return false
	}
	isNew := l.isChanging
	for _, file := range l.segments {
		if len(wanted) == 0 || ctx.Err() != nil {
			return false
		}
		if seen[file.name] || f.dimensions > 0 && f.dimensions != file.dimensions {
			continue
		}
		seen[file.name], isNew = true, true
		f.find(file, wanted)
	}
	return isNew
}

// find notes which of the wanted vectors are in a segment, and wants them no longer.
func (f *Found) find(file file, wanted map[Key][]int) {
	segment := found{name: file.name}
	isUsed := false
	err := f.cache.open(file.name, func(r *os.File, l layout) error {
		segment.layout = l
		keys, err := readKeys(r, l)
		for position, key := range keys {
			for _, i := range wanted[key] {
				f.places[i] = place{segment: len(f.segments) + 1, position: position}
				isUsed = true
			}
			delete(wanted, key)
		}
		return err
	})
	if isUsed {
		f.segments = append(f.segments, segment)
		f.cache.touch(file)
	}
	f.cache.discardDamaged(file.name, err)
}

// Missing returns the indexes of the keys whose vectors are not in the cache.
func (f *Found) Missing() []int {
	var missing []int
	for i, at := range f.places {
		if at.segment == 0 {
			missing = append(missing, i)
		}
	}
	return missing
}

// Vectors reads each vector that is not missing, with the index of its key, in an order
// that is fast. A vector is valid until the next one. It is nil if it has been deleted or
// damaged since the look-up. The sequence ends early when ctx ends.
func (f *Found) Vectors(ctx context.Context) iter.Seq2[int, []float32] {
	return func(yield func(int, []float32) bool) {
		lost, goOn := f.read(ctx, yield)
		if !goOn || len(lost) == 0 {
			return
		}
		// Another process may have merged their segments.
		keys := make([]Key, len(lost))
		for i, index := range lost {
			keys[i] = f.keys[index]
		}
		again := f.cache.Lookup(ctx, keys, f.dimensions)
		lostAgain, goOn := again.read(ctx, func(i int, vector []float32) bool { return yield(lost[i], vector) })
		for _, i := range slices.Concat(lostAgain, again.Missing()) {
			if !goOn || ctx.Err() != nil || !yield(lost[i], nil) {
				return
			}
		}
	}
}

// read yields the vectors that can be read, and returns the indexes of the others, and
// whether yield wants more.
func (f *Found) read(ctx context.Context, yield func(int, []float32) bool) (lost []int, goOn bool) {
	var order []int
	for i, at := range f.places {
		if at.segment > 0 {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(a, b int) int {
		return cmp.Or(f.places[a].segment-f.places[b].segment, f.places[a].position-f.places[b].position)
	})
	goOn = true
	for len(order) > 0 && goOn && ctx.Err() == nil {
		segment := f.places[order[0]].segment
		end := slices.IndexFunc(order, func(i int) bool { return f.places[i].segment != segment })
		if end < 0 {
			end = len(order)
		}
		lost, goOn = f.readSegment(ctx, order[:end], lost, yield)
		order = order[end:]
	}
	return lost, goOn
}

// readSegment yields the vectors of one segment.
func (f *Found) readSegment(
	ctx context.Context, indexes, lost []int, yield func(int, []float32) bool,
) (_ []int, goOn bool) {
	segment := f.segments[f.places[indexes[0]].segment-1]
	record, vector := make([]byte, segment.layout.recordSize()), make([]float32, segment.layout.dimensions)
	done, goOn := 0, true
	err := f.cache.open(segment.name, func(r *os.File, l layout) error {
		if l != segment.layout {
			return errDamaged
		}
		var damaged error
		for ; done < len(indexes) && goOn && ctx.Err() == nil; done++ {
			i := indexes[done]
			if err := readRecord(r, l, f.places[i].position, f.keys[i], record); err != nil {
				damaged = err
				lost = append(lost, i)
				continue
			}
			decode(record, vector)
			goOn = yield(i, vector)
		}
		return damaged
	})
	f.cache.discardDamaged(segment.name, err)
	if err != nil {
		lost = append(lost, indexes[done:]...)
	}
	return lost, goOn
}

// open calls read with a segment and its layout.
func (c *Cache) open(name string, read func(*os.File, layout) error) error {
	r, err := os.Open(filepath.Join(c.folder, name))
	if err != nil {
		return err
	}
	defer r.Close()
	info, err := r.Stat()
	if err != nil {
		return err
	}
	l, err := readLayout(r, info.Size())
	if err != nil {
		return err
	}
	if named, _ := nameDimensions(name); l.dimensions != named {
		return errDamaged
	}
	return read(r, l)
}

// discardDamaged deletes a segment that is damaged: its name says that it is of this
// package. What is lost is embedded again.
func (c *Cache) discardDamaged(name string, err error) {
	switch {
	case err == nil, errors.Is(err, fs.ErrNotExist):
	case errors.Is(err, errDamaged):
		c.logger.Debug("deleting a damaged segment of cached vectors", "file", name)
		c.remove(name)
	default:
		c.logger.Debug("ignoring a segment of cached vectors", "file", name, "error", err)
	}
}
