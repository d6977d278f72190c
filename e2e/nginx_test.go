package e2e

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"flag"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/resources/view"
)

// A call that lasts longer than nginx's usual 60 s takes 90; `make deploy-check` asks for it.
var nginxCall = flag.Duration("nginx-call", 2*time.Second, "how long the slow call behind nginx lasts")

const nginxHost = "mcp.example.com"

// nginxProxy is Debian's nginx with the sample of deploy/nginx before some servers.
type nginxProxy struct {
	testing.TB
	web *http.Client
}

func startNginx(t *testing.T, servers ...*httpProcess) *nginxProxy {
	t.Helper()
	program, err := exec.LookPath("nginx")
	if err != nil {
		t.Skip(err)
	}
	folder := t.TempDir()
	certFile, keyFile := writeCertificate(t)
	secure, plain, upstream := freeAddress(t), freeAddress(t), ""
	for _, p := range servers {
		upstream += "server " + strings.TrimPrefix(p.url, "http://") + "; "
	}
	sample := replaced(t, fileText(t, "deploy/nginx/ai-endpoints-mcp.conf"), map[string]string{
		"listen 443 ssl;": "listen " + secure + " ssl;", "listen 80;": "listen " + plain + ";",
		"server 127.0.0.1:8080;":               upstream,
		"/etc/ssl/certs/mcp.example.com.pem":   certFile,
		"/etc/ssl/private/mcp.example.com.key": keyFile,
	})
	config := "daemon off; master_process off; pid nginx.pid; error_log stderr; events {}\nhttp {\naccess_log off;\n"
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		config += kind + "_temp_path " + kind + ";\n"
	}
	if err := os.WriteFile(filepath.Join(folder, "nginx.conf"), []byte(config+sample+"}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(program, "-p", folder, "-e", "stderr", "-c", "nginx.conf")
	var log strings.Builder
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("the log of nginx: %s", log.String())
		}
	})
	eventually(t, "nginx listens", func() bool {
		connection, err := net.Dial("tcp", secure)
		if err == nil {
			_ = connection.Close()
		}
		return err == nil
	})
	return &nginxProxy{TB: t, web: clientOf(t, certFile, secure)}
}

// clientOf returns a client that trusts a certificate and finds all names at one address.
func clientOf(t testing.TB, certFile, address string) *http.Client {
	t.Helper()
	certificate, err := os.ReadFile(certFile)
	if err != nil {
		t.Fatal(err)
	}
	trusted := x509.NewCertPool()
	trusted.AppendCertsFromPEM(certificate)
	return &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: trusted},
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			var dialer net.Dialer
			return dialer.DialContext(ctx, "tcp", address)
		},
	}}
}

// replaced replaces each text, which must be there.
func replaced(t testing.TB, text string, by map[string]string) string {
	t.Helper()
	for from, to := range by {
		if !strings.Contains(text, from) {
			t.Fatalf("%q is not in the sample", from)
		}
		text = strings.ReplaceAll(text, from, to)
	}
	return text
}

// freeAddress returns an address of this machine on which nothing listens.
func freeAddress(t testing.TB) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

