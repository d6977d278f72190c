package httpd_test

import (
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd/audit"
)

// The audit log has a line for each call, and nothing of what was said.
func TestTheAuditLogHasNoContent(t *testing.T) {
	const marker = "Tell-Nobody"
	dir := t.TempDir()
	log := audit.New(audit.Options{Dir: dir})
	file := newCallersFile(t, "callers:\n  alice: {token: "+goodToken+"}\n")
	e := serveHTTP(t, setup{}, httpd.Options{Callers: file.open(), Audit: log})
	for _, call := range []struct {
		params string
		status int
	}{
		{`{"name":"chat","arguments":{"prompt":"say ` + marker + `","system":"` + marker + `"}}`, http.StatusOK},
		{`{"name":"chat","arguments":{"prompt":"hi","temperature":9,"user":"` + marker + `"}}`, http.StatusOK},
		{`{"name":"chat","arguments":{"prompt":"hi","model":"` + marker + `"}}`, http.StatusOK},
		{`{"name":"describe-image","arguments":{"image":"https://127.0.0.1/` + marker + `"}}`, http.StatusOK},
	} {
		r := as(e.request(t.Context(), "2025-11-25", "tools/call", call.params), goodToken)
		r.Header.Set("X-Request-Id", "proxy-7")
		e.do(r).check(t, call.status)
	}
	e.do(as(e.request(t.Context(), "2025-11-25", "tools/list", `{}`), goodToken)).check(t, http.StatusOK)
	e.do(e.chat(modern)).check(t, http.StatusUnauthorized)
	e.stop()
	e.awaitEnd()
	log.Close()

	var lines []audit.Line
	damaged, err := audit.Read(dir, time.Now().AddDate(0, 0, -1), time.Now(), func(l audit.Line) { lines = append(lines, l) })
	if err != nil || damaged > 0 || len(lines) != 4 {
		t.Fatalf("%v, %d damaged lines, %+v", err, damaged, lines)
	}
	first := lines[0]
	if first.ID != "proxy-7" || first.Caller != "alice" || first.Tool != "chat" || first.Model == "" || first.PromptTokens <= 0 ||
		first.CompletionTokens <= 0 || first.CostEUR == nil || *first.CostEUR <= 0 || first.Code != audit.Succeeded ||
		time.Since(first.Time) > time.Minute || first.LatencyMS < 0 {
		t.Errorf("the first line is %+v", first)
	}
	if lines[1].Code != "invalid_argument" || lines[1].CostEUR != nil {
		t.Errorf("the failure is %+v", lines[1])
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*"))
	for _, path := range files {
		content, err := os.ReadFile(path)
		if err != nil || strings.Contains(strings.ToLower(string(content)), strings.ToLower(marker)) || strings.Contains(string(content), goodToken) ||
			strings.Contains(string(content), e.host) {
			t.Errorf("%v, the file is %s", err, content)
		}
	}
}

// A call that fails after answers that were paid for has their cost.
func TestTheAuditLogHasTheCostOfFailures(t *testing.T) {
	dir := t.TempDir()
	log := audit.New(audit.Options{Dir: dir})
	file := newCallersFile(t, "callers:\n  alice: {token: "+goodToken+"}\n")
	e := serveHTTP(t, setup{}, httpd.Options{Callers: file.open(), Audit: log})
	e.Script(emulator.Fault{Path: "/chat/completions", Times: -1, RawEvents: []string{
		piece("not the data"), `{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`,
		`{"choices":[],"usage":{"prompt_tokens":1000,"completion_tokens":10,"total_tokens":1010}}`, "[DONE]",
	}})
	r := as(e.request(t.Context(), "2025-11-25", "tools/call",
		`{"name":"structured-extract","arguments":{"text":"x","schema":{"type":"object"},"model":"gpt-oss-120b"}}`), goodToken)
	e.do(r).check(t, http.StatusOK, "extraction_invalid")
	e.stop()
	e.awaitEnd()
	log.Close()
	var lines []audit.Line
	_, err := audit.Read(dir, time.Now().AddDate(0, 0, -1), time.Now(), func(l audit.Line) { lines = append(lines, l) })
	if err != nil || len(lines) != 1 || lines[0].CostEUR == nil || *lines[0].CostEUR <= 0 || lines[0].PromptTokens < 2000 ||
		lines[0].Code != "extraction_invalid" {
		t.Errorf("%v, the lines are %+v", err, lines)
	}
}

// The results of a batch cost what they cost once, however often they are fetched.
func TestTheAuditLogCountsABatchOnce(t *testing.T) {
	dir := t.TempDir()
	log := audit.New(audit.Options{Dir: dir})
	file := newCallersFile(t, "callers:\n  alice: {token: "+goodToken+", shared_key: true}\n")
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	upstream := emulator.New(emulator.Options{BatchTime: -1})
	srv := newServer(t, setup{provider: provider.Options{APIKey: "sk-server-0123456789"}}, upstream)
	e := serve(t, listener, srv, httpd.Options{Callers: file.open(), Audit: log})
	call := func(arguments string) string {
		r := as(e.request(t.Context(), "2025-11-25", "tools/call", `{"name":"batch","arguments":`+arguments+`}`), goodToken)
		got := e.do(r)
		got.check(t, http.StatusOK, `"status":"completed"`)
		return got.body
	}
	made := call(`{"prompt":"{{input}}","inputs":["a","b"],"mode":"half_price"}`)
	id := regexp.MustCompile(`"id":"([\w-]+)"`).FindStringSubmatch(made)
	if id == nil {
		t.Fatalf("there is no id in %s", made)
	}
	for range 3 {
		call(`{"id":"` + id[1] + `"}`)
	}
	e.stop()
	e.awaitEnd()
	log.Close()
	var costs []float64
	tokens := 0
	_, err = audit.Read(dir, time.Now().AddDate(0, 0, -1), time.Now(), func(l audit.Line) {
		if l.CostEUR != nil {
			costs = append(costs, *l.CostEUR)
			tokens += l.CompletionTokens
		}
	})
	if err != nil || len(costs) != 3 || costs[0] <= 0 || costs[1] != 0 || costs[2] != 0 || tokens <= 0 {
		t.Errorf("%v, the calls cost %v and have %d tokens", err, costs, tokens)
	}
}
