package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"time"
)

// servers are the two processes under test.
type servers struct {
	stdio    *stdioServer
	http     *httpServer
	upstream *upstream
}

// process is a running binary.
type process struct {
	*exec.Cmd
	log *os.File
}

// arguments returns a command line with short time limits, so that a fault does not
// hold a caller for minutes, and with frequent reads of the catalogue.
func arguments(command, folder string, up *upstream) []string {
	return []string{
		command, "--base-url", up.baseURL + "/v1", "--catalog-url", up.baseURL + "/rest/v1/models_v2",
		"--config", filepath.Join(folder, "config.yaml"), "--cache-dir", filepath.Join(folder, command),
		"--rate-limit", "off", "--log-level", "error",
		"--timeout", "10s", "--idle-timeout", "2s", "--max-wait", "4s", "--catalog-ttl", "5s",
	}
}

const config = "models:\n  fleet: {model: gpt-oss-120b, fallback: [gpt-oss-20b]}\n"

func startServers(ctx context.Context, binary, folder string, up *upstream) (*servers, error) {
	if err := os.WriteFile(filepath.Join(folder, "config.yaml"), []byte(config), 0o600); err != nil {
		return nil, err
	}
	stdio, err := startStdio(ctx, binary, folder, up)
	if err != nil {
		return nil, fmt.Errorf("over stdio: %w", err)
	}
	http, err := startHTTP(ctx, binary, folder, up)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("over HTTP: %w", err), stdio.stop())
	}
	return &servers{stdio, http, up}, nil
}

func (s *servers) close(r *report) {
	for name, stop := range map[string]func() error{"stdio": s.stdio.stop, "http": s.http.stop} {
		if err := stop(); err != nil {
			r.violated("the end of the server over %s: %v", name, err)
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.violations = append(r.violations, s.stdio.violations()...)
}

// usage is what a process uses.
type usage struct {
	resident int // kB
	files    int
	threads  int
}

func (u usage) String() string {
	return fmt.Sprintf("%.0f MB resident, %d files, %d threads", float64(u.resident)/1024, u.files, u.threads)
}

// idle returns what the processes use when they have nothing to do.
func (s *servers) idle() map[string]usage {
	s.disconnect()
	time.Sleep(3 * time.Second) // until background work has ended
	return s.usage()
}

// disconnect closes idle connections, which are not a leak but look like one.
func (s *servers) disconnect() {
	s.http.client.CloseIdleConnections()
	s.upstream.server.SetKeepAlivesEnabled(false) // closes those that are idle
	s.upstream.server.SetKeepAlivesEnabled(true)
}

// settled waits, at most half a minute, until the processes use little more than
// before, and returns what they use.
func (s *servers) settled(before map[string]usage) map[string]usage {
	s.disconnect()
	settle(func() (over int) {
		for name, now := range s.usage() {
			if now.problem(before[name]) != "" {
				over++
			}
		}
		return over
	}, 0)
	return s.usage()
}

func (s *servers) usage() map[string]usage {
	return map[string]usage{"stdio": s.stdio.usage(), "http": s.http.usage()}
}

// problem says what a process uses too much of, "" if nothing. Go returns memory
// late, so its bound is wide.
func (u usage) problem(before usage) string {
	const spareMemory, spareFiles, spareThreads = 48 << 10, 8, 8
	switch {
	case u.resident == 0:
		return "its usage cannot be read"
	case u.resident > before.resident*3/2+spareMemory:
		return "too much memory"
	case u.files > before.files+spareFiles:
		return "too many open files"
	case u.threads > before.threads+spareThreads:
		return "too many threads"
	}
	return ""
}

// start starts the binary; its log goes to a file.
func start(cmd *exec.Cmd, folder string) (*process, error) {
	log, err := os.CreateTemp(folder, "log-")
	if err != nil {
		return nil, err
	}
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(err, log.Close())
	}
	return &process{Cmd: cmd, log: log}, nil
}

// wait waits for the end of the process, which was told to stop.
func (p *process) wait() error {
	late := time.AfterFunc(15*time.Second, func() { _ = p.Process.Kill() })
	err := p.Wait()
	if !late.Stop() {
		err = errors.New("it did not end within 15 s")
	}
	defer p.log.Close()
	if _, seekErr := p.log.Seek(0, io.SeekStart); seekErr != nil {
		return errors.Join(err, seekErr)
	}
	for lines := bufio.NewScanner(p.log); lines.Scan(); {
		if strings.Contains(lines.Text(), "panic") {
			return errors.Join(err, errors.New("its log says: "+lines.Text()))
		}
	}
	return err
}

// usage reads /proc; without one it returns the zero value.
func (p *process) usage() (u usage) {
	folder := filepath.Join("/proc", strconv.Itoa(p.Process.Pid))
	if files, err := os.ReadDir(filepath.Join(folder, "fd")); err == nil {
		u.files = len(files)
	}
	status, err := os.ReadFile(filepath.Join(folder, "status"))
	if err != nil {
		return usage{}
	}
	for line := range strings.Lines(string(status)) {
		name, value, _ := strings.Cut(line, ":")
		number, _ := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "kB")))
		switch name {
		case "VmRSS":
			u.resident = number
		case "Threads":
			u.threads = number
		}
	}
	return u
}

// abandonServers starts one server after the other over stdio, calls it, and leaves
// without waiting for the answers. The server must end.
func (r *report) abandonServers(ctx context.Context, binary, folder string, up *upstream) {
	for n := 0; ctx.Err() == nil; n++ {
		server, err := startStdio(context.WithoutCancel(ctx), binary, folder, up)
		if err != nil {
			r.violated("an abandoned server: %v", err)
			return
		}
		callCtx, cancel := context.WithCancel(ctx)
		var calls sync.WaitGroup
		for i := range 5 {
			calls.Go(func() {
				params := map[string]any{"name": "chat", "arguments": map[string]any{"prompt": fmt.Sprint(i)}}
				_, _ = server.call(callCtx, call{method: "tools/call", params: params})
			})
		}
		time.Sleep(time.Duration(n%10) * 20 * time.Millisecond)
		if err := server.stop(); err != nil {
			r.violated("an abandoned server: %v", err)
		}
		cancel()
		calls.Wait()
		r.mu.Lock()
		r.abandoned++
		r.mu.Unlock()
		select {
		case <-time.After(5 * time.Second):
		case <-ctx.Done():
		}
	}
}
