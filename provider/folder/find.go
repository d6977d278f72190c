package folder

import (
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

const (
	// maxListed bounds how many names of one folder are compared.
	maxListed = 20_000
	// maxLinks is how many symbolic links in a path Linux follows.
	maxLinks = 40
)

// find returns the path within the folder that name means: where a name of it does
// not exist, the only sibling that is equal when both are folded. If two are equal,
// it is an error that names them. Without any, the error is [fs.ErrNotExist],
// and similar is the nearest name that exists there, or "".
func (f folder) find(ctx context.Context, name string) (found, similar string, err error) {
	found = "."
	for _, part := range strings.Split(filepath.ToSlash(name), "/") {
		parent := found
		found = filepath.Join(parent, part)
		if _, err := f.root.Lstat(found); err == nil {
			found = f.resolved(found)
			continue
		}
		names, err := f.list(ctx, parent)
		if ctx.Err() != nil {
			return "", "", ctx.Err()
		}
		if err != nil {
			return "", "", fs.ErrNotExist
		}
		var equal []string
		for _, sibling := range names {
			if foldName(sibling) == foldName(part) {
				equal = append(equal, sibling)
			}
		}
		switch len(equal) {
		case 0:
			return "", nearestName(part, names), fs.ErrNotExist
		case 1:
			found = f.resolved(filepath.Join(parent, equal[0]))
		default:
			return "", "", &Error{
				Kind:    Unreadable,
				Message: fmt.Sprintf("%q may be %q or %q", short(part), short(equal[0]), short(equal[1])),
				Hint:    "give the exact name, or rename one of them",
			}
		}
	}
	return found, "", nil
}

// resolved returns a path whose symbolic links are followed as far as they stay in
// the folder. Where they leave it, the path remains, which [os.Root] will refuse.
func (f folder) resolved(path string) string {
	if target, ok := f.resolve(path); ok {
		return target
	}
	return path
}

// list returns the names in a folder.
func (f folder) list(ctx context.Context, path string) ([]string, error) {
	entries, err := f.entries(ctx, path, maxListed)
	names := make([]string, len(entries))
	for i, entry := range entries {
		names[i] = entry.Name()
	}
	return names, err
}

// entries returns what is in a folder, about so many at most. It opens only what is a
// folder, because opening a FIFO would block.
func (f folder) entries(ctx context.Context, path string, most int) ([]fs.DirEntry, error) {
	info, err := f.root.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return nil, syscall.ENOTDIR
	}
	dir, err := f.root.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // it may be a FIFO by now
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	var entries []fs.DirEntry
	for len(entries) < most {
		some, err := dir.ReadDir(1000)
		entries = append(entries, some...)
		switch {
		case errors.Is(err, io.EOF):
			return entries, nil
		case err != nil:
			return nil, err
		case ctx.Err() != nil:
			return nil, ctx.Err()
		}
	}
	return entries, nil
}

// followLinks returns the path behind the symbolic links of name, if [os.Root]
// refused it for a link that leaves the folder: it refuses every absolute one, also
// one that leads back into the folder. The returned path is opened through the root
// as any other is, so that a link which is changed meanwhile leads nowhere else.
func (f folder) followLinks(name string, refusal error) (string, bool) {
	if _, ok := errors.AsType[syscall.Errno](refusal); ok {
		return "", false // the system's error; that of os.Root wraps none
	}
	target, ok := f.resolve(name)
	return target, ok && target != filepath.Clean(name)
}

// resolve follows the symbolic links of a path by their text. It returns false when
// one leaves the folder, or when there are too many.
func (f folder) resolve(name string) (string, bool) {
	done, rest := ".", strings.Split(filepath.Clean(name), string(filepath.Separator))
	for links := 0; len(rest) > 0; {
		next := filepath.Join(done, rest[0])
		rest = rest[1:]
		info, err := f.root.Lstat(next)
		if err != nil || info.Mode()&fs.ModeSymlink == 0 {
			done = next // what does not exist is found out when it is opened
			continue
		}
		if links++; links > maxLinks {
			return "", false
		}
		target, err := f.root.Readlink(next)
		if err != nil {
			return "", false
		}
		if filepath.IsAbs(target) {
			var within bool
			if target, within = f.relative(target); !within {
				return "", false
			}
			done = "."
		}
		if target = filepath.Join(done, target); !filepath.IsLocal(target) {
			return "", false
		}
		// The target is walked from the top again, because it may hold links itself.
		done, rest = ".", append(strings.Split(target, string(filepath.Separator)), rest...)
	}
	return done, true
}
