package e2e

import (
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

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
	eventually(t, "the log says what is wrong", func() bool { return strings.Contains(p.log.String(), `unknown key \"mode\"`) })
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
