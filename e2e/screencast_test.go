package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// The screencast shows what the program prints now; make screencast draws it again.
func TestScreencastIsCurrent(t *testing.T) {
	drawn := filepath.Join(t.TempDir(), "screencast.svg")
	if out, err := exec.CommandContext(t.Context(), "go", "run", "../testdata/screencast", binary, drawn).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	got, err := os.ReadFile(drawn)
	if err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile("../docs/screencast.svg")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Error("docs/screencast.svg is not what the program prints now; run make screencast")
	}
}
