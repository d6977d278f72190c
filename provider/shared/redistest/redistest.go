// Package redistest starts real Redis servers for tests.
package redistest

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"
)

// maxWait bounds the wait for something that must happen promptly.
const maxWait = 20 * time.Second

// required is the variable that makes a missing redis-server fail tests, as in CI.
const required = "AI_ENDPOINTS_TEST_REDIS"

// Server is a redis-server on loopback, which keeps nothing on disk.
type Server struct {
	Address string // host:port
	Folder  string // of its files

	t       testing.TB
	args    []string
	process *exec.Cmd
	ended   chan struct{}
}

// Start starts redis-server with more arguments. The test ends it, and is skipped where
// there is none.
func Start(t testing.TB, args ...string) *Server {
	t.Helper()
	if _, err := exec.LookPath("redis-server"); err != nil {
		if os.Getenv(required) != "" {
			t.Fatal("redis-server is missing: .ci/run installs it")
		}
		t.Skip("there is no redis-server here")
	}
	s := &Server{t: t, Folder: t.TempDir(), Address: FreeAddress(t), args: args}
	s.Restart()
	t.Cleanup(s.Kill)
	return s
}

// FreeAddress returns an address of loopback on which nothing listens.
func FreeAddress(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String()
}

// URL returns the address as --redis-url takes it.
func (s *Server) URL() string { return "redis://" + s.Address }

// Restart starts the server, which was killed, with more arguments. It knows nothing of
// before.
func (s *Server) Restart(more ...string) {
	s.t.Helper()
	s.args = append(s.args, more...)
	host, port, _ := net.SplitHostPort(s.Address)
	s.process = exec.Command("redis-server", append([]string{"--bind", host, "--port", port, "--save", "", "--dir", s.Folder}, s.args...)...)
	if err := s.process.Start(); err != nil {
		s.t.Fatal(err)
	}
	process, ended := s.process, make(chan struct{})
	s.ended = ended
	go func() {
		_ = process.Wait()
		close(ended)
	}()
	Eventually(s.t, "redis-server listens", func() bool {
		c, err := net.DialTimeout("tcp", s.Address, time.Second)
		if err == nil {
			_ = c.Close()
		}
		return err == nil
	})
}

// Do runs a command and returns its answer.
func (s *Server) Do(command ...any) any {
	s.t.Helper()
	client := redis.NewClient(&redis.Options{Addr: s.Address})
	defer func() { _ = client.Close() }()
	answer, err := client.Do(s.t.Context(), command...).Result()
	if err != nil {
		s.t.Errorf("%v: %v", command, err)
	}
	return answer
}

// Kill ends the server at once.
func (s *Server) Kill() {
	_ = s.process.Process.Kill()
	<-s.ended
}

// Write writes a file into the server's folder and returns its path.
func (s *Server) Write(name, content string) string {
	s.t.Helper()
	path := filepath.Join(s.Folder, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		s.t.Fatal(err)
	}
	return path
}

// Eventually waits until something is so.
func Eventually(t testing.TB, what string, is func() bool) {
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
