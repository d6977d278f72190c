package provider_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

const key = "ovh-secret/key-0123456789abcdef0123456789abcdef"

// TestKeyStaysSecret covers upstreams that repeat the key that they were sent.
func TestKeyStaysSecret(t *testing.T) {
	t.Parallel()
	echo := "the key " + key + " is not valid"
	object, _ := json.Marshal(map[string]any{"error": map[string]any{"message": echo, "code": 401}})
	tests := []struct {
		name  string
		fault emulator.Fault
	}{
		{"in an error object", emulator.Fault{Status: 401, Body: string(object)}},
		{"in an error object with escaped slashes", emulator.Fault{Status: 401, Body: strings.ReplaceAll(string(object), "/", `\/`)}},
		{"in an error text", emulator.Fault{Status: 403, Body: fmt.Sprintf(`{"error":%q}`, echo)}},
		{"in a message", emulator.Fault{Status: 400, Body: fmt.Sprintf(`{"message":%q}`, echo)}},
		{"in an unknown field", emulator.Fault{Status: 400, Body: fmt.Sprintf(`{"header":"Bearer %s"}`, key)}},
		{"in plain text", emulator.Fault{Status: 500, Body: echo}},
		{"where a long text is cut", emulator.Fault{Status: 500, Body: strings.Repeat("x", 980) + key}},
		{"where the body is cut", emulator.Fault{Status: 500, Body: `"` + strings.Repeat(" ", 64<<10-20) + key + `"`}},
		{"in an error event", emulator.Fault{RawEvents: []string{string(object)}}},
		{"in an error event after text", emulator.Fault{RawEvents: []string{wrote("Hello"), string(object)}}},
		{"in an error event without a status", emulator.Fault{RawEvents: []string{fmt.Sprintf(`{"error":{"message":%q}}`, echo)}}},
		{"in an event that is not JSON", emulator.Fault{RawEvents: []string{echo}}},
		{"in a deprecation notice", emulator.Fault{Header: map[string]string{"X-Warning": echo}}},
		{"its start", emulator.Fault{Status: 401, Body: `{"message":"no such key: ` + key[:8] + `"}`}},
		{"its start and end, with a mask", emulator.Fault{Status: 401, Body: `{"message":"no such key: ` + key[:5] + "…" + key[len(key)-4:] + `"}`}},
		{"its start, masked by stars, in an event", emulator.Fault{RawEvents: []string{`{"error":{"message":"no key ` + key[:7] + `******"}}`}}},
		{"its end, in a notice", emulator.Fault{Header: map[string]string{"X-Warning": "the key *****" + key[len(key)-6:] + " expires"}}},
		{"in a content type", emulator.Fault{Body: "<html>", ContentType: "text/html; key=" + key}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := emulator.New(emulator.Options{})
			tt.fault.Path = chatPath
			e.Script(tt.fault, emulator.Fault{Path: "/models", Status: 403, Body: echo, Times: -1})
			var log logBuffer
			p := connect(t, e, withKey(key), func(o *provider.Options) {
				o.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
			})
			result, err := ask(t, p)
			shown := fmt.Sprintf("%+v %v", result, err)
			if err != nil {
				e := failure(t, err)
				shown += fmt.Sprintf(" %+v %v", e.Message, e.Unwrap())
			}
			for _, end := range []string{key[:5], key[len(key)-4:]} {
				if strings.Contains(shown, end) || strings.Contains(log.String(), end) {
					t.Fatalf("the result, the error or the log shows %q of the key:\n%s\n%s", end, shown, log.String())
				}
			}
			for i := range len(key) - 12 {
				if piece := key[i : i+12]; strings.Contains(shown, piece) || strings.Contains(log.String(), piece) {
					t.Fatalf("the result, the error or the log shows %q of the key:\n%s\n%s", piece, shown, log.String())
				}
			}
		})
	}
}

func TestPromptIsNotLogged(t *testing.T) {
	t.Parallel()
	e := emulator.New(emulator.Options{})
	e.Script(emulator.Fault{Path: "/models_v2", Status: 500, Body: "no"}, emulator.Fault{Path: embedPath, Status: 500, Body: "no"})
	var log logBuffer
	p := connect(t, e, withKey(key), func(o *provider.Options) {
		o.Logger = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	})
	const prompt = "a most private question"
	_, _ = p.Chat(t.Context(), provider.ChatRequest{Messages: says(prompt)})
	_, _ = p.Embed(t.Context(), provider.EmbedRequest{Input: []string{prompt}})
	if text := log.String(); text == "" || strings.Contains(text, "private") || strings.Contains(text, key) {
		t.Errorf("got log %q", text)
	}
}

// TestRedirectsAreNotFollowedElsewhere: nothing but the two configured URLs is
// ever contacted, and no prompt or key goes to another host.
func TestRedirectsAreNotFollowedElsewhere(t *testing.T) {
	t.Parallel()
	for _, status := range []int{301, 302, 303, 307, 308} {
		t.Run(fmt.Sprint(status), func(t *testing.T) {
			t.Parallel()
			elsewhere := emulator.New(emulator.Options{})
			elsewhere.Record()
			server, err := elsewhere.Start()
			if err != nil {
				t.Fatal(err)
			}
			defer server.Close()
			redirect := func(url string) http.HandlerFunc {
				return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, url, status) }
			}
			mux := http.NewServeMux()
			mux.Handle("/rest/v1/models_v2", redirect(server.CatalogURL))
			mux.Handle("/v1/models", redirect(server.BaseURL+"/models"))
			mux.Handle("/v1/chat/completions", redirect(server.BaseURL+"/chat/completions"))
			p := connect(t, mux, withKey(key))
			_, err = ask(t, p)
			if err == nil {
				t.Error("the chat was answered from elsewhere")
			} else {
				_ = failure(t, err)
			}
			for _, r := range elsewhere.Requests() {
				t.Errorf("another host got %s %s", r.Method, r.Path)
			}
		})
	}
}

func TestRedirectsWithinTheHostAreFollowed(t *testing.T) {
	t.Parallel()
	e := emulator.New(emulator.Options{})
	mux := http.NewServeMux()
	mux.Handle("/", e)
	mux.Handle("/moved", http.RedirectHandler("/rest/v1/models_v2", http.StatusPermanentRedirect))
	p := connect(t, mux, func(o *provider.Options) {
		o.CatalogURL = strings.Replace(o.CatalogURL, "/rest/v1/models_v2", "/moved", 1)
	})
	if got := p.Catalog(t.Context()); !got.Complete() {
		t.Errorf("got source %s", got.Source)
	}
}
