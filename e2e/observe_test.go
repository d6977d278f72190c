package e2e

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// metrics returns the metrics, whose address the log has.
func (p *httpProcess) metrics() (string, error) {
	p.Helper()
	address := regexp.MustCompile(`serving metrics address=(\S+)`).FindStringSubmatch(p.log.String())
	if address == nil {
		p.Fatalf("the log does not say where the metrics are: %s", p.log.String())
	}
	answer, err := freshClient().Get("http://" + address[1] + "/metrics")
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return string(text), err
}

func TestMetricsAreServedWhileTheServerDrains(t *testing.T) {
	u := newUpstream(t, emulator.Options{TokenDelay: 10 * time.Millisecond}) // an answer of a second
	p := startHTTP(t, append(u.flags, "--metrics-addr", "127.0.0.1:0")...)
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		p.status("POST", "/mcp", teamToken, sayHi)
	}()
	await(t, u.started)
	p.signal(syscall.SIGTERM)
	eventually(t, "draining", func() bool {
		status, _ := p.status("GET", "/readyz", "", "")
		return status == http.StatusServiceUnavailable
	})
	text, err := p.metrics()
	if err != nil || !strings.Contains(text, "\nai_endpoints_mcp_requests_in_flight 1\n") || strings.Contains(text, teamToken) {
		t.Errorf("%v: %s", err, text)
	}
	await(t, answered)
	if state := p.wait(); state.ExitCode() != 0 {
		t.Errorf("the process ended with %s", state)
	}
	if _, err := p.metrics(); err == nil {
		t.Error("metrics are served after the end")
	}
	if strings.Contains(p.log.String(), "can be read by everyone") {
		t.Errorf("the log warns of loopback: %s", p.log.String())
	}
}

func TestMetricsAreOffByDefault(t *testing.T) {
	p := startHTTP(t, newUpstream(t, emulator.Options{}).flags...)
	if status, body := p.status("GET", "/metrics", teamToken, ""); status != http.StatusNotFound {
		t.Errorf("the MCP address answers /metrics with %d %s", status, body)
	}
	if strings.Contains(p.log.String(), "metrics") {
		t.Errorf("the log is %s", p.log.String())
	}
}

func TestMetricsThatOthersCanReadAreWarnedOf(t *testing.T) {
	p := startHTTP(t, append(newUpstream(t, emulator.Options{}).flags, "--metrics-addr", "0.0.0.0:0")...)
	if got := strings.Count(p.log.String(), "metrics can be read by everyone"); got != 1 {
		t.Errorf("%d warnings in %s", got, p.log.String())
	}
}

func TestMetricsOnAUnixSocket(t *testing.T) {
	path := filepath.Join(t.TempDir(), "m")
	startHTTP(t, append(newUpstream(t, emulator.Options{}).flags, "--metrics-addr", "unix:"+path)...)
	connection, err := net.DialTimeout("unix", path, maxWait)
	if err != nil {
		t.Fatal(err)
	}
	connection.Close()
}

func TestAMetricsAddressThatCannotBeUsed(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for _, test := range []struct {
		address, want string
		code          int
	}{
		{"9464", `error: --metrics-addr: not an address: "9464"; give host:port`, 2},
		{"unix:", "error: --metrics-addr: the path of the Unix socket is missing", 2},
		{taken.Addr().String(), "error: --metrics-addr: listening on " + taken.Addr().String() + ": ", 1},
	} {
		t.Run(test.address, func(t *testing.T) {
			cmd := exec.CommandContext(testContext(t), binary, "http", "--sandbox", "--listen", "127.0.0.1:0", "--metrics-addr", test.address)
			output, _ := cmd.CombinedOutput()
			if code := cmd.ProcessState.ExitCode(); code != test.code || !strings.Contains(string(output), test.want) {
				t.Errorf("exit %d: %s", code, output)
			}
			if strings.Contains(string(output), "serving MCP") {
				t.Errorf("the server started: %s", output)
			}
		})
	}
}

// startCollector returns the address of an OTLP collector and what it receives.
func startCollector(t testing.TB) (url string, received <-chan string) {
	t.Helper()
	bodies := make(chan string, 100)
	collector := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		bodies <- r.Method + " " + r.URL.Path + " " + string(body)
	}))
	t.Cleanup(collector.Close)
	return collector.URL, bodies
}