// post sends a message and returns the answer, whose body the caller closes.
func (n *nginxProxy) post(ctx context.Context, body string, headers map[string]string) *http.Response {
	n.Helper()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://"+nginxHost+"/mcp", strings.NewReader(body))
	if err != nil {
		n.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	for name, value := range headers {
		r.Header.Set(name, value)
	}
	answer, err := n.web.Do(r)
	if err != nil {
		n.Fatal(err)
	}
	return answer
}

func TestNginxBeforeTheServer(t *testing.T) {
	u := newUpstream(t, emulator.Options{})
	p := startHTTP(t, append(u.flags, "--allow-host", nginxHost)...)
	n := startNginx(t, p)
	ours := map[string]string{"Authorization": "Bearer " + teamToken}

	for _, test := range []struct {
		name    string
		headers map[string]string
		status  int
	}{
		{"no token", nil, http.StatusUnauthorized},
		{"the page of its own origin", map[string]string{"Origin": "https://" + nginxHost}, http.StatusUnauthorized}, // Host and Origin arrive
		{"a foreign page", map[string]string{"Authorization": ours["Authorization"], "Origin": "https://evil.example"}, http.StatusForbidden},
		{"a token", ours, http.StatusOK},
	} {
		answer := n.post(testContext(t), ping, test.headers)
		_ = answer.Body.Close()
		if answer.StatusCode != test.status || answer.Header.Get("X-Request-Id") == "" {
			t.Errorf("%s: %s %v, want %d", test.name, answer.Status, answer.Header, test.status)
		}
	}
	for path, status := range map[string]int{"/healthz": http.StatusNotFound, "/metrics": http.StatusNotFound} {
		answer, err := n.web.Get("https://" + nginxHost + path)
		if err != nil {
			t.Fatal(err)
		}
		_ = answer.Body.Close()
		if answer.StatusCode != status {
			t.Errorf("%s is %s", path, answer.Status)
		}
	}
	t.Run("page", func(t *testing.T) { checkPage(t, n) })
	t.Run("progress", func(t *testing.T) { checkUnbuffered(t, n, u) })
	t.Run("slow call", func(t *testing.T) {
		u.Script(emulator.Fault{Path: "/chat/completions", Delay: *nginxCall})
		start := time.Now()
		answer := n.post(contextWithin(t, *nginxCall+maxWait), sayHi, ours)
		defer answer.Body.Close()
		body, _ := io.ReadAll(answer.Body)
		if took := time.Since(start); took < *nginxCall || answer.StatusCode != http.StatusOK || !strings.Contains(string(body), `"finish_reason":"stop"`) {
			t.Errorf("after %s: %s %s", took, answer.Status, body)
		}
	})
}

// The page comes through as the server sends it, with and without a token.
func checkPage(t *testing.T, n *nginxProxy) {
	t.Helper()
	for token, status := range map[string]int{"": http.StatusUnauthorized, teamToken: http.StatusOK} {
		r, err := http.NewRequestWithContext(testContext(t), http.MethodGet, "https://"+nginxHost+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		if token != "" {
			r.Header.Set("Authorization", "Bearer "+token)
		}
		answer, err := n.web.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if answer.StatusCode != status || err != nil || string(body) != string(view.HTML()) {
			t.Errorf("%s, %d bytes, %v, want %d", answer.Status, len(body), err, status)
		}
		if got := answer.Header.Get("Content-Security-Policy"); !strings.HasSuffix(got, "; frame-ancestors 'none'") || answer.Header.Get("Strict-Transport-Security") == "" {
			t.Errorf("the headers are %v", answer.Header)
		}
	}
}

// The first piece of an answer arrives while the rest is not written yet.
func checkUnbuffered(t *testing.T, n *nginxProxy, u upstream) {
	t.Helper()
	const pause = 300 * time.Millisecond
	u.Script(emulator.Fault{Path: "/chat/completions", ChunkDelay: pause})
	answer := n.post(contextWithin(t, 2*maxWait), `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"chat",
		"arguments":{"prompt":"hi","model":"Meta-Llama-3_3-70B-Instruct","max_tokens":8},"_meta":{"progressToken":"t"}}}`, map[string]string{"Authorization": "Bearer " + teamToken})
	defer answer.Body.Close()
	var first, last time.Time
	lines := bufio.NewScanner(answer.Body)
	for lines.Scan() {
		if first.IsZero() && strings.Contains(lines.Text(), "notifications/progress") {
			first = time.Now()
		}
		if strings.Contains(lines.Text(), `"finish_reason"`) {
			last = time.Now()
		}
	}
	if lines.Err() != nil || last.IsZero() || first.IsZero() || last.Sub(first) < 3*pause {
		t.Errorf("%s: progress %s before the end, error %v", answer.Status, last.Sub(first), lines.Err())
	}
}
