// Package vectors caches embeddings on disk, so that a text that was embedded before is
// not sent again. [Cache.Lookup] says which vectors are there and reads them one by one;
// a [Writer] adds more.
//
// The cache is a folder of immutable segments, files that are written under another name
// and then renamed. So several processes can use it at a time, without locks. Those that
// were not used for the longest time are deleted when there is too much. What
// is damaged counts as missing. Nothing that fails here is an error to the caller:
// without a cache, everything still works.
//
// A segment holds SHA-256 hashes and vectors, never a text. Who can read the folder can
// test whether a text is in it, and guess from a vector what a text was about: it is
// readable by its owner only.
package vectors

import (
	"cmp"
	"crypto/sha256"
	"fmt"
	"log/slog"
	"sync"
)

const defaultMaxBytes = 256 << 20

// Options configure a [Cache]. The zero value is one that keeps nothing.
type Options struct {
	Folder   string // is made when something is added, readable by its owner only; "" keeps nothing
	MaxBytes int64  // of all files; more for the moment of a merge, or where processes write at once; 0 is 256 MiB
	// Logger gets one warning if the folder cannot be written, and what is damaged at
	// level debug; nil discards both.
	Logger *slog.Logger
}

// Cache is a folder of vectors. It is safe for concurrent use.
type Cache struct {
	folder   string
	maxBytes int64
	logger   *slog.Logger

	mu       sync.Mutex // is held by who writes or deletes
	warnOnce sync.Once
}

// Open returns the cache of a folder. It reads and writes nothing yet.
func Open(o Options) *Cache {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &Cache{folder: o.Folder, maxBytes: cmp.Or(o.MaxBytes, defaultMaxBytes), logger: o.Logger}
}

// Space identifies what vectors compare with each other.
type Space struct {
	Service    string // its base URL
	Model      string
	Dimensions int // that were asked for; 0 is the model's own number
}

// Key identifies the vector of a text in a space.
type Key [sha256.Size]byte

// Key returns the key of the vector of a text.
func (s Space) Key(text string) Key {
	return sha256.Sum256(fmt.Appendf(nil, "%q %q %d %s", s.Service, s.Model, s.Dimensions, text))
}
