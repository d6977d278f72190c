package vectors

import "sync"

// vectorsPerSegment is how many vectors a process loses, at most, that is killed.
const vectorsPerSegment = 250

// Writer adds vectors to a cache. It is safe for concurrent use.
type Writer struct {
	cache *Cache

	mu      sync.Mutex
	pending *segment // nil: nothing was added since the last was written
}

// NewWriter returns a writer, which must be closed.
func (c *Cache) NewWriter() *Writer { return &Writer{cache: c} }

// Add adds a vector, which it copies. Some are written at a time.
func (w *Writer) Add(key Key, vector []float32) {
	if w.cache.folder == "" || len(vector) == 0 || len(vector) > mostDimensions {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.pending != nil && w.pending.dimensions != len(vector) {
		w.flush()
	}
	if w.pending == nil {
		w.pending = newSegment(len(vector), 0)
	}
	w.pending.add(key, vector)
	if len(w.pending.keys) == vectorsPerSegment {
		w.flush()
	}
}

// Close writes what is not written yet.
func (w *Writer) Close() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.flush()
}

func (w *Writer) flush() {
	if w.pending != nil {
		w.cache.write(w.pending)
	}
	w.pending = nil
}
