package e2e

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

const (
	teamToken = "5d0f-token-of-the-team"
	botToken  = "91bb-token-of-a-bot"
)

const (
	ping   = `{"jsonrpc":"2.0","id":1,"method":"ping"}`
	sayHi  = `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"chat","arguments":{"prompt":"hi"}}}`
	secret = "tell-nobody"
)

// toolCall returns a request that calls a tool.
func toolCall(tool, arguments string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":%q,"arguments":%s}}`, tool, arguments)
}

func TestAnAgentWorksOverHTTP(t *testing.T) {
	u := newUpstream(t, emulator.Options{TokenDelay: 5 * time.Millisecond})
	p := startHTTP(t, u.flags...)
	for name, start := range httpAgents {
		t.Run(name, func(t *testing.T) {
			a := start(t, p.url+"/mcp", teamToken)
			if !strings.Contains(a.instructions(), "chat:") {
				t.Errorf("the instructions are %q", a.instructions())
			}
			checkTools(t, a)
			got, err := a.call(testContext(t), "chat", map[string]any{"prompt": secret, "model": "gpt-oss-20b"}, "t")
			if err != nil || got.isError || !strings.Contains(got.texts[0], secret) {
				t.Fatalf("%+v, %v", got, err)
			}
			if progress := strings.Join(a.progress("t"), ""); progress != got.texts[0] {
				t.Errorf("together the progress is %q", progress)
			}
			got, err = a.call(testContext(t), "describe-image", map[string]any{"image": "/etc/passwd"}, "")
			failure, _ := got.structured["error"].(map[string]any)
			if err != nil || failure["code"] != "path_not_allowed" {
				t.Errorf("a local path: %+v, %v", got, err)
			}
			if err := a.close(); err != nil {
				t.Error(err)
			}
		})
	}
	p.signal(syscall.SIGTERM)
	if state := p.wait(); state.ExitCode() != 0 {
		t.Errorf("the process ended with %s", state)
	}
	log := p.log.String()
	if !strings.Contains(log, "token=team") || !strings.Contains(log, "tool=chat") || !strings.Contains(log, "model=gpt-oss-20b") {
		t.Errorf("the log is %s", log)
	}
	for _, word := range []string{teamToken, secret, "/etc/passwd"} {
		if strings.Contains(log, word) {
			t.Errorf("%q is in the log: %s", word, log)
		}
	}
}

func TestTheServerDrainsAndEnds(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(s.String(), func(t *testing.T) {
			u := newUpstream(t, emulator.Options{TokenDelay: 10 * time.Millisecond}) // an answer of a second
			p := startHTTP(t, u.flags...)
			if status, _ := p.status("GET", "/readyz", "", ""); status != http.StatusOK {
				t.Errorf("before, /readyz is %d", status)
			}
			answered := make(chan string, 1)
			go func() {
				_, body := p.status("POST", "/mcp", teamToken, sayHi)
				answered <- body
			}()
			await(t, u.started)
			p.signal(s)
			eventually(t, "not ready", func() bool {
				status, _ := p.status("GET", "/readyz", "", "")
				return status == http.StatusServiceUnavailable
			})
			if status, body := p.status("POST", "/mcp", teamToken, sayHi); status != http.StatusServiceUnavailable {
				t.Errorf("a new call is answered by %d %s", status, body)
			}
			if body := <-answered; !strings.Contains(body, `"finish_reason":"stop"`) {
				t.Errorf("the call in flight is answered by %s", body)
			}
			if state := p.wait(); state.ExitCode() != 0 {
				t.Errorf("the process ended with %s", state)
			}
		})
	}
}

func TestTheDrainTimeoutEndsTheServer(t *testing.T) {
	u := newUpstream(t, emulator.Options{})
	u.Script(emulator.Fault{Hang: true})
	p := startHTTP(t, append(u.flags, "--drain-timeout", "100ms")...)
	go func() { p.status("POST", "/mcp", teamToken, sayHi) }()
	await(t, u.started)
	p.signal(syscall.SIGTERM)
	if state := p.wait(); state.ExitCode() != 0 {
		t.Errorf("the process ended with %s", state)
	}
	await(t, u.ended)
	if got := u.Cancelled(); got != 1 {
		t.Errorf("%d requests were cancelled upstream", got)
	}
}

func TestASecondSignalEndsTheServerAtOnce(t *testing.T) {
	u := newUpstream(t, emulator.Options{})
	u.Script(emulator.Fault{Hang: true})
	p := startHTTP(t, append(u.flags, "--drain-timeout", "1h")...)
	go func() { p.status("POST", "/mcp", teamToken, sayHi) }()
	await(t, u.started)
	p.signal(syscall.SIGTERM)
	eventually(t, "draining", func() bool {
		status, _ := p.status("GET", "/readyz", "", "")
		return status == http.StatusServiceUnavailable
	})
	p.signal(syscall.SIGTERM)
	if state := p.wait(); state.Success() {
		t.Errorf("the process ended with %s", state)
	}
}

func TestHintsDoNotMentionLocalFiles(t *testing.T) {
	p := startHTTP(t, "--sandbox")
	for _, call := range [][2]string{
		{"describe-image", `{"image":"/etc/passwd"}`},
		{"chat", `{"prompt":"hi","files":["/etc/passwd"]}`},
		{"embed", `{"query":"hi","files":["**/*"]}`},
	} {
		_, body := p.status(http.MethodPost, "/mcp", teamToken, toolCall(call[0], call[1]))
		for _, want := range []string{"path_not_allowed", "never read over HTTP"} {
			if !strings.Contains(body, want) {
				t.Errorf("%s: the answer lacks %q: %s", call[0], want, body)
			}
		}
		if strings.Contains(body, "--allow-dir") {
			t.Errorf("%s: the answer is %s", call[0], body)
		}
	}
}

func TestAPortInUseIsOneLine(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	second := exec.CommandContext(testContext(t), binary, "http", "--sandbox", "--log-level", "error", "--listen", listener.Addr().String())
	var stderr bytes.Buffer
	second.Stderr = &stderr
	_ = second.Run()
	want := "error: listening on " + listener.Addr().String() + ": bind: address already in use\n"
	if code := second.ProcessState.ExitCode(); code != 1 || stderr.String() != want {
		t.Errorf("exit code %d, stderr %q", code, &stderr)
	}
}

func TestEveryoneIsLetInOnRequestOnly(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	open := exec.CommandContext(ctx, binary, "http", "--sandbox", "--listen", "0.0.0.0:0", "--insecure-no-auth")
	stderr, err := open.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := open.Start(); err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	for lines := bufio.NewScanner(stderr); lines.Scan() && !strings.Contains(lines.Text(), "serving MCP"); {
		log.WriteString(lines.Text() + "\n")
	}
	cancel()
	_ = open.Wait()
	if !strings.Contains(log.String(), "WRN INSECURE") {
		t.Errorf("nothing warns loudly: %s", log.String())
	}
}
