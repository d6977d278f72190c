package e2e

import (
	"bufio"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// httpProcess is the binary that serves over HTTP.
type httpProcess struct {
	testing.TB
	cmd     *exec.Cmd
	url     string
	tokens  string // the path of the token file
	log     lockedText
	logDone chan struct{}
	exited  bool
}

// lockedText is safe for concurrent use.
type lockedText struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *lockedText) add(line string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text.WriteString(line + "\n")
}

func (l *lockedText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}

// startHTTP starts the binary on a free port and waits until it serves. The
// team's token is valid.
func startHTTP(t testing.TB, arguments ...string) *httpProcess {
	t.Helper()
	p := newHTTPProcess(t)
	p.start(append([]string{"--auth-token-file", p.tokens}, arguments...)...)
	return p
}

// newHTTPProcess returns a process that is not started, with a token file.
func newHTTPProcess(t testing.TB) *httpProcess {
	t.Helper()
	p := &httpProcess{TB: t, tokens: filepath.Join(t.TempDir(), "tokens"), logDone: make(chan struct{})}
	p.writeTokens("team: " + teamToken)
	return p
}

// startHTTPOfCallers starts the binary with a file of callers.
func startHTTPOfCallers(t testing.TB, file string, arguments ...string) *httpProcess {
	t.Helper()
	p := &httpProcess{TB: t, logDone: make(chan struct{})}
	p.start(append([]string{"--callers", file}, arguments...)...)
	return p
}

func (p *httpProcess) start(arguments ...string) {
	p.Helper()
	p.run(exec.Command(binary, append([]string{"http", "--listen", "127.0.0.1:0"}, arguments...)...))
}

// run runs a command that serves, and waits until it does.
func (p *httpProcess) run(cmd *exec.Cmd) {
	p.Helper()
	p.cmd = cmd
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		p.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		p.Fatal(err)
	}
	p.Cleanup(func() {
		if !p.exited {
			_ = p.cmd.Process.Kill()
			<-p.logDone
			_ = p.cmd.Wait()
		}
	})
	address := make(chan string, 1)
	go func() {
		defer close(p.logDone)
		serving := regexp.MustCompile(`serving MCP over HTTP.* address=(\S+)`)
		for lines := bufio.NewScanner(stderr); lines.Scan(); {
			p.log.add(lines.Text())
			if found := serving.FindStringSubmatch(lines.Text()); found != nil {
				address <- found[1]
			}
		}
	}()
	select {
	case found := <-address:
		p.url = "http://" + found
	case <-time.After(maxWait):
		p.Fatalf("the server does not listen; its log is %s", p.log.String())
	}
}

func (p *httpProcess) writeTokens(content string) {
	p.Helper()
	if err := os.WriteFile(p.tokens, []byte(content+"\n"), 0o600); err != nil {
		p.Fatal(err)
	}
}

func (p *httpProcess) signal(s syscall.Signal) {
	p.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.Fatal(err)
	}
}

// wait waits, at most maxWait, for the end of the process.
func (p *httpProcess) wait() *os.ProcessState {
	p.Helper()
	late := time.AfterFunc(maxWait, func() { _ = p.cmd.Process.Kill() })
	<-p.logDone
	_ = p.cmd.Wait()
	p.exited = true
	if !late.Stop() {
		p.Errorf("the process did not end within %s; its log is %s", maxWait, p.log.String())
	}
	return p.cmd.ProcessState
}

// status sends a request and returns the status and the body; token may be "".
func (p *httpProcess) status(method, path, token, body string) (int, string) {
	p.Helper()
	r, err := http.NewRequestWithContext(testContext(p.TB), method, p.url+path, strings.NewReader(body))
	if err != nil {
		p.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	answer, err := freshClient().Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	return answer.StatusCode, string(text)
}

// freshClient returns a client that keeps no connection open.
func freshClient() *http.Client {
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
}

// eventually waits, at most maxWait, until a condition holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	late, tick := time.After(maxWait), time.NewTicker(10*time.Millisecond)
	defer tick.Stop()
	for !holds() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("not within %s: %s", maxWait, what)
		}
	}
}
