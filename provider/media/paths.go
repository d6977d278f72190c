package media

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
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

// relative converts an absolute path to one within the folder.
func (f folder) relative(absolute string) (string, bool) {
	for _, name := range f.names {
		if within, err := filepath.Rel(name, absolute); err == nil && filepath.IsLocal(within) {
			return within, true
		}
	}
	return "", false
}

// readFileURL reads a file: URL (RFC 8089).
func (p *Preparer) readFileURL(ctx context.Context, source string, localFiles bool) ([]byte, error) {
	const hint = "write file:///folder/image.png, with %20 for a space"
	u, err := url.Parse(source)
	switch {
	case err != nil, u.Opaque != "", u.RawQuery != "", u.Fragment != "", u.User != nil, u.Path == "":
		return nil, &Error{Kind: Invalid, Message: "the file: URL is malformed", Hint: hint}
	case u.Host != "" && !strings.EqualFold(u.Host, "localhost"):
		return nil, &Error{Kind: PathNotAllowed, Message: "the file: URL names another machine", Hint: hint}
	}
	return p.readPath(ctx, filepath.FromSlash(u.Path), localFiles)
}

// readPath reads a file below an allowed folder. A relative path is tried in each
// folder in turn. Nothing outside of them is ever accessed, so that an error cannot
// reveal what exists there.
func (p *Preparer) readPath(ctx context.Context, path string, localFiles bool) ([]byte, error) {
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
	path = filepath.Clean(path)
	outside := true
	for _, f := range p.folders {
		within, ok := path, filepath.IsLocal(path)
		if filepath.IsAbs(path) {
			within, ok = f.relative(path)
		}
		if !ok {
			continue
		}
		outside = false
		data, err := p.readFile(ctx, f.root, within)
		if !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, syscall.ENOTDIR) {
			return data, pathError(path, err)
		}
	}
	if outside {
		return nil, outsideError(path, nil)
	}
	return nil, pathError(path, fs.ErrNotExist)
}

var errNotRegular = errors.New("not a regular file")

// readFile reads a regular file. It checks the type before opening, because opening
// a device may have effects, and again afterwards, because the file may have been
// replaced; O_NONBLOCK keeps a FIFO from blocking in between.
func (p *Preparer) readFile(ctx context.Context, root *os.Root, name string) ([]byte, error) {
	info, err := root.Stat(name)
	if err != nil {
		return nil, err
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
		return nil, p.tooLargeError()
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
	case errors.Is(err, fs.ErrNotExist):
		return &Error{
			Kind: Unreadable, Message: fmt.Sprintf("there is no file %q below the allowed folders", short(path)),
			Hint: allowedSources, cause: err,
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

func outsideError(path string, cause error) *Error {
	return &Error{
		Kind: PathNotAllowed, Message: fmt.Sprintf("%q is not below an allowed folder", short(path)),
		Hint: "give a path below a folder of --allow-dir; links that leave it are not followed", cause: cause,
	}
}
