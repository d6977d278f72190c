package e2e

import (
	"flag"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files from what the program says now")

// The first thing that a user without a key may meet. The real cause is said each time,
// never that a limit of this program is used up.
func TestTheFirstCallWithoutAKeySaysWhyItFailed(t *testing.T) {
	untrusted := httptest.NewUnstartedServer(http.NotFoundHandler())
	untrusted.Config.ErrorLog = nil
	untrusted.StartTLS()
	t.Cleanup(untrusted.Close)
	broken := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
		_, _ = w.Write([]byte(`{"message":"no worker is up"}`))
	}))
	t.Cleanup(broken.Close)
	var report strings.Builder
	for _, service := range []struct{ name, url string }{
		{"no such host", "https://nowhere.invalid"}, {"a refused port", "http://127.0.0.1:1"},
		{"a certificate that is not trusted", untrusted.URL}, {"503", broken.URL},
	} {
		for _, test := range []struct {
			title     string
			arguments []string
		}{
			{"with its catalogue", []string{"--catalog-url", service.url + "/models_v2"}},
			{"without one", nil},
		} {
			// One try and no pause, so that the test takes no time.
			arguments := append([]string{"call", "chat", "prompt=hi", "--max-wait", "0s", "--base-url", service.url + "/v1"}, test.arguments...)
			cmd := exec.CommandContext(testContext(t), binary, arguments...)
			cmd.Env = append(os.Environ(), "XDG_CACHE_HOME="+t.TempDir())
			output, _ := cmd.CombinedOutput()
			if cmd.ProcessState.ExitCode() != 1 {
				t.Errorf("%s: exit code %d", service.name, cmd.ProcessState.ExitCode())
			}
			fmt.Fprintf(&report, "## %s, %s\n\n%s\n", service.name, test.title, stable(string(output)))
		}
	}
	golden := filepath.Join("testdata", "unreachable.golden")
	if *update {
		if err := os.WriteFile(golden, []byte(report.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), report.String()); diff != "" {
		t.Errorf("%s is not what the program says; run go test ./e2e -update and review the diff (-want +got):\n%s", golden, diff)
	}
}

// stable replaces what differs from one run, or one machine, to the next.
func stable(output string) string {
	for _, part := range []struct{ pattern, by string }{
		{`127\.0\.0\.1:\d{2,}`, "127.0.0.1:PORT"}, {`\d{2}:\d{2}:\d{2}`, "TIME"}, {`(no such host|server misbehaving|Temporary failure[^"]*)`, "no such host"},
		{`lookup nowhere\.invalid( on \S+)?: `, ""},
	} {
		output = regexp.MustCompile(part.pattern).ReplaceAllString(output, part.by)
	}
	return output
}
