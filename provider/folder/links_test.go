//go:build unix

package folder_test

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/folder"
)

func TestPatternsSkipWhatIsNoFileOfTheFolder(t *testing.T) {
	base := t.TempDir()
	in := filepath.Join(base, "in")
	write(t, base, "in/a.md", "in/sub/b.md", "out/secret.md")
	must(t, os.Symlink("sub/b.md", filepath.Join(in, "inside.md")))
	must(t, os.Symlink(filepath.Join(in, "sub/b.md"), filepath.Join(in, "absolute.md")))
	must(t, os.Symlink("../out/secret.md", filepath.Join(in, "out.md")))
	must(t, os.Symlink(filepath.Join(base, "out/secret.md"), filepath.Join(in, "absolute out.md")))
	must(t, os.Symlink("missing.md", filepath.Join(in, "dangling.md")))
	must(t, os.Symlink("loop.md", filepath.Join(in, "loop.md")))
	must(t, os.Symlink(".", filepath.Join(in, "circle.md")))
	must(t, os.Symlink("sub", filepath.Join(in, "alias")))
	must(t, syscall.Mkfifo(filepath.Join(in, "pipe.md"), 0o600))
	set := open(t, in)
	for pattern, want := range map[string]string{
		"**":      "a.md absolute.md inside.md sub/b.md",
		"*.md":    "a.md absolute.md inside.md",
		"alias/*": "alias/b.md",
	} {
		files, err := set.Find(t.Context(), pattern, 100)
		if got := names(files); err != nil || got != want {
			t.Errorf("%s: %s, %v, want %s", pattern, got, err, want)
		}
	}
	for entry, kind := range map[string]folder.Kind{
		"pipe.md": folder.NotRegular, "sub": folder.NotRegular, "out.md": folder.Outside, "dangling.md": folder.Missing,
		"pipe.md/*": folder.Missing, "circle.md": folder.NotRegular,
	} {
		_, err := set.Find(t.Context(), entry, 100)
		wantKind(t, err, kind, "")
	}
}
