package emulator_test

import (
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

func TestPayloads(t *testing.T) {
	listed, served := catalog.SnapshotPayloads()
	e := sandbox()
	for path, want := range map[string][]byte{"/rest/v1/models_v2": listed, "/v1/models": served} {
		w := serve(e, http.MethodGet, path, "")
		if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "application/json" || !bytes.Equal(w.Body.Bytes(), want) {
			t.Errorf("%s: status %d, %d bytes, want the built-in payload", path, w.Code, w.Body.Len())
		}
	}
}

func TestCatalogIsNotSentTwice(t *testing.T) {
	e := sandbox()
	tag := serve(e, http.MethodGet, "/rest/v1/models_v2", "").Header().Get("ETag")
	if tag == "" {
		t.Fatal("no ETag")
	}
	w := serve(e, http.MethodGet, "/rest/v1/models_v2", "", "If-None-Match", tag)
	if w.Code != http.StatusNotModified || w.Body.Len() != 0 {
		t.Errorf("status %d with %d bytes, want an empty 304", w.Code, w.Body.Len())
	}
	if w := serve(e, http.MethodGet, "/rest/v1/models_v2", "", "If-None-Match", `"other"`); w.Code != http.StatusOK {
		t.Errorf("another tag: status %d, want 200", w.Code)
	}
}

func TestOwnPayloads(t *testing.T) {
	e := emulator.New(emulator.Options{
		Catalog: []byte(`[{"id":"small","name":"Small-1B","available":true,"metadata":{"model_specs":{"capabilities":
			{"input_modality":["text"],"output_modality":["text"]}}}},{"name":"Gone-1B","available":false}]`),
		Served: []byte(`{"data":[{"id":"Hidden-2B"}]}`),
	})
	for model, want := range map[string]int{"Small-1B": 200, "Hidden-2B": 200, "Gone-1B": 404, "small": 404, "gpt-oss-120b": 404} {
		if w := post(t, e, chatPath, request(model, "hi")); w.Code != want {
			t.Errorf("%s: status %d, want %d", model, w.Code, want)
		}
	}
}

func TestBrokenPayloadIsServedAsItIs(t *testing.T) {
	e := emulator.New(emulator.Options{Catalog: []byte("<html>"), Served: []byte("{")})
	if got := serve(e, http.MethodGet, "/rest/v1/models_v2", "").Body.String(); got != "<html>" {
		t.Errorf("catalogue payload is %q", got)
	}
	if got := serve(e, http.MethodGet, "/v1/models", "").Body.String(); got != "{" {
		t.Errorf("served payload is %q", got)
	}
	complete(t, e, request("gpt-oss-120b", "the snapshot's models answer"))
}

func TestRouting(t *testing.T) {
	for _, c := range []struct {
		method, path string
		want         int
	}{
		{http.MethodGet, "/v1", 404},
		{http.MethodPost, "/", 405},
		{http.MethodPost, "/v1/audio/translations", 404},
		{http.MethodGet, "/v1/audio/transcriptions", 405},
		{http.MethodPut, "/v1/files", 405},
		{http.MethodPost, "/v1/files/x", 405},
		{http.MethodGet, "/v1/batches/x/cancel", 405},
		{http.MethodGet, "/v1/files/x/y", 404},
		{http.MethodGet, chatPath, 405},
		{http.MethodPost, "/v1/models", 405},
		{http.MethodPost, "/rest/v1/models_v2", 405},
	} {
		w := serve(sandbox(), c.method, c.path, "{}")
		if w.Code != c.want || refusal(t, w) == "" {
			t.Errorf("%s %s: status %d, want %d", c.method, c.path, w.Code, c.want)
		}
	}
}

func TestTheRootSaysWhatItIs(t *testing.T) {
	w := serve(sandbox(), http.MethodGet, "/", "")
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "No model answers here") ||
		!strings.Contains(w.Body.String(), chatPath) || w.Header().Get("X-Emulator") == "" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestAuthentication(t *testing.T) {
	locked := emulator.New(emulator.Options{Key: "secret"})
	open := sandbox()
	for _, c := range []struct {
		name   string
		e      *emulator.Emulator
		header []string
		want   int
	}{
		{"anonymous", open, nil, 200},
		{"any key", open, []string{"Authorization", "Bearer whatever"}, 200},
		{"empty bearer", open, []string{"Authorization", "Bearer "}, 403},
		{"another scheme", open, []string{"Authorization", "Basic abc"}, 401},
		{"right key", locked, []string{"Authorization", "Bearer secret"}, 200},
		{"wrong key", locked, []string{"Authorization", "Bearer other"}, 403},
		{"anonymous beside a key", locked, nil, 200},
	} {
		for path, body := range map[string]object{
			chatPath: request("gpt-oss-20b", "hi"), embedPath: {"model": "bge-m3", "input": "hi"},
		} {
			w := post(t, c.e, path, body, c.header...)
			if w.Code != c.want {
				t.Errorf("%s: %s: status %d, want %d", c.name, path, w.Code, c.want)
			}
			if w.Code == 403 && refusal(t, w) != "Forbidden: authentication failed" {
				t.Errorf("%s: %s: %s", c.name, path, w.Body)
			}
		}
	}
}

func TestRequestsAreRecorded(t *testing.T) {
	e := sandbox()
	serve(e, http.MethodGet, "/rest/v1/models_v2", "")
	if got := e.Requests(); len(got) != 0 {
		t.Fatalf("recorded %+v before Record", got)
	}
	e.Record()
	serve(e, http.MethodGet, "/rest/v1/models_v2", "")
	post(t, e, chatPath, request("gpt-oss-20b", "hi"), "X-Trace", "42")
	serve(e, http.MethodPost, embedPath, "not JSON")

	got := e.Requests()
	if len(got) != 3 || got[0].Method != http.MethodGet || got[1].Path != chatPath || string(got[2].Body) != "not JSON" {
		t.Fatalf("recorded %+v", got)
	}
	calls := e.Calls("/chat/completions")
	if len(calls) != 1 || calls[0].Header.Get("X-Trace") != "42" || !strings.Contains(string(calls[0].Body), `"hi"`) || calls[0].At.IsZero() {
		t.Errorf("recorded %+v", calls)
	}
	if len(e.Requests()) != 3 {
		t.Error("Calls changed what is recorded")
	}
}

func TestAnswersSayThatTheyAreEmulated(t *testing.T) {
	e := sandbox()
	e.Script(emulator.Fault{Status: http.StatusOK, Body: "{}"})
	for _, want := range []string{"", "ai-endpoints-mcp"} { // a scripted answer stands for a service's
		if got := post(t, e, chatPath, request("llama@latest", "hi")).Header().Get("X-Emulator"); got != want {
			t.Errorf("X-Emulator is %q, want %q", got, want)
		}
	}
}

func ExampleEmulator() {
	e := emulator.New(emulator.Options{})
	e.Record()
	e.Script(emulator.Fault{Status: http.StatusServiceUnavailable})

	body := `{"model": "Meta-Llama-3_3-70B-Instruct", "messages": [{"role": "user", "content": "Bonjour"}]}`
	for range 2 {
		w := httptest.NewRecorder()
		e.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/v1/chat/completions", strings.NewReader(body)))
		fmt.Println(w.Code)
	}
	fmt.Println(len(e.Calls("/chat/completions")), "requests")
	// Output:
	// 503
	// 200
	// 2 requests
}
