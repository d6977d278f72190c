package vectors_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/vectors"
)

const (
	folderVariable = "TEST_VECTORS_FOLDER"
	roundsVariable = "TEST_VECTORS_ROUNDS"
)

// child returns this test as another process.
func child(ctx context.Context, t *testing.T, folder string, rounds int) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	command := exec.CommandContext(ctx, os.Args[0], "-test.run=^"+t.Name()+"$", "-test.v")
	command.Env = append(os.Environ(), folderVariable+"="+folder, roundsVariable+"="+strconv.Itoa(rounds))
	var output bytes.Buffer
	command.Stderr = &output
	return command, &output
}

// Several processes add, read, merge and evict at a time, and one is killed. None reads a
// wrong vector or fails to write.
func TestProcessesShareAFolder(t *testing.T) {
	if folder := os.Getenv(folderVariable); folder != "" {
		useFolder(t, folder)
		return
	}
	folder := filepath.Join(t.TempDir(), "vectors")
	endless, _ := child(t.Context(), t, folder, 1<<30)
	started, err := endless.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := endless.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadFull(started, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	var others []*exec.Cmd
	var outputs []*bytes.Buffer
	for range 3 {
		other, output := child(t.Context(), t, folder, 200)
		other.Stdout = output
		if err := other.Start(); err != nil {
			t.Fatal(err)
		}
		others, outputs = append(others, other), append(outputs, output)
	}
	for i, other := range others {
		if err := other.Wait(); err != nil || strings.Contains(outputs[i].String(), "WARN") || strings.Contains(outputs[i].String(), "damaged") {
			t.Errorf("process %d: %v\n%s", i, err, outputs[i])
		}
	}
	if err := endless.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = endless.Wait() // that it was killed
	read(t, open(t, vectors.Options{Folder: folder}), keysOf(0, 2000), 32)
}

// useFolder is what each process does.
func useFolder(t *testing.T, folder string) {
	rounds, err := strconv.Atoi(os.Getenv(roundsVariable))
	if err != nil {
		t.Fatal(err)
	}
	c := vectors.Open(vectors.Options{
		Folder: folder, MaxBytes: 160 << 10, Logger: slog.New(slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	hits := 0
	for range rounds {
		start := rand.IntN(1900)
		keys := keysOf(start, start+1+rand.IntN(20))
		found := c.Lookup(t.Context(), keys, 32)
		w := c.NewWriter()
		for _, i := range found.Missing() {
			w.Add(keys[i], vectorOf(keys[i], 32))
		}
		w.Close()
		hits += len(read(t, c, keys, 32))
	}
	if hits < rounds {
		t.Errorf("in %d rounds, %d vectors were read", rounds, hits)
	}
}
