package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestAnAnswerThatCannotBePrintedIsAFailure(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	for _, args := range [][]string{
		{"call", "chat", "prompt=hi", "--sandbox"},
		{"call", "chat", "prompt=hi", "--json", "--sandbox"},
		{"models", "--sandbox"},
		{"version"},
	} {
		var stderr strings.Builder
		p := newProgram("test")
		p.out, p.err = brokenWriter{}, &stderr
		if code := p.run(t.Context(), args); code != exitFailure || !strings.Contains(stderr.String(), "no space left") {
			t.Errorf("%v: exit code %d, %s", args, code, stderr.String())
		}
	}
}

func TestShortDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 10 * time.Second: "10s", 90 * time.Second: "1m30s", time.Minute: "1m", 20 * time.Minute: "20m",
		time.Hour: "1h", 10 * time.Hour: "10h", 70 * time.Minute: "1h10m", time.Hour + 10*time.Second: "1h0m10s",
	} {
		if got := shortDuration(d); got != want {
			t.Errorf("%s is written %q, want %q", d, got, want)
		}
	}
}

// A quadratic reader would take hours.
func TestALargeConfigIsReadQuickly(t *testing.T) {
	var content strings.Builder
	content.WriteString("models:\n")
	for i := range 50_000 {
		fmt.Fprintf(&content, "  m%d: {model: gpt-oss-120b}\n", i)
	}
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(content.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if f, err := readConfig(path); err != nil || len(f.models) != 50_000 {
		t.Fatal(len(f.models), err)
	}
	if took := time.Since(start); took > time.Minute {
		t.Errorf("it took %s", took)
	}
}
