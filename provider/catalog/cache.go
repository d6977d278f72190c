package catalog

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// cacheFile names the disk cache of the catalogue URL: each has its own.
func (l *Live) cacheFile() string {
	sum := sha256.Sum256([]byte(l.CatalogURL))
	return filepath.Join(l.CacheDir, fmt.Sprintf("catalog-%x.json", sum[:8]))
}

// readCache gives what an earlier process read. A cache that is absent is
// nothing to tell of; one that is broken is logged and passed over.
func (l *Live) readCache() (record, bool) {
	if l.CacheDir == "" {
		return record{}, false
	}
	kept, err := readRecord(l.cacheFile())
	switch {
	case err == nil && kept.URL == l.CatalogURL:
		if kept.BaseURL != l.BaseURL {
			kept.ServedIDs = nil
		}
		return kept, true
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		l.Logger.Warn("passing over the catalogue's disk cache", "error", err)
	}
	return record{}, false
}

func readRecord(path string) (kept record, err error) {
	file, err := os.Open(path)
	if err != nil {
		return record{}, err
	}
	defer file.Close()
	// The payload is kept as a string, whose escapes can double its size.
	content, err := io.ReadAll(io.LimitReader(file, 3*maxPayload))
	if err != nil {
		return record{}, err
	}
	if err := json.Unmarshal(content, &kept); err != nil {
		return record{}, fmt.Errorf("%s: %w", path, err)
	}
	kept.models, _, err = Decode([]byte(kept.Listed))
	return kept, err
}

// writeCache keeps what was read for later processes. A folder that cannot be
// written costs only the cache, so it is logged once.
func (l *Live) writeCache(fresh record) {
	if l.CacheDir == "" {
		return
	}
	if err := writeRecord(l.cacheFile(), fresh); err != nil && !l.unwritable {
		l.unwritable = true
		l.Logger.Warn("the catalogue cannot be cached on disk", "error", err)
	}
}

// writeRecord writes beside the file and renames, so that another process never
// sees half of it.
func writeRecord(path string, fresh record) (err error) {
	content, err := json.Marshal(fresh)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	file, err := os.CreateTemp(filepath.Dir(path), "catalog-*.tmp")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(file.Name()))
		}
	}()
	_, err = file.Write(content)
	if err = errors.Join(err, file.Close()); err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
