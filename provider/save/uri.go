package save

import (
	"net/url"
	"runtime"
	"strings"
)

// URI returns the file: URI of the file.
func (f File) URI() string { return fileURI(f.Path, runtime.GOOS == "windows") }

// fileURI returns the URI of an absolute path. One of Windows begins with a drive, or
// with the server of a share.
func fileURI(path string, windows bool) string {
	if !windows {
		return (&url.URL{Scheme: "file", Path: path}).String()
	}
	path = strings.ReplaceAll(path, `\`, "/")
	if share, ok := strings.CutPrefix(path, "//"); ok {
		server, rest, _ := strings.Cut(share, "/")
		return (&url.URL{Scheme: "file", Host: server, Path: "/" + rest}).String()
	}
	return (&url.URL{Scheme: "file", Path: "/" + path}).String()
}
