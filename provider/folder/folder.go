// Package folder reads files below the folders that are allowed, and nothing else: by a
// path as people write it, or by a pattern.
package folder

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Set is the allowed folders. It is safe for concurrent use. Close it when done.
type Set struct{ folders []folder }

// folder is an allowed folder. Its root confines every path to the folder, even one
// with symbolic links.
type folder struct {
	root  *os.Root
	names []string // absolute: as configured, and with symbolic links resolved
}

// ErrFolder is the error of [Open] if a folder cannot be opened.
var ErrFolder = errors.New("the folder cannot be used")

// Open opens the folders. Without any, no file is found.
func Open(names []string) (*Set, error) {
	s := &Set{}
	for _, name := range names {
		f, err := openFolder(name)
		if err != nil {
			return nil, errors.Join(err, s.Close())
		}
		s.folders = append(s.folders, f)
	}
	return s, nil
}

func openFolder(name string) (folder, error) {
	absolute, err := filepath.Abs(name)
	if err != nil {
		return folder{}, fmt.Errorf("%w: %w", ErrFolder, err)
	}
	root, err := os.OpenRoot(absolute)
	if err != nil {
		return folder{}, fmt.Errorf("%w: %w", ErrFolder, err)
	}
	f := folder{root: root, names: []string{absolute}}
	if resolved, err := filepath.EvalSymlinks(absolute); err == nil && resolved != absolute {
		f.names = append(f.names, resolved)
	}
	return f, nil
}

// Close releases the folders.
func (s *Set) Close() error {
	var failures []error
	for _, f := range s.folders {
		failures = append(failures, f.root.Close())
	}
	return errors.Join(failures...)
}

// IsEmpty reports whether no folder is allowed.
func (s *Set) IsEmpty() bool { return len(s.folders) == 0 }

// within returns a path as one below the folder, if it is.
func (f folder) within(path string) (string, bool) {
	if filepath.IsAbs(path) {
		return f.relative(path)
	}
	return path, filepath.IsLocal(path)
}

// relative converts an absolute path to one within the folder.
func (f folder) relative(absolute string) (string, bool) {
	for _, name := range f.names {
		if within, err := filepath.Rel(name, absolute); err == nil && filepath.IsLocal(within) {
			return within, true
		}
	}
	return "", false
}
