package e2e

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
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

func TestSIGHUPReloadsTheTokens(t *testing.T) {
	p := startHTTP(t, "--sandbox")
	accepts := func(token string) bool {
		status, _ := p.status("POST", "/mcp", token, ping)
		return status == http.StatusOK
	}
	if !accepts(teamToken) || accepts(botToken) {
		t.Fatal("the tokens are not those of the file")
	}
	p.writeTokens("bot: " + botToken)
	p.signal(syscall.SIGHUP)
	eventually(t, "the new token is accepted", func() bool { return accepts(botToken) })
	if accepts(teamToken) {
		t.Error("the old token is accepted still")
	}
	p.writeTokens("bot: " + botToken + "\n" + secret)
	p.signal(syscall.SIGHUP)
	eventually(t, "the log says what is wrong", func() bool { return strings.Contains(p.log.String(), "line 2") })
	if !accepts(botToken) || accepts(secret) {
		t.Error("after a bad file the last good one is not in force")
	}
	if strings.Contains(p.log.String(), secret) || strings.Contains(p.log.String(), botToken) {
		t.Errorf("the log holds a token: %s", p.log.String())
	}
	if strings.Contains(p.log.String(), "config file") {
		t.Errorf("the log mentions a config file that never existed: %s", p.log.String())
	}
}

func TestSIGHUPReloadsTheConfigFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "config.yaml")
	write := func(content string) {
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("models: {coder: {model: gpt-oss-120b}}\ndefaults: {chat: coder}\n")
	p := startHTTP(t, "--sandbox", "--config", file)
	answers := func(arguments, model string) bool {
		_, body := p.status(http.MethodPost, "/mcp", teamToken, toolCall("chat", arguments))
		return strings.Contains(body, `"model":"`+model+`"`)
	}
	if !answers(`{"prompt":"hi"}`, "gpt-oss-120b") {
		t.Fatal("the default is not that of the file")
	}
	write("models: {coder: {model: gpt-oss-20b}, quick: {model: Qwen3-32B}}\ndefaults: {chat: quick}\ntimeout: 1m\n")
	p.signal(syscall.SIGHUP)
	eventually(t, "the new default is in force", func() bool { return answers(`{"prompt":"hi"}`, "Qwen3-32B") })
	if !answers(`{"prompt":"hi","model":"coder"}`, "gpt-oss-20b") {
		t.Error("the named model is not that of the new file")
	}
	eventually(t, "the log says what needs a restart", func() bool { return strings.Contains(p.log.String(), "restart it") })

	write("models: {coder: {mode: gpt-oss-20b}}\n")
	p.signal(syscall.SIGHUP)
	eventually(t, "the log says what is wrong", func() bool { return strings.Contains(p.log.String(), "unknown key mode") })
	if !answers(`{"prompt":"hi"}`, "Qwen3-32B") {
		t.Error("after a bad file the last good one is not in force")
	}
}

// A read of the file hangs, as on a stalled network file system.
func TestAConfigFileThatHangsBlocksNeitherTokensNorTheEnd(t *testing.T) {
	mkfifo, err := exec.LookPath("mkfifo")
	if err != nil {
		t.Skip("mkfifo is not on the PATH")
	}
	file := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	p := startHTTP(t, "--sandbox", "--config", file)
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(mkfifo, file).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	p.signal(syscall.SIGHUP)
	eventually(t, "the server reads the config file", func() bool {
		writer, err := os.OpenFile(file, os.O_WRONLY|syscall.O_NONBLOCK, 0) // fails while nobody reads
		if err == nil {
			t.Cleanup(func() { _ = writer.Close() })
		}
		return err == nil
	})
	p.writeTokens("bot: " + botToken)
	p.signal(syscall.SIGHUP)
	eventually(t, "the new token is accepted", func() bool {
		status, _ := p.status("POST", "/mcp", botToken, ping)
		return status == http.StatusOK
	})
	p.signal(syscall.SIGTERM)
	if state := p.wait(); state.ExitCode() != 0 {
		t.Errorf("the process ended with %s", state)
	}
}

func TestHintsDoNotMentionLocalFiles(t *testing.T) {
	p := startHTTP(t, "--sandbox")
	_, body := p.status(http.MethodPost, "/mcp", teamToken, toolCall("describe-image", `{"image":"/etc/passwd"}`))
	for _, want := range []string{"path_not_allowed", "never read over HTTP"} {
		if !strings.Contains(body, want) {
			t.Errorf("the answer lacks %q: %s", want, body)
		}
	}
	if strings.Contains(body, "--allow-dir") {
		t.Errorf("the answer is %s", body)
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
