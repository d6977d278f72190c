package save

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"unicode"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
)

// Destination is a file that does not exist yet.
type Destination struct {
	folder *Folder
	name   string // within the folder
}

// Extension returns the extension of the file's name in lower case, as in ".md".
func (d *Destination) Extension() string { return strings.ToLower(filepath.Ext(d.name)) }

const allowedPaths = "give the path of a new file, relative to the folder of --write-dir"

// Check returns the destination that a path means: one relative to the folder, or an
// absolute one below it, with one of the extensions if there are any. The error is an
// [*Error]. Only a temporary file is written, which shows that the folder can be written.
func (f *Folder) Check(given string, extensions ...string) (*Destination, error) {
	name, err := f.within(given)
	if err != nil {
		return nil, err
	}
	d := &Destination{folder: f, name: name}
	if len(extensions) > 0 && !slices.Contains(extensions, d.Extension()) {
		return nil, &Error{
			Message: fmt.Sprintf("%s does not end in %s", quoted(given), strings.Join(extensions, " or ")),
			Hint:    "give a name with one of these extensions, which choose the format",
		}
	}
	if err := f.checkFree(given, name); err != nil {
		return nil, err
	}
	return d, f.checkParents(given, name)
}

// within returns the name that a path has within the folder. It looks at the text only.
func (f *Folder) within(given string) (string, error) {
	path := strings.Trim(given, " \t\r\n\"'`")
	isSeparator := func(r rune) bool { return r == '/' || r == filepath.Separator }
	last := path[strings.LastIndexFunc(path, isSeparator)+1:]
	switch {
	case path == "":
		return "", &Error{Message: "the path is blank", Hint: allowedPaths}
	case len(path) > maxPath:
		return "", &Error{Message: fmt.Sprintf("the path is too long: %d bytes", len(path)), Hint: fmt.Sprintf("at most %d are allowed", maxPath)}
	case strings.ContainsFunc(path, unicode.IsControl):
		return "", &Error{Message: fmt.Sprintf("%s has a control character", quoted(given)), Hint: allowedPaths}
	case strings.Contains(path, "://"):
		return "", &Error{Message: fmt.Sprintf("%s is a URL", quoted(given)), Hint: allowedPaths}
	case path[0] == '~' && (len(path) == 1 || isSeparator(rune(path[1]))):
		return "", outsideError(given, nil) // people mean the home folder
	case last == "" || last == "." || last == "..":
		return "", &Error{Message: fmt.Sprintf("%s names a folder", quoted(given)), Hint: allowedPaths}
	}
	name := filepath.Clean(path)
	if filepath.IsAbs(name) {
		name = f.relative(name)
	}
	// Windows writes to what follows a colon as to a part of the file before it.
	if !filepath.IsLocal(name) || runtime.GOOS == "windows" && strings.Contains(name, ":") {
		return "", outsideError(given, nil)
	}
	return name, nil
}

// maxPath bounds a path in bytes, as Linux does.
const maxPath = 4096

// relative returns an absolute path as one within the folder, "" if it is not below it.
func (f *Folder) relative(absolute string) string {
	for _, folder := range f.names {
		if name, err := filepath.Rel(folder, absolute); err == nil && filepath.IsLocal(name) {
			return name
		}
	}
	return ""
}

// checkFree refuses the name of something that exists, also of a link to nothing.
func (f *Folder) checkFree(given, name string) error {
	info, err := f.root.Lstat(name)
	switch {
	case err == nil && info.IsDir():
		return &Error{Message: fmt.Sprintf("%s is a folder", quoted(given)), Hint: allowedPaths}
	case err == nil:
		e := &Error{Message: fmt.Sprintf("%s exists already", quoted(given)), Hint: "give another name: no file is ever overwritten"}
		if free := f.freeName(name); free != "" {
			e.Hint = fmt.Sprintf("give another name such as %s: no file is ever overwritten", free)
		}
		return e
	case isMissing(err):
		return nil
	default:
		return pathError(given, err)
	}
}

// freeName returns a free name that is like a taken one, "" if the first 98 are taken.
func (f *Folder) freeName(name string) string {
	extension := filepath.Ext(name)
	for n := 2; n < 100; n++ {
		free := fmt.Sprintf("%s-%d%s", strings.TrimSuffix(name, extension), n, extension)
		if _, err := f.root.Lstat(free); isMissing(err) {
			return free
		}
	}
	return ""
}

// checkParents checks that the folders of a name exist or can be made, and that a file
// can be written there.
func (f *Folder) checkParents(given, name string) error {
	parent := filepath.Dir(name)
	var missing []string
	for ; parent != "."; parent = filepath.Dir(parent) {
		info, err := f.root.Stat(parent)
		if err == nil && !info.IsDir() {
			return &Error{Message: fmt.Sprintf("%s: %s is a file, not a folder", quoted(given), quoted(parent)), Hint: allowedPaths}
		}
		if err == nil {
			break
		}
		if !isMissing(err) {
			return pathError(given, err)
		}
		if _, err := f.root.Lstat(parent); err == nil {
			return &Error{Message: fmt.Sprintf("%s: %s is a link to nothing", quoted(given), quoted(parent)), Hint: allowedPaths}
		}
		missing = append(missing, filepath.Base(parent))
	}
	// The system says of a missing path that it is missing, not that a part is too long.
	for _, part := range append(missing, filepath.Base(name)) {
		if _, err := f.root.Lstat(filepath.Join(parent, part)); err != nil && !isMissing(err) {
			return pathError(given, err)
		}
	}
	if err := f.probe(parent); err != nil {
		return pathError(given, err)
	}
	return nil
}

// probe returns an error if no file can be made in a folder.
func (f *Folder) probe(folder string) error {
	name := filepath.Join(folder, temporaryName())
	file, err := f.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	return errors.Join(file.Close(), f.root.Remove(name))
}

func isMissing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR)
}

// pathError returns what an error of the system means for a path.
func pathError(given string, err error) *Error {
	if errors.Is(err, syscall.ENAMETOOLONG) {
		return &Error{Message: fmt.Sprintf("%s: a name is too long", quoted(given)), Hint: "give a shorter one", cause: err}
	}
	// The error of os.Root for a link that leaves the folder is not exported; errors
	// of the system wrap a syscall.Errno.
	if _, ok := errors.AsType[syscall.Errno](err); ok {
		return &Error{
			Kind: NotAllowed, Message: fmt.Sprintf("%s cannot be written: %s", quoted(given), reason(err)),
			Hint: "give another path, or start the server with a --write-dir that its user can write", cause: err,
		}
	}
	return outsideError(given, err)
}

func outsideError(given string, cause error) *Error {
	return &Error{
		Kind: NotAllowed, Message: fmt.Sprintf("%s is not below the folder of --write-dir", quoted(given)),
		Hint: "give a path relative to it; links that leave it are not followed", cause: cause,
	}
}

// quoted returns a path as messages show it.
func quoted(path string) string { return fmt.Sprintf("%q", text.Excerpt(path, 200)) }
