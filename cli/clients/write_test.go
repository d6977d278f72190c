package clients

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestWriteCreatesTheFileForItsOwner(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "b", "config.json")
	if backup, err := Write(path, nil, []byte("new")); err != nil || backup != "" {
		t.Fatal(backup, err)
	}
	checkFile(t, path, "new", 0o600)
	checkFolder(t, path, "config.json")
}

func TestWriteKeepsTheModeAndABackup(t *testing.T) {
	path := filepath.Join(t.TempDir(), "config.json")
	writeFile(t, path, "one", 0o640)
	for i, test := range []struct{ old, new, backup string }{{"one", "two", ".bak"}, {"two", "three", ".bak1"}, {"three", "four", ".bak2"}} {
		backup, err := Write(path, []byte(test.old), []byte(test.new))
		if err != nil || backup != path+test.backup {
			t.Fatal(i, backup, err)
		}
		checkFile(t, path, test.new, 0o640)
		checkFile(t, backup, test.old, 0o640)
	}
	checkFolder(t, path, "config.json", "config.json.bak", "config.json.bak1", "config.json.bak2")
}

func TestWriteFollowsLinks(t *testing.T) {
	folder := t.TempDir()
	target, link := filepath.Join(folder, "dotfiles", "config.json"), filepath.Join(folder, "config.json")
	if err := os.Mkdir(filepath.Dir(target), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(target, link); err != nil {
		t.Skip(err)
	}
	if _, err := Write(link, nil, []byte("new")); err == nil || !strings.Contains(err.Error(), "a link to a file that does not exist") {
		t.Errorf("a dangling link: %v", err)
	}
	writeFile(t, target, "old", 0o600)
	backup, err := Write(link, []byte("old"), []byte("new"))
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Error("the link was replaced", err)
	}
	checkFile(t, target, "new", 0o600)
	checkFile(t, backup, "old", 0o600)
	checkFolder(t, target, "config.json", "config.json.bak")
}

func TestWriteRefuses(t *testing.T) {
	for _, test := range []struct {
		name, now, old string
		mode           os.FileMode
		want           string
	}{
		{"a read-only file", "old", "old", 0o444, "is read-only"},
		{"a file that changed", "other", "old", 0o600, "has changed meanwhile"},
	} {
		t.Run(test.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "config.json")
			writeFile(t, path, test.now, test.mode)
			if _, err := Write(path, []byte(test.old), []byte("new")); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
			checkFile(t, path, test.now, test.mode)
			checkFolder(t, path, "config.json")
		})
	}
}

func writeFile(t *testing.T, path, content string, mode os.FileMode) {
	t.Helper()
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}

func checkFile(t *testing.T, path, content string, mode os.FileMode) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil || string(got) != content {
		t.Errorf("%s holds %q, want %q (%v)", path, got, content, err)
	}
	info, err := os.Stat(path)
	if err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != mode {
		t.Errorf("%s has mode %v, want %v (%v)", path, info.Mode(), mode, err)
	}
}

// checkFolder expects these files beside path, and no temporary ones.
func checkFolder(t *testing.T, path string, want ...string) {
	t.Helper()
	files, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, file := range files {
		names = append(names, file.Name())
	}
	if strings.Join(names, " ") != strings.Join(want, " ") {
		t.Errorf("the folder holds %v, want %v", names, want)
	}
}
