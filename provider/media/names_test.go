//go:build unix

package media_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/media"
)

const (
	screenshot = "Screenshot 2026-05-04 at 4.42.48\u202fPM.png" // as macOS names it
	composed   = "caf\u00e9.png"
	decomposed = "cafe\u0301.png"
)

// fill makes files, each an image whose width is its place in the list.
func fill(t *testing.T, folder string, names ...string) {
	t.Helper()
	for i, name := range names {
		path := filepath.Join(folder, name)
		must(t, os.MkdirAll(filepath.Dir(path), 0o700))
		must(t, os.WriteFile(path, encodePNG(t, gradient(i+1, 1)), 0o600))
	}
}

func TestPathsAsPeopleWriteThem(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	folder := filepath.Join(home, "my pictures")
	fill(t, folder, screenshot, "a b.png", "100%.png", "a%20b.png", decomposed, "sub dir/x y/"+composed,
		"tab\tname.png", "double  blank.png", "ideographic\u3000blank.png", `"quoted".png`, "~/odd.png", " blank .png", `back\slash.png`)
	preparer := newPreparer(t, media.Options{Folders: allow(t, folder)})
	for source, width := range map[string]int{
		screenshot: 1,
		strings.ReplaceAll(screenshot, "\u202f", " "):                                                        1,
		strings.ReplaceAll(screenshot, "\u202f", "\u00a0"):                                                   1,
		`"` + folder + "/" + strings.ReplaceAll(screenshot, "\u202f", " ") + `"`:                             1,
		strings.ReplaceAll(strings.ReplaceAll(screenshot, "\u202f", " "), " ", `\ `):                         1,
		"~/my pictures/" + strings.ReplaceAll(screenshot, "\u202f", " "):                                     1,
		"file://" + strings.ReplaceAll(folder+"/"+strings.ReplaceAll(screenshot, "\u202f", " "), " ", "%20"): 1,
		"a b.png":                   2,
		"'a b.png'":                 2,
		" <a b.png>\n":              2,
		"“a b.png”":                 2,
		"`\"a b.png\"`":             2,
		`a\ b.png`:                  2,
		"~/my pictures/a b.png":     2,
		`~/my\ pictures/a\ b.png`:   2,
		`"~/my%20pictures/a b.png"`: 2,
		"<file://" + strings.ReplaceAll(folder, " ", "%20") + "/a%20b.png>": 2,
		"100%.png":                           3,
		"100%25.png":                         3,
		"a%20b.png":                          4, // the exact name first
		composed:                             5,
		decomposed:                           5,
		"./sub%20dir/x\u00a0y/" + decomposed: 6,
		folder + "/sub dir/x  y/" + composed: 6,
		"tab name.png":                       7,
		"double blank.png":                   8,
		"ideographic blank.png":              9,
		`"quoted".png`:                       10,
		"~/odd.png":                          11,
		" blank .png":                        12,
		"blank .png":                         12,
		`back\slash.png`:                     13,
		`back\\slash.png`:                    13,
	} {
		img, err := preparer.Prepare(t.Context(), media.Request{Source: source, LocalFiles: true})
		if err != nil || img.Width != width {
			t.Errorf("%q: image %d, want %d: %v", source, img.Width, width, err)
		}
	}
}

