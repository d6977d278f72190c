package vectors_test

import (
	"bytes"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/vectors"
)

// A limit on the size of files fails a write in the midst of a file, as a full disk does.
func TestFullDisk(t *testing.T) {
	if folder := os.Getenv(folderVariable); folder != "" {
		useFullDisk(t, folder)
		return
	}
	folder := filepath.Join(t.TempDir(), "vectors")
	add(open(t, vectors.Options{Folder: folder}), keysOf(0, 10), 8)
	process, output := child(t.Context(), t, folder, 1)
	process.Stdout = output
	if err := process.Run(); err != nil {
		t.Errorf("%v\n%s", err, output)
	}
	names, _ := files(t, folder)
	if len(names) != 1 {
		t.Errorf("the files are %v", names)
	}
}

func useFullDisk(t *testing.T, folder string) {
	signal.Ignore(syscall.SIGXFSZ)
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 4000, Max: 4000}); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	c := vectors.Open(vectors.Options{Folder: folder, Logger: slog.New(slog.NewTextHandler(&log, nil))})
	for range 3 {
		add(c, keysOf(10, 1000), 8)
	}
	if got := read(t, c, keysOf(0, 1000), 8); len(got) != 10 {
		t.Errorf("%d vectors are read", len(got))
	}
	if n := strings.Count(log.String(), "WARN"); n != 1 || !strings.Contains(log.String(), "too large") {
		t.Errorf("%d warnings are logged: %s", n, log.String())
	}
}
