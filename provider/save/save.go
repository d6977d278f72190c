// Package save writes results to files below one folder: each atomically, and never
// over a file that exists.
//
// A [Folder] is opened once. [Folder.Check] finds what is wrong with a name before the
// result is made, which may cost money, and [Destination.Write] writes it.
package save

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Folder is a folder below which files are written. Its root confines every path to the
// folder, even one with symbolic links. It is safe for concurrent use.
type Folder struct {
	root  *os.Root
	names []string                            // absolute: as configured, and with symbolic links resolved
	link  func(oldname, newname string) error // makes a hard link within root
}

// ErrFolder is the error of [Open].
var ErrFolder = errors.New("the folder cannot be used")

// Open opens a folder that exists and can be written. The error wraps [ErrFolder].
func Open(name string) (*Folder, error) {
	absolute, err := filepath.Abs(name)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFolder, err)
	}
	root, err := os.OpenRoot(absolute)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFolder, err)
	}
	f := &Folder{root: root, names: []string{absolute}, link: root.Link}
	if resolved, err := filepath.EvalSymlinks(absolute); err == nil && resolved != absolute {
		f.names = append(f.names, resolved)
	}
	if err := f.probe("."); err != nil {
		_ = root.Close()
		return nil, fmt.Errorf("%w: no file can be written in %s: %s", ErrFolder, absolute, reason(err))
	}
	return f, nil
}

// Close closes the folder. A nil one is closed.
func (f *Folder) Close() error {
	if f == nil {
		return nil
	}
	return f.root.Close()
}

// Kind is the kind of an [Error].
type Kind int

const (
	Invalid    Kind = iota // the path cannot be the name of a new file
	NotAllowed             // it is outside of the folder, or the system does not let it be written
)

// Error says why a result cannot be saved at a path.
type Error struct {
	Kind          Kind
	Message, Hint string
	cause         error
}

func (e *Error) Error() string { return e.Message }

// Unwrap returns the error of the system, nil without one.
func (e *Error) Unwrap() error { return e.cause }

// reason returns an error of the system without its operation and paths, which may name
// a temporary file.
func reason(err error) string {
	if failed, ok := errors.AsType[*os.PathError](err); ok {
		return failed.Err.Error()
	}
	if failed, ok := errors.AsType[*os.LinkError](err); ok {
		return failed.Err.Error()
	}
	return err.Error()
}
