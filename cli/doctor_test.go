package cli

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/cli/doctor"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// examined runs doctor in a home of its own, against the upstream at url.
func examined(t *testing.T, url string, args ...string) (code int, stdout string) {
	t.Helper()
	home := t.TempDir()
	for _, name := range []string{"HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "AppData", "LocalAppData", "USERPROFILE"} {
		t.Setenv(name, home)
	}
	for _, name := range []string{"CLAUDE_CONFIG_DIR", "CODEX_HOME", "GEMINI_CLI_HOME"} {
		t.Setenv(name, "")
	}
	var out, log bytes.Buffer
	p := newProgram("1.2.3")
	p.out, p.err = &out, &log
	code = p.run(t.Context(), append([]string{"doctor", "--base-url", url + "/v1", "--catalog-url", url + "/rest/v1/models_v2"}, args...))
	if log.Len() > 0 {
		t.Errorf("it logs %s", log.String())
	}
	return code, strings.ReplaceAll(strings.ReplaceAll(out.String(), home, "HOME"), url, "http://UPSTREAM")
}

func listening(t *testing.T, handler http.Handler) (url string) {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

// steady replaces what differs from one run, or one machine, to the next.
func steady(output string) string {
	for _, part := range []struct{ pattern, by string }{
		{`\d+ ms`, "N ms"}, {`\(go1\S+ \w+/\w+\)`, "(go1.N, OS/ARCH)"}, {`\d+ MiB`, "N MiB"}, {`\d+ files? of \d+ kB`, "N files of N kB"},
		{`HOME[/\\]\S*ai-endpoints-mcp can`, "CACHE can"}, {`127\.0\.0\.1:\d+`, "UPSTREAM"}, {`, \d+ days old`, ", N days old"},
	} {
		output = regexp.MustCompile(part.pattern).ReplaceAllString(output, part.by)
	}
	return output
}

func TestDoctorsReport(t *testing.T) {
	t.Setenv("OVH_AI_ENDPOINTS_ACCESS_TOKEN", "Bearer "+canaryKey)
	t.Setenv("OVHCLOUD_API_KEY", "")
	config := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(config, []byte("max-cost: 5\nmodels: {a: {model: gpt-oss-20b}, b: {model: bge-m3}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("AI_ENDPOINTS_CONFIG", config)
	upstream := listening(t, emulator.New(emulator.Options{Key: canaryKey}))
	code, table := examined(t, upstream, "--call")
	if code != 0 {
		t.Errorf("exit code %d", code)
	}
	checkGolden(t, "testdata/doctor.golden", steady(strings.ReplaceAll(table, config, "CONFIG")))
	code, asJSON := examined(t, upstream, "--json", "--allow-dir", "nowhere")
	if code != exitFailure || !json.Valid([]byte(asJSON)) {
		t.Errorf("exit code %d", code)
	}
	asJSON = regexp.MustCompile(`"found": ".*nowhere cannot be read: .*"`).ReplaceAllString(asJSON, `"found": "FOLDER cannot be read"`)
	checkGolden(t, "testdata/doctor.json.golden", steady(strings.ReplaceAll(asJSON, config, "CONFIG")))
	if strings.Contains(table+asJSON, "canary") {
		t.Error("the key is shown")
	}
}

// A key is shown in no form, whatever is wrong with it and whatever the service repeats.
func TestDoctorNeverShowsTheKey(t *testing.T) {
	for _, key := range []string{
		canaryKey, `"` + canaryKey + `"`, "Bearer " + canaryKey, "${" + canaryKey + "}", "${X:-" + canaryKey + "}", canaryKey + " " + canaryKey,
		canaryKey + "\n" + canaryKey, canaryKey + "é", "sk-" + canaryKey, "<" + canaryKey + ">", "https://canary.example/" + canaryKey,
	} {
		t.Setenv("OVHCLOUD_API_KEY", key)
		upstream := emulator.New(emulator.Options{})
		if s := shapeOf(key); s.key != "" && s.unusable == "" {
			body := `{"message":"Incorrect API key provided: ` + s.key + `, ` + s.key[:20] + `***"}`
			upstream.Script(emulator.Fault{Status: 401, Body: body, Times: -1})
		}
		url := listening(t, upstream)
		for _, args := range [][]string{{"--call"}, {"--call", "--json"}} {
			if _, output := examined(t, url, args...); strings.Contains(output, "canary") {
				t.Errorf("a key of %d characters is shown: %s", len(key), output)
			}
		}
	}
}

// A catalogue that is poorer than the last one is not taken, and doctor says so.
func TestDoctorTellsOfAPoorerCatalogue(t *testing.T) {
	listed, _ := catalog.SnapshotPayloads()
	poor := bytes.ReplaceAll(listed, []byte(`"function_calling": true`), []byte(`"was": true`))
	if bytes.Equal(listed, poor) {
		t.Fatal("the catalogue is as rich as before")
	}
	upstream := emulator.New(emulator.Options{})
	url, cache := listening(t, upstream), t.TempDir()
	if code, table := examined(t, url, "--cache-dir", cache); code != 0 || !strings.Contains(table, "/rest/v1/models_v2: live, ") {
		t.Errorf("exit code %d, %s", code, table)
	}
	upstream.Script(emulator.Fault{Path: "/models_v2", Status: 200, Body: string(poor)})
	code, table := examined(t, url, "--cache-dir", cache)
	if code != 0 || !regexp.MustCompile(`(?m)^! warning  catalogue   .*: cache, .* seconds? old; catalogue: it is poorer than the last one: .* lost their tool calls`).MatchString(table) {
		t.Errorf("exit code %d, %s", code, table)
	}
}

func TestTheTableIsWrapped(t *testing.T) {
	rows := []doctor.Row{
		{Name: "key", Finding: doctor.Good("of a place with a name that is longer than the line")},
		{Name: "key", Finding: doctor.Warn("odd", "do this, or that, or something else that takes more than a line")},
		{Name: "base URL", Finding: doctor.Fail("…", "")},
	}
	var b strings.Builder
	writeTable(&b, rows, 50, false)
	const want = `✓ ok       key       of a place with a name that
                     is longer than the line
! warning            odd
    hint: do this, or that, or something else that
          takes more than a line
✗ failed   base URL  …
3 findings: 1 ok, 1 warning, 1 failed, 0 skipped
`
	if b.String() != want {
		t.Errorf("got\n%s", b.String())
	}
	b.Reset()
	writeTable(&b, rows, 50, true)
	if coloured := regexp.MustCompile(`\x1b\[\d+m`).ReplaceAllString(b.String(), ""); coloured != want || coloured == b.String() {
		t.Errorf("got in colour\n%s", b.String())
	}
}
