// Package e2e drives the built binary as hosts do: over stdio, over HTTP and from
// a shell, with clients that others wrote.
package e2e

import (
	"context"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// binary is the program as a host runs it; TestMain builds it.
var binary string

// maxWait bounds every wait for something that must happen promptly.
const maxWait = 10 * time.Second

func TestMain(m *testing.M) {
	code, err := runTests(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func runTests(m *testing.M) (code int, err error) {
	flag.Parse()
	if worker := flag.Lookup("test.fuzzworker"); worker != nil && worker.Value.String() == "true" {
		return m.Run(), nil // a fuzzing worker needs no binary
	}
	folder, err := os.MkdirTemp("", "ai-endpoints-mcp-test-")
	if err != nil {
		return 1, err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	binary = filepath.Join(folder, "ai-endpoints-mcp")
	if out, err := exec.Command("go", "build", "-tags", "grpcnotrace", "-o", binary, "..").CombinedOutput(); err != nil {
		return 1, fmt.Errorf("building the binary: %w\n%s", err, out)
	}
	if err := isolate(folder); err != nil {
		return 1, err
	}
	if code = m.Run(); code == 0 {
		return 0, goleak.Find()
	}
	return code, nil
}

// isolate hides the user's keys, proxies, variables, config file and cache from the
// tests.
func isolate(home string) error {
	for _, variable := range os.Environ() {
		name, _, _ := strings.Cut(variable, "=")
		upper := strings.ToUpper(name)
		if strings.HasPrefix(name, "AI_ENDPOINTS_TEST_") {
			continue
		}
		for _, ours := range []string{"AI_ENDPOINTS_", "OVH", "OPENAI_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "XDG_", "OTEL_"} {
			if strings.HasPrefix(upper, ours) {
				if err := os.Unsetenv(name); err != nil {
					return err
				}
			}
		}
	}
	return os.Setenv("HOME", home)
}

// upstream is an emulated AI Endpoints for a running binary.
type upstream struct {
	*emulator.Emulator
	flags          []string      // make the binary use it
	started, ended chan struct{} // for each request to a model
	catalogRead    chan struct{} // for each request of the catalogue
}

func newUpstream(t testing.TB, o emulator.Options) upstream {
	t.Helper()
	signals := func() chan struct{} { return make(chan struct{}, 1000) }
	u := upstream{Emulator: emulator.New(o), started: signals(), ended: signals(), catalogRead: signals()}
	u.Record()
	listening := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			u.started <- struct{}{}
			defer func() { u.ended <- struct{}{} }()
		} else {
			u.catalogRead <- struct{}{}
		}
		u.ServeHTTP(w, r)
	}))
	t.Cleanup(listening.Close)
	u.flags = []string{
		"--base-url", listening.URL + "/v1", "--catalog-url", listening.URL + "/rest/v1/models_v2",
		"--cache-dir", t.TempDir(), "--rate-limit", "off",
	}
	return u
}

// contentEvent returns the data of an event of a streamed answer.
func contentEvent(content string) string {
	return fmt.Sprintf(`{"choices":[{"index":0,"delta":{"content":%q}}]}`, content)
}

// await waits for an event.
func await(t testing.TB, event <-chan struct{}) {
	t.Helper()
	select {
	case <-event:
	case <-time.After(maxWait):
		t.Fatalf("the event did not come within %s", maxWait)
	}
}

// testContext bounds a call that must be answered promptly.
func testContext(t testing.TB) context.Context { return contextWithin(t, maxWait) }

func contextWithin(t testing.TB, limit time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	t.Cleanup(cancel)
	return ctx
}
