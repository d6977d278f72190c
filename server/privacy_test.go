package server_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

const (
	secretKey    = "eyJhbGciOi-secret-key"
	keyPart      = "eyJhbGciOi" // not even a part may be shown
	secretPrompt = "tell-nobody"
)

// echoing refuses every request to a model, with its key and its body in the answer.
type echoing struct{ http.Handler }

func (e echoing) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		e.Handler.ServeHTTP(w, r)
		return
	}
	var body bytes.Buffer
	_, _ = body.ReadFrom(r.Body)
	w.WriteHeader(http.StatusUnauthorized)
	_, _ = w.Write([]byte(`{"message":"bad header Authorization: ` + r.Header.Get("Authorization") + `"}`))
	_, _ = body.WriteTo(w)
}

// At every log level and for every outcome, the log contains neither the key nor text
// of a caller, and no answer contains the key.
func TestKeyAndPromptAreNeverLogged(t *testing.T) {
	calls := []struct{ tool, arguments string }{
		{"chat", `{"prompt":"tell-nobody"}`},
		{"chat", `{"system":"tell-nobody","messages":[{"role":"user","content":"tell-nobody"}],"model":"Qwen3.5-9B"}`},
		{"chat", `{"prompt":"tell-nobody","model":"tell-nobody"}`},
		{"chat", `{"prompt":"tell-nobody","temperature":9}`},
		{"chat", `{"tell-nobody":1}`},
		{"chat", `{"messages":[{"role":"tell-nobody"}]}`},
		{"chat", `{"prompt":"hi","model":"tell-nobody@latest"}`},
		{"embed", `{"input":"tell-nobody"}`},
		{"batch", `{"prompt":"tell-nobody {{input}}","inputs":["tell-nobody"]}`},
		{"batch", `{"prompt":"{{tell-nobody}}","inputs":[{"tell-nobody-else":1}]}`},
		{"embed", `{"input":["tell-nobody"],"query":"tell-nobody"}`},
		{"embed", `{"input":["tell-nobody",""]}`},
	}
	upstreams := []struct {
		name  string
		fault emulator.Fault
		echo  bool
	}{
		{name: "answers"},
		{name: "echoes the key and the body", echo: true},
		{name: "is limited", fault: emulator.Fault{Status: 429, Body: "tell-nobody"}},
		{name: "fails", fault: emulator.Fault{Status: 500, Body: "Bearer " + secretKey + " tell-nobody"}},
		{name: "fails at length", fault: emulator.Fault{Status: 500, Body: strings.Repeat("x", 988) + secretKey}},
		{name: "fails within the stream",
			fault: emulator.Fault{RawEvents: []string{`{"error":{"message":"Bearer ` + secretKey + ` tell-nobody"}}`}}},
		{name: "breaks off", fault: emulator.Fault{RawEvents: []string{piece("tell-nobody")}, Cut: new(1)}},
		{name: "sends garbage", fault: emulator.Fault{RawEvents: []string{"tell-nobody"}}},
		{name: "warns", fault: emulator.Fault{Header: map[string]string{"X-Warning": "Bearer " + secretKey}}},
		{name: "is not there", fault: emulator.Fault{DropConnection: true}},
		{name: "has no catalogue", fault: emulator.Fault{Path: "/models_v2", Status: 500, Body: secretKey}},
	}
	for _, up := range upstreams {
		t.Run(up.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var log bytes.Buffer
				s := setup{
					inMemory: true, provider: provider.Options{APIKey: secretKey},
					log: slog.New(slog.NewJSONHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug - 4, AddSource: true})),
				}
				if up.echo {
					s.wrap = func(h http.Handler) http.Handler { return echoing{h} }
				}
				r := connect(t, s)
				up.fault.Times = -1
				r.Script(up.fault)
				for _, call := range calls {
					got := r.call(call.tool, call.arguments)
					checkAbsent(t, "answer to "+call.tool+" "+call.arguments, strings.Join(got.texts, "\n")+string(got.structured), keyPart)
				}
				synctest.Wait()
				if !strings.Contains(log.String(), `"msg":"call"`) {
					t.Errorf("nothing was logged, so nothing was tested: %s", &log)
				}
				checkAbsent(t, "log", log.String(), keyPart)
				checkAbsent(t, "log", log.String(), secretPrompt)
			})
		})
	}
}

func checkAbsent(t *testing.T, where, text, secret string) {
	t.Helper()
	if i := strings.Index(text, secret); i >= 0 {
		t.Errorf("%q is in the %s: …%s", secret, where, text[max(0, i-100):i+len(secret)])
	}
}
