package vectors

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

const (
	temporaryName   = namePrefix + "*.tmp"
	temporarySuffix = ".tmp"
	longestWrite    = time.Hour   // an older temporary file is of a process that was killed
	useInterval     = time.Minute // how exactly the time of the last use is kept
)

// file is a segment in the folder.
type file struct {
	name       string
	dimensions int
	size       int64
	used       time.Time // the last time
}

// listing is what is in the folder.
type listing struct {
	segments   []file // the last used first
	total      int64  // bytes of all files
	isChanging bool   // another process, or goroutine, deletes files
}

// list lists the folder. It deletes what killed processes have left.
func (c *Cache) list() (l listing, err error) {
	if c.folder == "" {
		return l, nil
	}
	entries, err := os.ReadDir(c.folder)
	if err != nil {
		return l, err
	}
	for _, entry := range entries {
		name := entry.Name()
		dimensions, isSegment := nameDimensions(name)
		isTemporary := strings.HasPrefix(name, namePrefix) && strings.HasSuffix(name, temporarySuffix)
		if !isSegment && !isTemporary {
			continue
		}
		info, err := entry.Info()
		if err != nil {
			l.isChanging = true
			continue
		}
		if !info.Mode().IsRegular() {
			continue
		}
		if isTemporary && time.Since(info.ModTime()).Abs() > longestWrite {
			c.remove(name)
			continue
		}
		l.total += info.Size()
		if isSegment {
			l.segments = append(l.segments, file{name: name, dimensions: dimensions, size: info.Size(), used: info.ModTime()})
		}
	}
	slices.SortFunc(l.segments, func(a, b file) int { return b.used.Compare(a.used) })
	return l, nil
}

// touch notes that a segment was used. If it fails, the segment is deleted earlier.
func (c *Cache) touch(f file) {
	now := time.Now()
	if now.Sub(f.used).Abs() > useInterval {
		_ = os.Chtimes(filepath.Join(c.folder, f.name), now, now)
	}
}

// remove deletes a file. Another process may have done so or, on Windows, may be reading
// it: then it is deleted another time.
func (c *Cache) remove(name string) { _ = os.Remove(filepath.Join(c.folder, name)) }

// write adds a segment, and keeps the folder within its bounds.
func (c *Cache) write(s *segment) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.tryWrite(s); err != nil {
		c.warnOnce.Do(func() {
			c.logger.Warn("embeddings cannot be cached on disk, and are asked for again", "error", err)
		})
	}
}

func (c *Cache) tryWrite(s *segment) error {
	size := s.layout().size()
	if size > c.maxBytes {
		return nil
	}
	if err := os.MkdirAll(c.folder, 0o700); err != nil {
		return err
	}
	l, err := c.list()
	if err != nil {
		return err
	}
	left := c.evict(l.segments, l.total, c.maxBytes-size)
	if err := c.save(s, time.Now()); err != nil {
		return err
	}
	return c.mergeSmall(left)
}

// evict deletes the segments that were not used for the longest time, until all files
// have at most limit bytes. It returns those that are left.
func (c *Cache) evict(segments []file, total, limit int64) []file {
	for total > limit && len(segments) > 0 {
		oldest := segments[len(segments)-1]
		segments = segments[:len(segments)-1]
		c.remove(oldest.name)
		total -= oldest.size
	}
	return segments
}

// save writes a segment that was last used at a time, unless one of the same keys is
// there. Another process never sees half of it; what a crash of the system leaves of it
// is known by its checksums.
func (c *Cache) save(s *segment, used time.Time) (err error) {
	path := filepath.Join(c.folder, s.name())
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	temporary, err := os.CreateTemp(c.folder, temporaryName)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(temporary.Name())
		}
	}()
	if err := errors.Join(s.writeTo(temporary), temporary.Close(), os.Chtimes(temporary.Name(), used, used)); err != nil {
		return err
	}
	return os.Rename(temporary.Name(), path)
}
