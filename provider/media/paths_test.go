//go:build unix

package media_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/media"
)

// tree makes folders: two that are allowed and one, with an image, that is not.
func tree(t *testing.T) (preparer *media.Preparer, allowed, outside string) {
	t.Helper()
	base := t.TempDir()
	allowed, outside = filepath.Join(base, "allowed"), filepath.Join(base, "outside")
	second := filepath.Join(base, "second")
	dot := testdata(t, "dot.png")
	for _, folder := range []string{filepath.Join(allowed, "a b"), second, outside, allowed + "-not"} {
		must(t, os.MkdirAll(folder, 0o700))
		must(t, os.WriteFile(filepath.Join(folder, "dot.png"), dot, 0o600))
	}
	must(t, os.WriteFile(filepath.Join(second, "only here.png"), dot, 0o600))
	must(t, os.WriteFile(filepath.Join(allowed, "empty.png"), nil, 0o600))
	must(t, os.WriteFile(filepath.Join(allowed, "notes.txt"), []byte("Secret notes"), 0o600))
	must(t, os.WriteFile(filepath.Join(allowed, "big.png"), dot, 0o600))
	must(t, os.Truncate(filepath.Join(allowed, "big.png"), 20<<20+1))
	must(t, os.Symlink("a b/dot.png", filepath.Join(allowed, "link inside.png")))
	must(t, os.Symlink("../outside/dot.png", filepath.Join(allowed, "link out.png")))
	must(t, os.Symlink(filepath.Join(outside, "dot.png"), filepath.Join(allowed, "absolute link.png")))
	must(t, os.Symlink("../outside", filepath.Join(allowed, "folder link")))
	must(t, os.Symlink("../outside/missing", filepath.Join(allowed, "dangling link")))
	must(t, os.Symlink("loop", filepath.Join(allowed, "loop")))
	must(t, syscall.Mkfifo(filepath.Join(allowed, "pipe.png"), 0o600))
	must(t, os.Symlink(allowed, filepath.Join(base, "alias")))
	return newPreparer(t, media.Options{Folders: allow(t, filepath.Join(base, "alias"), second)}), allowed, outside
}

func TestFilesBelowAllowedFolders(t *testing.T) {
	preparer, allowed, _ := tree(t)
	alias := filepath.Join(filepath.Dir(allowed), "alias")
	for _, source := range []string{
		"a b/dot.png",
		"./a b/../a b/dot.png",
		"only here.png",
		"link inside.png",
		filepath.Join(allowed, "a b/dot.png"),
		filepath.Join(alias, "a b/dot.png"),
		filepath.Join(allowed, "../second/dot.png"),
		"file://" + strings.ReplaceAll(allowed, " ", "%20") + "/a%20b/dot.png",
		"file://localhost" + allowed + "/a%20b/dot.png",
		"FILE:" + allowed + "/a%20b/dot.png",
	} {
		t.Run(strings.TrimPrefix(source, filepath.Dir(allowed)), func(t *testing.T) {
			if img := mustPrepare(t, preparer, media.Request{Source: source, LocalFiles: true}); img.Width != 1 {
				t.Errorf("another image: %d×%d", img.Width, img.Height)
			}
			_, err := preparer.Prepare(t.Context(), media.Request{Source: source})
			wantKind(t, err, media.PathNotAllowed, "local files are never read over HTTP")
		})
	}
}

