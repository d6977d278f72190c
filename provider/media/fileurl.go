package media

import (
	"context"
	"net/url"
	"path/filepath"
	"runtime"
	"strings"
)

// readFileURL reads a file: URL (RFC 8089).
func (p *Preparer) readFileURL(ctx context.Context, source string, localFiles bool) ([]byte, error) {
	const hint = "write file:///folder/image.png, with %20 for a space"
	u, err := url.Parse(source)
	switch {
	case err != nil, u.Opaque != "", u.RawQuery != "", u.Fragment != "", u.User != nil, u.Path == "":
		return nil, &Error{Kind: Invalid, Message: "the file: URL is malformed", Hint: hint}
	}
	path, ok := localPath(u, runtime.GOOS == "windows")
	if !ok {
		return nil, &Error{Kind: PathNotAllowed, Message: "the file: URL names another machine", Hint: hint}
	}
	path = filepath.FromSlash(path)
	return p.readPath(ctx, path, []string{path}, localFiles)
}

// localPath returns the path of a file: URL, or false if the file is on another machine.
// Windows has no root above its drives, so that the slash before one belongs to the URL
// only. With two slashes instead of three, the drive stands where the machine would.
func localPath(u *url.URL, windows bool) (string, bool) {
	switch {
	case windows && isDrive(u.Host):
		return u.Host + u.Path, true
	case u.Host != "" && !strings.EqualFold(u.Host, "localhost"):
		return "", false
	case windows && isDrive(strings.TrimPrefix(u.Path, "/")):
		return u.Path[1:], true
	}
	return u.Path, true
}

// isDrive reports whether a path begins with the drive of an absolute path of Windows.
func isDrive(path string) bool {
	if len(path) < 2 || path[1] != ':' {
		return false
	}
	letter := path[0] | 0x20
	return 'a' <= letter && letter <= 'z' && (len(path) == 2 || path[2] == '/' || path[2] == '\\')
}
