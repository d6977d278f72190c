package folder

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
)

// File is a regular file below an allowed folder.
type File struct {
	Name string // to show: below its folder, or absolute where there are several
	Size int64  // bytes, when it was found

	folder folder
	path   string // within the folder
}

// Lookup finds the file that a path means. It tries the spellings of the path in turn:
// each one exactly, then each with its names folded. A relative one is tried in each
// folder in turn. Nothing outside of the folders is ever accessed, so that an error
// cannot reveal what exists there. The error is an [*Error], or wraps that of ctx.
func (s *Set) Lookup(ctx context.Context, path string, spellings []string) (File, error) {
	if strings.ContainsRune(path, 0) {
		return File{}, &Error{Kind: Invalid, Message: "the path has a NUL character"}
	}
	// The last spelling is the one that a failure is about: a quoted path is outside
	// if the path between the quotes is.
	var failure error
	for _, spelling := range spellings {
		file, err := s.exactly(filepath.Clean(spelling))
		if !isMissing(err) {
			return file, pathError(path, err)
		}
		failure = err
	}
	similar := ""
	for _, spelling := range spellings {
		file, nearest, err := s.folded(ctx, filepath.Clean(spelling))
		if !isMissing(err) {
			return file, pathError(path, err)
		}
		similar = cmp.Or(nearest, similar)
	}
	if errors.Is(failure, errOutside) {
		return File{}, outsideError(path, nil)
	}
	return File{}, missingError(path, similar, failure)
}

// exactly finds the file at a path.
func (s *Set) exactly(path string) (File, error) {
	missing := errOutside
	for _, f := range s.folders {
		within, ok := f.within(path)
		if !ok {
			continue
		}
		file, err := s.file(f, within)
		if !isMissing(err) {
			return file, err
		}
		missing = err
	}
	return File{}, missing
}

// folded is [Set.exactly] for a path whose names may be written in another way than
// those of the files. It also returns the name that is most like the first one that does
// not exist, if it is alike.
func (s *Set) folded(ctx context.Context, path string) (file File, nearest string, err error) {
	err = errOutside
	for _, f := range s.folders {
		within, ok := f.within(path)
		if !ok {
			continue
		}
		found, similar, failed := f.find(ctx, within)
		if failed == nil {
			file, failed = s.file(f, found)
		}
		if !isMissing(failed) {
			return file, "", failed
		}
		nearest, err = cmp.Or(nearest, similar), failed
	}
	return File{}, nearest, err
}

// file returns the regular file at a path within a folder.
func (s *Set) file(f folder, path string) (File, error) {
	name := s.shown(f, path)
	info, err := f.root.Stat(path)
	if err != nil {
		var followed bool
		if path, followed = f.followLinks(path, err); !followed {
			return File{}, err
		}
		if info, err = f.root.Stat(path); err != nil {
			return File{}, err
		}
	}
	if !info.Mode().IsRegular() {
		return File{}, errNotRegular
	}
	return File{Name: name, Size: info.Size(), folder: f, path: path}, nil
}

// shown returns the name by which a file is told from those of all folders.
func (s *Set) shown(f folder, path string) string {
	if len(s.folders) > 1 {
		path = filepath.Join(f.names[0], path)
	}
	return filepath.ToSlash(path)
}

// Read returns the content of a file of at most so many bytes. Its type was checked
// before it is opened, because opening a device may have effects. A file that changes
// meanwhile is an error: half of it may be old.
func (f File) Read(ctx context.Context, most int64) ([]byte, error) {
	data, err := f.read(ctx, most)
	return data, pathError(f.Name, err)
}

func (f File) read(ctx context.Context, most int64) ([]byte, error) {
	opened, err := f.open()
	if err != nil {
		return nil, err
	}
	defer opened.Close()
	if opened.Bytes() > most {
		return nil, f.tooLarge(opened.Bytes())
	}
	data, err := io.ReadAll(io.LimitReader(contextReader{ctx, opened.file}, most+1))
	switch {
	case err != nil:
		return nil, err
	case int64(len(data)) > most:
		return nil, f.tooLarge(int64(len(data)))
	}
	return data, opened.check(int64(len(data)))
}

func (f File) tooLarge(size int64) *Error {
	return &Error{Kind: TooLarge, Message: fmt.Sprintf("%q has %s", short(filepath.Base(f.Name)), text.Bytes(size))}
}

// contextReader fails once its context has ended.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
