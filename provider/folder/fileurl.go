package folder

import (
	"net/url"
	"path/filepath"
	"runtime"
	"strings"
)

// PathOfURL returns the path that a file: URL names (RFC 8089). The error is an [*Error].
func PathOfURL(source string) (string, error) {
	const hint = "write file:///folder/name, with %20 for a space"
	u, err := url.Parse(source)
	if err != nil || u.Opaque != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil || u.Path == "" {
		return "", &Error{Kind: Invalid, Message: "the file: URL is malformed", Hint: hint}
	}
	path, ok := localPath(u, runtime.GOOS == "windows")
	if !ok {
		return "", &Error{Kind: Outside, Message: "the file: URL names another machine", Hint: hint}
	}
	return filepath.FromSlash(path), nil
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