func TestFilesThatAreRefused(t *testing.T) {
	preparer, allowed, outside := tree(t)
	for _, tt := range []struct {
		source  string
		kind    media.Kind
		message string
	}{
		{"../outside/dot.png", media.PathNotAllowed, "is not below"},
		{"../outside/missing.png", media.PathNotAllowed, "is not below"},
		{"a b/../../outside/dot.png", media.PathNotAllowed, "is not below"},
		{outside + "/dot.png", media.PathNotAllowed, "is not below"},
		{outside + "/missing.png", media.PathNotAllowed, "is not below"},
		{allowed + "/../outside/dot.png", media.PathNotAllowed, "is not below"},
		{allowed + "-not/dot.png", media.PathNotAllowed, "is not below"},
		{"/etc/passwd", media.PathNotAllowed, "is not below"},
		{"file:///etc/passwd", media.PathNotAllowed, "is not below"},
		{"file:///" + strings.ReplaceAll(allowed, "/", "%2F") + "%2F..%2Foutside%2Fdot.png", media.PathNotAllowed, "is not below"},
		{"file://fileserver/share/dot.png", media.PathNotAllowed, "another machine"},
		{"file:dot.png", media.Invalid, "malformed"},
		{"file:///dot.png?x", media.Invalid, "malformed"},
		{"file:///%zz", media.Invalid, "malformed"},
		{"link out.png", media.PathNotAllowed, "is not below"},
		{"absolute link.png", media.PathNotAllowed, "is not below"},
		{"folder link/dot.png", media.PathNotAllowed, "is not below"},
		{"folder link/missing.png", media.PathNotAllowed, "is not below"},
		{"dangling link", media.PathNotAllowed, "is not below"},
		{"loop", media.Unreadable, "cannot be read"},
		{strings.Repeat("n", 300), media.Unreadable, "cannot be read"},
		{"a b", media.PathNotAllowed, "not a regular file"},
		{".", media.PathNotAllowed, "not a regular file"},
		{allowed, media.PathNotAllowed, "not a regular file"},
		{"pipe.png", media.PathNotAllowed, "not a regular file"},
		{"missing.png", media.Unreadable, "no file"},
		{"missing/missing.png", media.Unreadable, "no file"},
		{"notes.txt/missing.png", media.Unreadable, "no file"},
		{"empty.png", media.Unreadable, "zero bytes"},
		{"notes.txt", media.Unreadable, "seems to be text"},
		{"big.png", media.TooLarge, "20 MB"},
		{"a\x00b.png", media.Invalid, "NUL"},
	} {
		t.Run(strings.ToValidUTF8(strings.ReplaceAll(tt.source, allowed, "ALLOWED"), "?"), func(t *testing.T) {
			_, err := preparer.Prepare(t.Context(), media.Request{Source: tt.source, LocalFiles: true})
			wantKind(t, err, tt.kind, tt.message)
			if strings.Contains(err.Error(), "Secret") {
				t.Errorf("the message holds the file's text: %v", err)
			}
			_, err = preparer.Prepare(t.Context(), media.Request{Source: tt.source})
			if tt.kind != media.Invalid && !strings.Contains(tt.source, "fileserver") {
				wantKind(t, err, media.PathNotAllowed, "local files are never read over HTTP")
			}
		})
	}
}

func TestDevicesAreRefused(t *testing.T) {
	preparer := newPreparer(t, media.Options{Folders: allow(t, "/dev")})
	for _, source := range []string{"zero", "/dev/zero", "random", "tty", "file:///dev/null"} {
		_, err := preparer.Prepare(t.Context(), media.Request{Source: source, LocalFiles: true})
		wantKind(t, err, media.PathNotAllowed, "not a regular file")
	}
}

func TestSocketsAreRefused(t *testing.T) {
	folder, err := os.MkdirTemp("", "") // a socket's path must be short
	must(t, err)
	t.Cleanup(func() { must(t, os.RemoveAll(folder)) })
	listen(t, "unix", filepath.Join(folder, "s"))
	_, err = newPreparer(t, media.Options{Folders: allow(t, folder)}).Prepare(t.Context(), media.Request{Source: "s", LocalFiles: true})
	wantKind(t, err, media.PathNotAllowed, "not a regular file")
}

func TestFileWithoutPermission(t *testing.T) {
	folder := t.TempDir()
	must(t, os.WriteFile(filepath.Join(folder, "dot.png"), testdata(t, "dot.png"), 0))
	if f, err := os.Open(filepath.Join(folder, "dot.png")); err == nil {
		f.Close()
		t.Skip("this user may read everything")
	}
	preparer := newPreparer(t, media.Options{Folders: allow(t, folder)})
	_, err := preparer.Prepare(t.Context(), media.Request{Source: "dot.png", LocalFiles: true})
	wantKind(t, err, media.Unreadable, "may not be read")
}
