package media

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// folder is an allowed folder. Its root confines every path to the folder, even one
// with symbolic links.
type folder struct {
	root  *os.Root
	names []string // absolute: as configured, and with symbolic links resolved
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

// readPath reads a file below an allowed folder. It tries the spellings of a path in
// turn: each one exactly, then each with its names folded. Nothing outside of the
// folders is ever accessed, so that an error cannot reveal what exists there.
func (p *Preparer) readPath(ctx context.Context, path string, spellings []string, localFiles bool) ([]byte, error) {
	switch {
	case !localFiles:
		return nil, &Error{
			Kind:    PathNotAllowed,
			Message: "the image is neither a URL nor base64 of an image, and local files are never read over HTTP",
			Hint:    "give an https URL, a data: URL or base64 of an image",
		}
	case len(p.folders) == 0:
		return nil, &Error{
			Kind:    PathNotAllowed,
			Message: "the image is neither a URL nor base64 of an image, and no folder is allowed for local files",
			Hint:    "start the server with --allow-dir DIR, or give an https URL, a data: URL or base64",
		}
	case strings.ContainsRune(path, 0):
		return nil, &Error{Kind: Invalid, Message: "the path has a NUL character", Hint: allowedSources}
	}
	// The last spelling is the one that a failure is about: a quoted path is outside
	// if the path between the quotes is.
	var failure error
	for _, spelling := range spellings {
		data, err := p.readExactly(ctx, filepath.Clean(spelling))
		if !isMissing(err) {
			return data, pathError(path, err)
		}
		failure = err
	}
	similar := ""
	for _, spelling := range spellings {
		data, nearest, err := p.readFolded(ctx, filepath.Clean(spelling))
		if !isMissing(err) {
			return data, pathError(path, err)
		}
		similar = cmp.Or(nearest, similar)
	}
	if errors.Is(failure, errOutside) {
		return nil, outsideError(path, nil)
	}
	return nil, missingError(path, similar, failure)
}

// errOutside is the error for a path that is not below any allowed folder.
var errOutside = errors.New("outside of the allowed folders")

func isMissing(err error) bool {
	return errors.Is(err, errOutside) || errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// readExactly reads the file at a path. A relative one is tried in each folder in turn.
func (p *Preparer) readExactly(ctx context.Context, path string) ([]byte, error) {
	missing := errOutside
	for _, f := range p.folders {
		within, ok := f.within(path)
		if !ok {
			continue
		}
		data, err := p.readFile(ctx, f, within)
		if !isMissing(err) {
			return data, err
		}
		missing = err
	}
	return nil, missing
}

// readFolded is [Preparer.readExactly] for a path whose names may be written in
// another way than those of the files. It also returns the name that is most like
// the first one that does not exist, if it is alike.
func (p *Preparer) readFolded(ctx context.Context, path string) (data []byte, nearest string, err error) {
	err = errOutside
	for _, f := range p.folders {
		within, ok := f.within(path)
		if !ok {
			continue
		}
		found, similar, failed := f.find(ctx, within)
		if failed == nil {
			data, failed = p.readFile(ctx, f, found)
		}
		if !isMissing(failed) {
			return data, "", failed
		}
		nearest, err = cmp.Or(nearest, similar), failed
	}
	return nil, nearest, err
}

var errNotRegular = errors.New("not a regular file")

// readFile reads a regular file. It checks the type before opening, because opening
// a device may have effects, and again afterwards, because the file may have been
// replaced; O_NONBLOCK keeps a FIFO from blocking in between.
func (p *Preparer) readFile(ctx context.Context, f folder, name string) ([]byte, error) {
	root := f.root
	info, err := root.Stat(name)
	if err != nil {
		var followed bool
		if name, followed = f.followLinks(name, err); !followed {
			return nil, err
		}
		if info, err = root.Stat(name); err != nil {
			return nil, err
		}
	}
	if !info.Mode().IsRegular() {
		return nil, errNotRegular
	}
	file, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if info, err = file.Stat(); err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, errNotRegular
	}
	if info.Size() > p.maxBytes {
		return nil, p.fileTooLargeError(name, info.Size())
	}
	data, err := io.ReadAll(io.LimitReader(&contextReader{ctx, file}, p.maxBytes+1))
	if err != nil {
		return nil, err
	}
	return p.checkSize(data)
}

// pathError turns an error of the file system into an [*Error]. It returns nil and
// an error that is one already unchanged.
func pathError(path string, err error) error {
	if _, ok := errors.AsType[*Error](err); ok || err == nil {
		return err
	}
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("reading the image: %w", err)
	case errors.Is(err, errNotRegular):
		return &Error{
			Kind: PathNotAllowed, Message: fmt.Sprintf("%q is not a regular file", short(path)),
			Hint: "give the path of an image file", cause: err,
		}
	case errors.Is(err, fs.ErrPermission):
		return &Error{
			Kind: Unreadable, Message: fmt.Sprintf("the file %q may not be read by this program", short(path)),
			Hint: "change its permissions", cause: err,
		}
	}
	// The error of os.Root for a link that leaves the folder is not exported; errors
	// of the system wrap a syscall.Errno.
	if _, ok := errors.AsType[syscall.Errno](err); ok {
		return unreadableError(fmt.Sprintf("the file %q cannot be read", short(path)), err)
	}
	return outsideError(path, err)
}

// missingError is the error for a path at which there is nothing. similar is a name
// that exists instead, or "".
func missingError(path, similar string, cause error) *Error {
	message := fmt.Sprintf("there is no file %q below the allowed folders", short(path))
	if similar != "" {
		message += fmt.Sprintf("; the nearest name there is %q", short(similar))
	}
	return &Error{Kind: Unreadable, Message: message, Hint: allowedSources, cause: cause}
}

func (p *Preparer) fileTooLargeError(name string, n int64) *Error {
	e := p.tooLargeError()
	e.Message += fmt.Sprintf(": %q has %s", short(filepath.Base(name)), byteCount(n))
	return e
}

func outsideError(path string, cause error) *Error {
	return &Error{
		Kind: PathNotAllowed, Message: fmt.Sprintf("%q is not below an allowed folder", short(path)),
		Hint: "give a path below a folder of --allow-dir; links that leave it are not followed", cause: cause,
	}
}
