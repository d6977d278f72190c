package telemetry_test

import (
	"io"
	"log/slog"
	"net"
	"net/http"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
)

func TestTheExpositionIsClean(t *testing.T) {
	r := start(t)
	r.call("chat", `{"prompt":"hi","model":"gpt-oss-20b","max_tokens":1}`, nil)
	text := r.scrape()
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range problems {
		t.Errorf("%s: %s", problem.Metric, problem.Text)
	}
	tool, err := exec.LookPath("promtool")
	if err != nil {
		t.Log("promtool is not installed, so only the linter of the client library was run")
		return
	}
	check := exec.CommandContext(t.Context(), tool, "check", "metrics")
	check.Stdin = strings.NewReader(text)
	if said, err := check.CombinedOutput(); err != nil || len(said) > 0 {
		t.Errorf("promtool: %v: %s", err, said)
	}
}

func TestMetricsAreServedUntilTheyStop(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	stop := newMetrics(nil).Serve(t.Context(), listener, slog.New(slog.DiscardHandler))
	web := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for _, test := range []struct {
		method, path string
		status       int
	}{
		{http.MethodGet, "/metrics", http.StatusOK},
		{http.MethodPost, "/metrics", http.StatusMethodNotAllowed},
		{http.MethodGet, "/", http.StatusNotFound},
		{http.MethodGet, "/mcp", http.StatusNotFound},
		{http.MethodGet, "/metrics/", http.StatusNotFound},
	} {
		request, err := http.NewRequestWithContext(t.Context(), test.method, "http://"+listener.Addr().String()+test.path, nil)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := web.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, answer.Body)
		answer.Body.Close()
		if answer.StatusCode != test.status {
			t.Errorf("%s %s is answered by %d, want %d", test.method, test.path, answer.StatusCode, test.status)
		}
	}
	stop()
	if connection, err := net.DialTimeout("tcp", listener.Addr().String(), time.Second); err == nil {
		connection.Close()
		t.Error("it is served after it was stopped")
	}
}