// checkSpans checks what a collector received of a chat.
func checkSpans(t testing.TB, received <-chan string) {
	t.Helper()
	select {
	case got := <-received:
		for _, part := range []string{"POST /v1/traces ", "ai-endpoints-mcp", "tools/call chat", "chat gpt-oss-20b", "gen_ai.request.model"} {
			if !strings.Contains(got, part) {
				t.Errorf("%q is not in what the collector got: %q", part, got)
			}
		}
		for _, word := range []string{secret, teamToken} {
			if strings.Contains(got, word) {
				t.Errorf("the collector got %q: %q", word, got)
			}
		}
	case <-time.After(maxWait):
		t.Error("the collector got nothing")
	}
}

func TestTracesOfHTTPReachACollector(t *testing.T) {
	url, received := startCollector(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url)
	t.Setenv("OTEL_EXPORTER_OTLP_HEADERS", "Authorization "+secret)
	p := startHTTP(t, newUpstream(t, emulator.Options{}).flags...)
	status, body := p.status("POST", "/mcp", teamToken, toolCall("chat", `{"model":"gpt-oss-20b","prompt":"`+secret+`"}`))
	if status != http.StatusOK {
		t.Fatal(status, body)
	}
	p.signal(syscall.SIGTERM) // the shutdown sends what is left
	p.wait()
	checkSpans(t, received)
	if !strings.Contains(p.log.String(), "trace_id=") || strings.Contains(p.log.String(), secret) {
		t.Errorf("the log is %s", p.log.String())
	}
}

func TestTracesOfStdioReachACollector(t *testing.T) {
	url, received := startCollector(t)
	t.Setenv("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", url+"/v1/traces")
	eachAgent(t, func(t *testing.T, start func(...string) agent) {
		a := start("--sandbox")
		if _, err := a.call(testContext(t), "chat", map[string]any{"prompt": secret, "model": "gpt-oss-20b"}, ""); err != nil {
			t.Fatal(err)
		}
		if err := a.close(); err != nil {
			t.Fatal(err)
		}
		checkSpans(t, received)
	})
}

func TestWithoutTheEnvironmentNothingIsTraced(t *testing.T) {
	url, received := startCollector(t)
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", url)
	t.Setenv("OTEL_SDK_DISABLED", "true")
	p := startHTTP(t, newUpstream(t, emulator.Options{}).flags...)
	p.status("POST", "/mcp", teamToken, sayHi)
	p.signal(syscall.SIGTERM)
	p.wait()
	select {
	case got := <-received:
		t.Errorf("the collector got %q", got)
	default:
	}
	if strings.Contains(p.log.String(), "trace") {
		t.Errorf("the log is %s", p.log.String())
	}
}

func TestABadTracesVariableIsRefusedAtStart(t *testing.T) {
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318")
	t.Setenv("OTEL_EXPORTER_OTLP_PROTOCOL", "carrier-pigeon")
	for _, command := range []string{"stdio", "http"} {
		cmd := exec.CommandContext(testContext(t), binary, command, "--sandbox")
		output, _ := cmd.CombinedOutput()
		want := "error: traces: OTEL_EXPORTER_OTLP_PROTOCOL is \"carrier-pigeon\"; http/protobuf, http/json and grpc are allowed\nhint: "
		if cmd.ProcessState.ExitCode() != 2 || !strings.Contains(string(output), want) {
			t.Errorf("exit %d: %s", cmd.ProcessState.ExitCode(), output)
		}
	}
}

// A missing collector costs one log line, and no call.
func TestAMissingCollectorFailsNoCall(t *testing.T) {
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	t.Setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://"+gone.Addr().String())
	p := startHTTP(t, newUpstream(t, emulator.Options{}).flags...)
	if status, body := p.status("POST", "/mcp", teamToken, sayHi); status != http.StatusOK {
		t.Error(fmt.Sprint(status, " ", body))
	}
	p.signal(syscall.SIGTERM)
	if state := p.wait(); state.ExitCode() != 0 {
		t.Errorf("the process ended with %s", state)
	}
	if got := strings.Count(p.log.String(), "traces do not reach the collector"); got != 1 {
		t.Errorf("%d lines in %s", got, p.log.String())
	}
}
