package server_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
)

const panicText = "secret-panic-text"

// panicking panics instead of sending a request to a model.
type panicking struct{ http.RoundTripper }

func (p panicking) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Method == http.MethodPost {
		panic(panicText)
	}
	return p.RoundTripper.RoundTrip(request)
}

func TestAPanicIsAnErrorResultWithoutItsText(t *testing.T) {
	checkPanic(t, "chat", `{"prompt":"hi"}`)
}

func checkPanic(t *testing.T, tool, arguments string) {
	t.Helper()
	var log bytes.Buffer
	r := connect(t, setup{
		log:      slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug - 4})),
		provider: provider.Options{HTTPClient: &http.Client{Transport: panicking{&http.Transport{DisableKeepAlives: true}}}},
	})
	got := r.call(tool, arguments)
	if failure := got.failure(); failure.Code != "internal" || failure.Retryable {
		t.Errorf("got %+v", failure)
	}
	if strings.Contains(strings.Join(got.texts, "")+string(got.structured), panicText) {
		t.Errorf("the panic's text is in the result: %q %s", got.texts, got.structured)
	}
	if strings.Contains(log.String(), panicText) {
		t.Errorf("the panic's text is in the log: %s", &log)
	}
	if !strings.Contains(log.String(), "panic") || !strings.Contains(log.String(), "RoundTrip") {
		t.Errorf("the log does not say where the panic was: %s", &log)
	}
}

// The batches of embed run in their own goroutines, where a panic would end the
// process. The test binary is run once more to see whether it does.
func TestAPanicInABatchOfEmbedIsAResultToo(t *testing.T) {
	const child = "AI_ENDPOINTS_TEST_PANIC"
	if os.Getenv(child) != "" {
		checkPanic(t, "embed", `{"input":"hi"}`)
		return
	}
	again := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
	again.Env = append(os.Environ(), child+"=1")
	if out, err := again.CombinedOutput(); err != nil {
		t.Errorf("%v:\n%.600s", err, out)
	}
}
