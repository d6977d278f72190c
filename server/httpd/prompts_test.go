package httpd_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd"
)

// The status is that of mcp-go's errors: 400 since 2026-07-28, 200 before.
func TestBadArgumentsOfPrompts(t *testing.T) {
	var log lockedBuffer
	e := serveHTTP(t, setup{log: jsonLog(&log)}, httpd.Options{})
	tests := map[string]string{
		`{"name":"choose-model"}`: `argument \"task\" is missing: give what the model is for, as in: summarise 40-page contracts`,
		`{"name":"extract-data","arguments":{"fields":"a","image":7,"txt":""}}`: `unknown argument \"txt\": the arguments are fields, text, image`,
		`{"name":"compare-models","arguments":{"question":"?","models":["a"]}}`: `argument \"models\" must be a string, not an object or a list`,
	}
	for _, version := range eras {
		status := http.StatusOK
		if version == modern {
			status = http.StatusBadRequest
		}
		for params, message := range tests {
			got := e.do(e.request(t.Context(), version, "prompts/get", params))
			got.check(t, status)
			want := fmt.Sprintf(`{"jsonrpc":"2.0","id":1,"error":{"code":-32602,"message":"%s"}}`, message)
			if strings.TrimSpace(got.body) != want || got.Header.Get("Content-Type") != "application/json" {
				t.Errorf("%s, %s: got %s\n%s\nwant\n%s", version, params, got.Header.Get("Content-Type"), got.body, want)
			}
		}
		e.do(e.request(t.Context(), version, "prompts/get", `{"name":"choose-model","arguments":{"task":"x","budget":0.5}}`)).
			check(t, http.StatusOK, "at most 0.5 EUR")
		e.do(e.request(t.Context(), version, "prompts/get", `{"name":"choose-modell"}`)).check(t, status, "-32602", "choose-modell")
	}
	refused := len(tests) + 1
	if lines := log.lines(t, "refused", refused); len(lines) != refused || lines[0]["status"] != 400.0 {
		t.Errorf("the log has %v", lines)
	}
	e.checkServes()
}
