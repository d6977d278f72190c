//go:build unix

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

// A caller is added, calls, is summed up and revoked, with the server running all the time.
func TestTheLifeOfACaller(t *testing.T) {
	folder := t.TempDir()
	file, cache := filepath.Join(folder, "callers.yaml"), filepath.Join(folder, "cache")
	callers := func(arguments ...string) string {
		t.Helper()
		cmd := exec.Command(binary, append(append([]string{"callers"}, arguments...), "--callers", file, "--cache-dir", cache)...)
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%v: %v", arguments, err)
		}
		return strings.TrimSpace(string(out))
	}
	first := callers("add", "first", "--shared-key")
	p := startHTTPOfCallers(t, file, "--sandbox", "--cache-dir", cache)
	status := func(token string) int {
		status, _ := p.status(http.MethodPost, "/mcp", token, toolCall("chat", `{"prompt":"`+secret+`"}`))
		return status
	}
	if got := status(first); got != http.StatusOK {
		t.Fatalf("the first caller gets %d", got)
	}
	second := callers("add", "second", "--shared-key", "--requests-per-minute", "1")
	eventually(t, "the second caller is let in", func() bool { return status(second) == http.StatusOK })
	if got := status(second); got != http.StatusTooManyRequests {
		t.Errorf("its second call gets %d", got)
	}
	callers("revoke", "first")
	eventually(t, "the first caller is out", func() bool { return status(first) == http.StatusUnauthorized })
	p.signal(syscall.SIGTERM)
	p.wait()

	usage := callers("usage", "second", "--json")
	if !strings.Contains(usage, `"calls": 1,`) || !strings.Contains(usage, `"damaged_lines": 0`) {
		t.Errorf("the usage is %s", usage)
	}
	logged, err := filepath.Glob(filepath.Join(cache, "audit", "audit-*.jsonl"))
	if err != nil || len(logged) == 0 {
		t.Fatalf("%v, there is no audit log", err)
	}
	for _, path := range append(logged, file) {
		content, err := os.ReadFile(path)
		if err != nil || strings.Contains(string(content), secret) || strings.Contains(string(content), second) {
			t.Errorf("%v, %s holds a secret: %s", err, filepath.Base(path), content)
		}
	}
	if log := p.log.String(); strings.Contains(log, first) || strings.Contains(log, second) || !strings.Contains(log, "reason=requests_per_minute") {
		t.Errorf("the log is %s", log)
	}
}
