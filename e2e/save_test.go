package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// A disk that is full loses nothing: the vectors are in the answer, and no part of the
// file is left.
func TestAFullDiskLosesNothing(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no limit on the size of files")
	}
	folder := t.TempDir()
	cmd := exec.CommandContext(testContext(t), "sh", "-c", `ulimit -f 2 && exec "$0" stdio --sandbox --write-dir "$1"`, binary, folder)
	cmd.Stdin = strings.NewReader(
		`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"embed","arguments":{"input":["a","b"],"save_to":"v/a.npy"}}}` + "\n" +
			`{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"batch","arguments":{"prompt":"{{input}}","inputs":["a"` +
			strings.Repeat(`,"b"`, 30) + `],"save_to":"v/b.jsonl"}}}` + "\n" +
			`{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"chat","arguments":{"prompt":"hi","save_to":"a.md"}}}` + "\n")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, word := range []string{`"embeddings":[{"index":0`, `"results":[{"index":0,"content":"`, `"code":"not_saved"`, `file too large`, `Saved to `} {
		if !strings.Contains(string(out), word) {
			t.Errorf("the answers lack %s: %.2000s", word, out)
		}
	}
	var left []string
	err = filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			left = append(left, filepath.Base(path))
		}
		return err
	})
	if err != nil || len(left) != 1 || left[0] != "a.md" {
		t.Errorf("there are %v (%v)", left, err)
	}
}
