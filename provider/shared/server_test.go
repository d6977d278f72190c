package shared

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// maxWait bounds every wait for something that must happen promptly.
const maxWait = 20 * time.Second

// redisServer is a real server of the test.
type redisServer struct {
	t       testing.TB
	folder  string
	address string // host:port
	args    []string
	process *exec.Cmd
	ended   chan struct{}
}

// startRedis starts redis-server with more arguments. Where there is none the test is
// skipped, but not in CI.
func startRedis(t testing.TB, args ...string) *redisServer {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("redis-server is missing: .ci/run installs it")
		}
		t.Skip("there is no redis-server here")
	}
	s := &redisServer{t: t, folder: t.TempDir(), address: freeAddress(t), args: args}
	s.start()
	t.Cleanup(s.kill)
	return s
}

// freeAddress returns an address of loopback on which nothing listens.
func freeAddress(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

func (s *redisServer) start() {
	s.t.Helper()
	host, port, _ := net.SplitHostPort(s.address)
	args := append([]string{"--bind", host, "--port", port, "--save", "", "--dir", s.folder, "--daemonize", "no"}, s.args...)
	s.process = exec.Command("redis-server", args...)
	if err := s.process.Start(); err != nil {
		s.t.Fatal(err)
	}
	ended := make(chan struct{})
	s.ended = ended
	process := s.process
	go func() {
		_ = process.Wait()
		close(ended)
	}()
	eventually(s.t, "redis-server listens", func() bool {
		c, err := net.DialTimeout("tcp", s.address, time.Second)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
}

func (s *redisServer) kill() {
	_ = s.process.Process.Kill()
	<-s.ended
}

func (s *redisServer) url() string { return "redis://" + s.address }

// eventually waits until something is so.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(maxWait); time.Now().Before(end); <-tick.C {
		if is() {
			return
		}
	}
	t.Fatalf("not within %s: %s", maxWait, what)
}

// logText is a log that a test can read.
type logText struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logText) count(part string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), part)
}

// open opens a store that the test closes.
func open(t testing.TB, url string) (*Store, *logText) {
	t.Helper()
	log := &logText{}
	s, err := Open(context.Background(), Options{URL: url, Service: "https://api.example.com/v1", Logger: slog.New(slog.NewTextHandler(log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s, log
}

func (s *redisServer) write(name, content string) string {
	s.t.Helper()
	path := filepath.Join(s.folder, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		s.t.Fatal(err)
	}
	return path
}

// takeSlot takes a slot of a window of a minute.
func takeSlot(t testing.TB, s *Store, key string, n, most int) Answer {
	t.Helper()
	answer, err := s.Take(t.Context(), Step{Window: &Window{Key: key, Most: most, Length: time.Minute, Slot: fmt.Sprint(n)}})
	if err != nil {
		t.Fatal(err)
	}
	return answer
}
