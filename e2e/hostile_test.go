package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"unicode"
)

// hostile commands a terminal, breaks a log line and turns the direction of text.
const hostile = "\x1b[31mred\x1b]8;;http://evil.test\alink\x1b]8;;\a\r\n\u009b2J\u202eSEKIL\u2066\u200b"

// evilUpstream puts it, and names of megabytes, wherever a name can stand.
func evilUpstream(t *testing.T) (flags []string) {
	big := strings.Repeat("B", 5<<20)
	list := func(entry func(i int) map[string]any) []any {
		var entries []any
		for i := range 300 {
			entries = append(entries, entry(i))
		}
		return entries
	}
	catalogue := append(list(func(i int) map[string]any {
		return map[string]any{"id": hostile, "name": fmt.Sprint(hostile, i), "available": hostile, "category": hostile, "metadata": hostile}
	}), map[string]any{"name": big}, map[string]any{
		"id": "slug", "name": "honest", "available": true, "category": "LLM" + hostile, "description": hostile, "metadata": map[string]any{
			"aliases": []string{"alias" + hostile, big[:1000]}, "publishing_information": map[string]any{"publisher": hostile, "series": hostile},
			"model_specs": map[string]any{"capabilities": map[string]any{
				"input_modality": []string{"text"}, "output_modality": []string{"text"}, "use_case_tag": []string{hostile + "tag", big[:200]},
			}},
		},
	})
	served := append(list(func(i int) map[string]any { return map[string]any{"id": fmt.Sprint(hostile, i)} }),
		map[string]any{"id": big}, map[string]any{"id": "honest"})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var answer any
		switch r.URL.Path {
		case "/catalog":
			answer = catalogue
		case "/v1/models":
			answer = map[string]any{"object": "list", "data": served}
		case "/v1/embeddings":
			w.Header().Set("X-Warning", "old\u202e"+big[:10000])
			answer = map[string]any{"model": hostile + big, "data": []any{map[string]any{"index": 0, "embedding": []float64{1, 2}}}}
		default:
			answer = chatAnswer(r, big)
		}
		_ = json.NewEncoder(w).Encode(answer)
	}))
	t.Cleanup(server.Close)
	return []string{
		"--base-url", server.URL + "/v1", "--catalog-url", server.URL + "/catalog", "--cache-dir", t.TempDir(), "--rate-limit", "off",
		"--max-wait", "0s",
	}
}

// chatAnswer is an error where the prompt asks for one.
func chatAnswer(r *http.Request, big string) any {
	var request struct{ Messages []struct{ Content string } }
	_ = json.NewDecoder(r.Body).Decode(&request)
	if strings.Contains(fmt.Sprint(request), "fail") {
		return map[string]any{"error": map[string]any{"message": hostile + big, "code": hostile, "type": hostile, "param": hostile}}
	}
	return map[string]any{"id": hostile, "model": hostile + big, "choices": []any{map[string]any{
		"index": 0, "finish_reason": hostile + big, "message": map[string]any{"role": hostile, "content": "hello", "tool_calls": []any{
			map[string]any{"id": "id" + hostile, "type": hostile, "function": map[string]any{"name": "f" + hostile + big[:10000], "arguments": "{}"}},
		}},
	}}}
}

// checkShown fails for what must not reach a terminal or a log.
func checkShown(t *testing.T, what, shown string) {
	t.Helper()
	for line := range strings.Lines(shown) {
		line = strings.TrimSuffix(line, "\n")
		if bad := strings.IndexFunc(line, func(r rune) bool { return r != '\t' && (unicode.IsControl(r) || unicode.Is(unicode.Cf, r)) }); bad >= 0 {
			t.Errorf("%s shows %q", what, line[bad:min(len(line), bad+40)])
		}
		if len(line) > 5000 {
			t.Errorf("%s has a line of %d bytes: %.200q", what, len(line), line)
		}
	}
}

func TestHostileNamesOnATerminal(t *testing.T) {
	t.Parallel()
	for name, command := range map[string][]string{
		"models":            {"models", "--all"},
		"models as JSON":    {"models", "--all", "--json"},
		"a tag":             {"models", "--tag", "tag"},
		"resolve":           {"resolve", "LLM@latest"},
		"resolve, unknown":  {"resolve", "honst@latest"},
		"resolve, verify":   {"resolve", "honest", "--verify"},
		"a call":            {"call", "chat", "prompt=hi", "model=honest"},
		"a call as JSON":    {"call", "chat", "prompt=hi", "model=honest", "--json"},
		"a call that fails": {"call", "chat", "prompt=fail", "model=honest"},
		"an unknown model":  {"call", "chat", "prompt=hi", "model=honst"},
		"vectors":           {"call", "embed", "input=hi", "model=honest", "--json"},
		"completion":        {"__complete", "call", "chat", "model="},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, format := range []string{"text", "json"} {
				process := exec.CommandContext(testContext(t), binary, append(slices.Concat(command, evilUpstream(t)), "--log-level=debug", "--log-format="+format)...)
				var stdout, stderr strings.Builder
				process.Stdout, process.Stderr = &stdout, &stderr
				_ = process.Run()
				checkShown(t, "stdout", stdout.String())
				checkShown(t, "stderr", stderr.String())
				if n := strings.Count(stderr.String(), "some of the catalogue cannot be read"); n > 2 { // one for each list
					t.Errorf("%d warnings: %s", n, stderr.String())
				}
			}
		})
	}
}

func TestHostileNamesInLogAndMetrics(t *testing.T) {
	t.Parallel()
	p := startHTTP(t, append(evilUpstream(t), "--metrics-addr", "127.0.0.1:0", "--log-level", "debug")...)
	for _, arguments := range []string{
		`"name":"chat","arguments":{"prompt":"hi","model":"honest"}`, `"name":"chat","arguments":{"prompt":"fail","model":"honest"}`,
		`"name":"embed","arguments":{"input":"hi","model":"honest"}`, `"name":"chat","arguments":{"prompt":"hi","model":"\u001b[31m\u202e"}`,
	} {
		_, _ = p.status("POST", "/mcp", teamToken, `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{`+arguments+`}}`)
	}
	text, err := p.metrics()
	if err != nil || !strings.Contains(text, `calls_total{code="ok"`) {
		t.Errorf("%v: %s", err, text)
	}
	checkShown(t, "/metrics", text)
	checkShown(t, "the log", p.log.String())
}