func TestNamesThatAreNotGuessed(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("HOME", filepath.Join(folder, "..", "elsewhere"))
	fill(t, folder, "a\u202fb.png", "a\u00a0b.png", "Photo.png", "photo-old.png", ".hidden.png", "sub/inner.png")
	preparer := newPreparer(t, media.Options{Folders: allow(t, folder)})
	for _, tt := range []struct {
		source  string
		kind    media.Kind
		says    []string
		conceal string
	}{
		{"a b.png", media.Unreadable, []string{`"a b.png" may be`, `"a\u202fb.png"`, `"a\u00a0b.png"`}, ""},
		{"photo.png", media.Unreadable, []string{"no file", `the nearest name there is "Photo.png"`}, ""},
		{"Phto.png", media.Unreadable, []string{`"Photo.png"`}, ""},
		{"Photo.jpg", media.Unreadable, []string{`"Photo.png"`}, ""},
		{"subs/inner.png", media.Unreadable, []string{`"sub"`}, ""},
		{"sub/iner.png", media.Unreadable, []string{`"inner.png"`}, "Photo"},
		{"hidden.png", media.Unreadable, []string{"no file"}, ".hidden"},
		{"something else", media.Unreadable, []string{"no file"}, "nearest"},
		{"\uff0e\uff0e/" + filepath.Base(folder) + "/Photo.png", media.Unreadable, []string{"no file"}, "nearest"},
		{"~/Photo.png", media.PathNotAllowed, []string{"is not below"}, "nearest"},
		{`"/etc/passwd"`, media.PathNotAllowed, []string{"is not below"}, "nearest"},
		{"</etc/passwd>", media.PathNotAllowed, []string{"is not below"}, "nearest"},
		{`\/etc/passwd`, media.PathNotAllowed, []string{"is not below"}, "nearest"},
		{"%2Fetc%2Fpasswd", media.PathNotAllowed, []string{"is not below"}, "nearest"},
		{"%2e%2e/" + filepath.Base(folder) + "/Photo.png", media.PathNotAllowed, []string{"is not below"}, "nearest"},
	} {
		_, err := preparer.Prepare(t.Context(), media.Request{Source: tt.source, LocalFiles: true})
		for _, part := range tt.says {
			wantKind(t, err, tt.kind, part)
		}
		if tt.conceal != "" && strings.Contains(err.Error(), tt.conceal) {
			t.Errorf("%q: %v", tt.source, err)
		}
		_, err = preparer.Prepare(t.Context(), media.Request{Source: tt.source})
		wantKind(t, err, media.PathNotAllowed, "local files are never read over HTTP")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := preparer.Prepare(ctx, media.Request{Source: "none.png", LocalFiles: true}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// os.Root refuses every absolute link, also one that stays in the folder.
func TestAbsoluteLinksWithinTheFolder(t *testing.T) {
	base := t.TempDir()
	folder, outside := filepath.Join(base, "allowed"), filepath.Join(base, "outside")
	fill(t, folder, "real.png", "deep/real too.png")
	fill(t, outside, "secret.png")
	must(t, syscall.Mkfifo(filepath.Join(folder, "pipe"), 0o600))
	must(t, os.Symlink(folder, filepath.Join(base, "alias")))
	for link, target := range map[string]string{
		"absolute":       filepath.Join(folder, "real.png"),
		"by alias":       filepath.Join(base, "alias", "real.png"),
		"to folder":      filepath.Join(folder, "deep"),
		"twice":          filepath.Join(folder, "absolute"),
		"deep/back":      "../absolute",
		"deep/ to a":     filepath.Join(folder, "to folder", "real\u00a0too.png"), // does not exist
		"out":            filepath.Join(outside, "secret.png"),
		"out by in":      filepath.Join(folder, "..", "outside", "secret.png"),
		"folder out":     outside,
		"out in two":     filepath.Join(folder, "folder out", "secret.png"),
		"one loop":       filepath.Join(folder, "another loop"),
		"another loop":   filepath.Join(folder, "one loop"),
		"to pipe":        filepath.Join(folder, "pipe"),
		"to device":      "/dev/zero",
		"up and outside": "deep/../../outside/secret.png",
	} {
		must(t, os.Symlink(target, filepath.Join(folder, link)))
	}
	preparer := newPreparer(t, media.Options{Folders: allow(t, filepath.Join(base, "alias"))})
	for source, width := range map[string]int{
		"absolute": 1, "by alias": 1, "twice": 1, "deep/back": 1, "to folder/real too.png": 2, "to folder/real\u00a0too.png": 2,
		filepath.Join(folder, "absolute"): 1, "to  folder/back": 1,
	} {
		if img := mustPrepare(t, preparer, media.Request{Source: source, LocalFiles: true}); img.Width != width {
			t.Errorf("%q: image %d, want %d", source, img.Width, width)
		}
	}
	for source, message := range map[string]string{
		"out": "is not below", "out by in": "is not below", "folder out/secret.png": "is not below", "folder out/none.png": "is not below",
		"out in two": "is not below", "one loop": "is not below", "to device": "is not below", "up and outside": "is not below",
		"to pipe": "not a regular file", "folder  out/secret.png": "no file", "folder  out/none": "no file",
	} {
		_, err := preparer.Prepare(t.Context(), media.Request{Source: source, LocalFiles: true})
		own, ok := errors.AsType[*media.Error](err)
		if !ok || !strings.Contains(own.Message, message) || strings.Contains(own.Message, "secret.png\"; ") {
			t.Errorf("%q: %v, want %q", source, err, message)
		}
	}
}

// An error about what is in a file names the file.
func TestUnreadableFilesAreNamed(t *testing.T) {
	folder := t.TempDir()
	must(t, os.WriteFile(filepath.Join(folder, "a photo.heic"), []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00"), 0o600))
	must(t, os.WriteFile(filepath.Join(folder, "cut.png"), encodePNG(t, gradient(9, 9))[:40], 0o600))
	must(t, os.WriteFile(filepath.Join(folder, "bomb.png"), pngHeader(60000, 60000), 0o600))
	must(t, os.WriteFile(filepath.Join(folder, "huge.png"), nil, 0o600))
	must(t, os.Truncate(filepath.Join(folder, "huge.png"), 25<<20))
	preparer := newPreparer(t, media.Options{Folders: allow(t, folder)})
	for source, want := range map[string]string{
		"a\u202fphoto.heic":              `"a\u202fphoto.heic": the data is not an image of a supported format: it seems to be a HEIC image`,
		"\"cut.png\"":                    `"cut.png": the image begins as image/png but its data ends too early`,
		"file://" + folder + "/bomb.png": `"bomb.png": the image has 60000 × 60000 pixels, more than 50 megapixels`,
		"huge.png":                       `the image has more than 20 MB: "huge.png" has 25 MB`,
	} {
		_, err := preparer.Prepare(t.Context(), media.Request{Source: source, LocalFiles: true})
		if err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", source, err, want)
		}
	}
}
