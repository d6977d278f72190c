package folder

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
)

const (
	// maxVisited bounds how many names a pattern is compared with.
	maxVisited = 200_000
	// maxAlternatives bounds how many patterns the braces of one stand for.
	maxAlternatives = 256
	// maxPattern is the longest pattern, as the longest path of Linux.
	maxPattern = 4096
)

// Find returns the files that an entry of a list means: the one at a path or a file: URL,
// or else those that match a pattern, sorted by name, at most so many. A pattern has *, ?, [ ], { } and
// ** for folders at any depth; it skips what is no regular file, what begins with a dot
// unless the pattern names it so, and links that leave the folder. The error is an
// [*Error], or wraps that of ctx.
func (s *Set) Find(ctx context.Context, entry string, most int) ([]File, error) {
	if source := Unquote(entry); strings.HasPrefix(strings.ToLower(source), "file:") {
		return s.findURL(ctx, source)
	}
	file, err := s.Lookup(ctx, entry, Spellings(entry))
	if err == nil {
		return []File{file}, nil
	}
	pattern := filepath.ToSlash(atHome(Unquote(entry)))
	failed, ok := errors.AsType[*Error](err)
	if !ok || failed.Kind == NotRegular || failed.Kind == Invalid || !strings.ContainsAny(pattern, "*?[{") {
		return nil, err
	}
	if err := checkPattern(pattern); err != nil {
		return nil, err
	}
	above, rest := doublestar.SplitPattern(pattern)
	w := walk{ctx: ctx, set: s, pattern: rest, most: most}
	below := false
	for _, f := range s.folders {
		base, ok := f.within(withoutBackslashes(filepath.FromSlash(above), filepath.Separator))
		if !ok {
			continue
		}
		below = true
		if err := w.run(f, base); err != nil {
			return nil, pathError(entry, err)
		}
	}
	switch {
	case !below:
		return nil, outsideError(entry, nil)
	case len(w.files) == 0:
		return nil, &Error{Kind: Missing, Message: fmt.Sprintf("no file below the allowed folders matches %q", short(entry))}
	}
	slices.SortFunc(w.files, func(a, b File) int { return cmp.Compare(a.Name, b.Name) })
	return slices.CompactFunc(w.files, func(a, b File) bool { return a.Name == b.Name }), nil
}

// findURL returns the file that a file: URL names.
func (s *Set) findURL(ctx context.Context, source string) ([]File, error) {
	path, err := PathOfURL(source)
	if err != nil {
		return nil, err
	}
	file, err := s.Lookup(ctx, path, []string{path})
	if err != nil {
		return nil, err
	}
	return []File{file}, nil
}

// checkPattern refuses what cannot be read, and what would take long to compare: each
// brace multiplies the work.
func checkPattern(pattern string) error {
	if len(pattern) > maxPattern || !doublestar.ValidatePattern(pattern) {
		return &Error{Kind: Invalid, Message: fmt.Sprintf("the pattern %q is malformed", short(pattern)), Hint: "write it as docs/**/*.md"}
	}
	alternatives := 1
	for _, group := range strings.Split(pattern, "{")[1:] {
		if alternatives *= 1 + strings.Count(group, ","); alternatives > maxAlternatives {
			return &Error{
				Kind: Invalid, Message: fmt.Sprintf("the braces of the pattern %q stand for too many patterns", short(pattern)),
				Hint: fmt.Sprintf("at most %d are allowed: give several patterns", maxAlternatives),
			}
		}
	}
	return nil
}

// walk compares what is below folders with a pattern.
type walk struct {
	ctx     context.Context
	set     *Set
	pattern string // below the base
	most    int    // files

	folder  folder
	written string // the base, as in the pattern
	base    string // with its links followed
	hidden  bool   // names that begin with a dot count, too
	visited int
	files   []File
}

// run walks a folder from base.
func (w *walk) run(f folder, base string) error {
	segments := strings.Split(w.pattern, "/")
	w.folder, w.written, w.base = f, base, f.resolved(base)
	w.hidden = slices.ContainsFunc(segments, func(s string) bool { return strings.HasPrefix(strings.TrimLeft(s, "{"), ".") })
	depth := len(segments)
	if strings.Contains(w.pattern, "**") || strings.Contains(w.pattern, "{") {
		depth = -1 // braces may hold separators
	}
	return w.visit(".", depth)
}

// visit compares what is at a path below the base, and below that to a depth. A negative
// depth is any. Links to folders are not followed, since they may lead in circles.
func (w *walk) visit(at string, depth int) error {
	entries, err := w.folder.entries(w.ctx, filepath.Join(w.base, at), maxVisited-w.visited+1)
	if errors.Is(err, fs.ErrPermission) || isMissing(err) {
		return nil
	}
	if err != nil {
		return err
	}
	if w.visited += len(entries); w.visited > maxVisited {
		return &Error{
			Kind: Invalid, Message: fmt.Sprintf("the pattern is compared with more than %d names", maxVisited),
			Hint: "name a folder nearer to the files, as in docs/**/*.md",
		}
	}
	for _, entry := range entries {
		name := filepath.Join(at, entry.Name())
		switch {
		case strings.HasPrefix(entry.Name(), ".") && !w.hidden:
		case entry.IsDir() && depth != 1:
			if err := w.visit(name, depth-1); err != nil {
				return err
			}
		case entry.Type().IsRegular(), entry.Type()&fs.ModeSymlink != 0:
			if err := w.add(name); err != nil {
				return err
			}
		}
	}
	return w.ctx.Err()
}

// add keeps a file if it matches.
func (w *walk) add(name string) error {
	if matched, err := doublestar.Match(w.pattern, filepath.ToSlash(name)); err != nil || !matched {
		return err
	}
	file, err := w.set.file(w.folder, filepath.Join(w.base, name))
	if err != nil {
		return nil //nolint:nilerr // a link that leads nowhere, out or to a folder, or a file that has just gone
	}
	if len(w.files) == w.most {
		return &Error{
			Kind: Invalid, Message: fmt.Sprintf("the pattern matches more than %d files", w.most), Hint: "name a folder nearer to them, or fewer",
		}
	}
	file.Name = w.set.shown(w.folder, filepath.Join(w.written, name))
	w.files = append(w.files, file)
	return nil
}
