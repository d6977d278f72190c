package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

const (
	// groupLimit is what the kernel gives the server, where it can be told so.
	groupLimit = 1 << 30
	// memoryLimit is what the server is told, in MiB: 40 % of that, as it is in a container.
	memoryLimit = 400
	// maxProcess is the peak in MB that follows for the whole process.
	maxProcess = 2*memoryLimit<<20/1_000_000 + 100
	// drain is the server's --drain-timeout, and deadline its --timeout.
	drain    = time.Second
	deadline = 5 * time.Second
)

// process is a running server.
type process struct {
	cmd   *exec.Cmd
	log   *os.File
	ended chan struct{} // closed at its end
	err   error         // of its end
}

// flags returns the flags of every server. What bounds how often callers may ask is
// off, since it would hide what their requests cost.
func (j *judge) flags(a attack) []string {
	return append(j.commonFlags(a), "--memory-limit", strconv.Itoa(memoryLimit)+"MiB", "--drain-timeout", drain.String())
}

// commonFlags are those that every command has.
func (j *judge) commonFlags(a attack) []string {
	return []string{
		"--timeout", deadline.String(), "--max-wait", "2s", "--idle-timeout", "4s", "--rate-limit", "off", "--log-level", "error",
		"--base-url", j.upstream.baseURL + "/v1", "--catalog-url", j.upstream.baseURL + "/catalog" + a.catalog,
		"--config", j.emptyFile(), "--cache-dir", filepath.Join(j.folder, "cache"+strings.ReplaceAll(a.catalog, "/", "-")),
	}
}

func (j *judge) tokenFile() string { return filepath.Join(j.folder, "tokens") }

// emptyFile is a config file, so that none of the user's is read.
func (j *judge) emptyFile() string {
	file := filepath.Join(j.folder, "config.yaml")
	_ = os.WriteFile(file, nil, 0o600) // if it fails, the server says that there is none
	return file
}

// start starts a server, inside the cgroup if there is one.
func (j *judge) start(cmd *exec.Cmd) (*process, error) {
	log, err := os.CreateTemp(j.folder, "log-")
	if err != nil {
		return nil, err
	}
	cmd.Stderr = log
	cmd.Env = append(os.Environ(), "OVH_AI_ENDPOINTS_ACCESS_TOKEN=attack")
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(err, log.Close())
	}
	p := &process{cmd: cmd, log: log, ended: make(chan struct{})}
	if err := j.group.add(cmd.Process.Pid); err != nil {
		_ = cmd.Process.Kill()
		return nil, errors.Join(fmt.Errorf("moving the server into its cgroup: %w", err), cmd.Wait(), log.Close())
	}
	return p, nil
}

// waitFor waits for the end of the process in the background. It must be called once.
func (p *process) waitFor() {
	p.err = p.cmd.Wait()
	close(p.ended)
}

// httpServer is a server that has answered.
type httpServer struct {
	*process
	url    string
	client *http.Client
}

func (j *judge) startHTTP(ctx context.Context, a attack) (*httpServer, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	command := append([]string{"http", "--listen", address, "--auth-token-file", j.tokenFile(), "--token-rate", "0"}, j.flags(a)...)
	p, err := j.start(exec.Command(j.binary, command...))
	if err != nil {
		return nil, err
	}
	go p.waitFor()
	s := &httpServer{process: p, url: "http://" + address + "/mcp", client: newClient()}
	for begin := time.Now(); time.Since(begin) < 20*time.Second; time.Sleep(20 * time.Millisecond) {
		if err = s.ask(ctx); err == nil {
			return s, nil
		}
	}
	_, log := s.stop()
	return nil, fmt.Errorf("the server does not answer: %w: %s", err, log)
}

func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return listener.Addr().String(), listener.Close()
}

// ask makes the call of the honest caller.
func (s *httpServer) ask(ctx context.Context) error {
	ctx, stop := context.WithTimeout(ctx, 30*time.Second)
	defer stop()
	status, _, answer, err := send(ctx, s.client, s.url, token(0), strings.NewReader(string(chat("hi"))))
	switch {
	case err != nil:
		return err
	case status != http.StatusOK || !strings.Contains(string(answer), "fine") || strings.Contains(string(answer), `"isError":true`):
		return fmt.Errorf("status %d: %.300s", status, answer)
	}
	return nil
}

// stop tells a server to stop, and returns how long it took and the end of its log. It
// kills one that does not end.
func (p *process) stop() (took time.Duration, log string) {
	start := time.Now()
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // fails if it has ended
	select {
	case <-p.ended:
	case <-time.After(drain + 20*time.Second):
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
	took = time.Since(start)
	defer p.log.Close()
	return took, p.logEnd()
}

// logEnd returns the last of what the server logged.
func (p *process) logEnd() string {
	text, err := os.ReadFile(p.log.Name())
	if err != nil {
		return err.Error()
	}
	return string(text[max(0, len(text)-2000):])
}

// hasEnded reports whether the process has ended by itself.
func (p *process) hasEnded() bool {
	select {
	case <-p.ended:
		return true
	default:
		return false
	}
}

// usage is what a process uses; without /proc it is zero.
type usage struct {
	peak    int // MB
	files   int
	threads int
	ticks   int // of processor time, 1/100 s
}

func (p *process) usage() (u usage) {
	folder := filepath.Join("/proc", strconv.Itoa(p.cmd.Process.Pid))
	if files, err := os.ReadDir(filepath.Join(folder, "fd")); err == nil {
		u.files = len(files)
	}
	if status, err := os.ReadFile(filepath.Join(folder, "status")); err == nil {
		for line := range strings.Lines(string(status)) {
			name, value, _ := strings.Cut(line, ":")
			number, _ := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "kB")))
			switch name {
			case "VmHWM":
				u.peak = number * 1024 / 1_000_000
			case "Threads":
				u.threads = number
			}
		}
	}
	if stat, err := os.ReadFile(filepath.Join(folder, "stat")); err == nil {
		// The name in parentheses may hold spaces; user and system time are the 12th and
		// 13th field after it.
		if fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:])); len(fields) > 12 {
			user, _ := strconv.Atoi(fields[11])
			system, _ := strconv.Atoi(fields[12])
			u.ticks = user + system
		}
	}
	return u
}

// logged reports what must not be in a log, "" if it is not there.
func logged(text string) string {
	for _, word := range []string{"panic", "fatal error"} {
		if at := strings.Index(text, word); at >= 0 {
			return fmt.Sprintf("its log says: %.300s", text[at:])
		}
	}
	return ""
}
