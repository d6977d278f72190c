package catalog

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// cacheFile returns the path of the disk cache: each catalogue URL has its own.
func (l *Live) cacheFile() string {
	sum := sha256.Sum256([]byte(l.options.CatalogURL))
	return filepath.Join(l.options.CacheDir, fmt.Sprintf("catalog-%x.json", sum[:8]))
}

// readCache returns what an earlier process read. A missing cache is not an error;
// a broken one is logged and ignored.
func (l *Live) readCache() (record, bool) {
	if l.options.CacheDir == "" {
		return record{}, false
	}
	kept, err := readRecord(l.ctx, l.cacheFile())
	switch {
	case err == nil && kept.URL == l.options.CatalogURL:
		if kept.BaseURL != l.options.BaseURL {
			kept.ServedIDs = nil
		}
		return kept, true
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		l.options.Logger.Warn("ignoring the catalogue's disk cache", "error", err)
	}
	return record{}, false
}

func readRecord(ctx context.Context, path string) (kept record, err error) {
	file, err := os.Open(path)
	if err != nil {
		return record{}, err
	}
	defer file.Close()
	// There may be two payloads, kept as strings, whose escapes can double their size.
	content, err := io.ReadAll(io.LimitReader(file, 6*maxPayload))
	if err != nil {
		return record{}, err
	}
	if err := json.Unmarshal(content, &kept); err != nil {
		return record{}, fmt.Errorf("%s: %w", path, err)
	}
	if refused := kept.Refused; refused != nil {
		if refused.models, _, err = Decode(ctx, []byte(refused.Listed)); err != nil {
			kept.Refused = nil
		}
	}
	kept.models, _, err = Decode(ctx, []byte(kept.Listed))
	return kept, err
}

// writeCache saves what was read for later processes. Without it everything still
// works, so a failure is logged once.
func (l *Live) writeCache(fresh record) {
	if l.options.CacheDir == "" {
		return
	}
	if err := writeRecord(l.cacheFile(), fresh); err != nil && !l.cacheWarned {
		l.cacheWarned = true
		l.options.Logger.Warn("the catalogue cannot be cached on disk", "error", err)
	}
}

// writeRecord writes a temporary file and renames it, so that another process never
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
