package emulator_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

const llama = "Meta-Llama-3_3-70B-Instruct"

func scripted(faults ...emulator.Fault) *emulator.Emulator {
	e := sandbox()
	e.Script(faults...)
	return e
}

// aborted serves a request and reports whether the connection was torn down.
func aborted(e *emulator.Emulator, body string, header ...string) (w *httptest.ResponseRecorder, torn bool) {
	w = httptest.NewRecorder()
	defer func() {
		cause := recover()
		if err, ok := cause.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			torn = true
		} else if cause != nil {
			panic(cause)
		}
	}()
	r := httptest.NewRequest(http.MethodPost, chatPath, strings.NewReader(body))
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	e.ServeHTTP(w, r)
	return w, false
}

func streamed(t testing.TB) object {
	t.Helper()
	return request(llama, "hi", object{"stream": true, "stream_options": object{"include_usage": true}})
}

func TestWhichRequestsAFaultMatches(t *testing.T) {
	const status = http.StatusTeapot
	chat := request(llama, "hi")
	vector := object{"model": "bge-m3", "input": "hi"}
	type step struct {
		path string
		body object // nil: GET
		want int
	}
	for _, c := range []struct {
		name   string
		faults []emulator.Fault
		steps  []step
	}{
		{"any POST, once", []emulator.Fault{{Status: status}},
			[]step{{"/v1/models", nil, 200}, {embedPath, vector, status}, {chatPath, chat, 200}}},
		{"path", []emulator.Fault{{Path: "/embeddings", Status: status}},
			[]step{{chatPath, chat, 200}, {embedPath, vector, status}, {embedPath, vector, 200}}},
		{"models is not models_v2", []emulator.Fault{{Path: "/models", Status: status}},
			[]step{{"/rest/v1/models_v2", nil, 200}, {"/v1/models", nil, status}}},
		{"models_v2", []emulator.Fault{{Path: "/models_v2", Status: status}},
			[]step{{"/v1/models", nil, 200}, {"/rest/v1/models_v2", nil, status}}},
		{"model", []emulator.Fault{{Model: "gpt-oss-20b", Status: status}},
			[]step{{chatPath, chat, 200}, {chatPath, request("gpt-oss-20b", "hi"), status}}},
		{"times", []emulator.Fault{{Times: 2, Status: status}},
			[]step{{chatPath, chat, status}, {chatPath, chat, status}, {chatPath, chat, 200}}},
		{"for ever", []emulator.Fault{{Times: -1, Status: status}},
			[]step{{chatPath, chat, status}, {chatPath, chat, status}, {chatPath, chat, status}}},
		{"in order", []emulator.Fault{{Status: 500}, {Path: "/embeddings", Status: status}, {Status: 502}},
			[]step{{chatPath, chat, 500}, {chatPath, chat, 502}, {embedPath, vector, status}, {chatPath, chat, 200}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			e := scripted(c.faults...)
			for i, s := range c.steps {
				method, body := http.MethodGet, ""
				if s.body != nil {
					method, body = http.MethodPost, marshal(t, s.body)
				}
				if w := serve(e, method, s.path, body); w.Code != s.want {
					t.Errorf("step %d: status %d, want %d", i, w.Code, s.want)
				}
			}
		})
	}
}

func TestReplacedAnswer(t *testing.T) {
	for _, c := range []struct {
		name        string
		fault       emulator.Fault
		status      int
		contentType string
	}{
		{"status alone", emulator.Fault{Status: 503}, 503, "text/plain; charset=utf-8"},
		{"JSON", emulator.Fault{Status: 429, Body: `{"message":"slow down"}`}, 429, "application/json"},
		{"body alone", emulator.Fault{Body: "<html>"}, 200, "text/plain; charset=utf-8"},
		{"content type", emulator.Fault{Body: "<html>", ContentType: "text/html"}, 200, "text/html"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.fault.Header = map[string]string{"Retry-After": "7"}
			w := serve(scripted(c.fault), http.MethodPost, chatPath, "not even JSON")
			if w.Code != c.status || w.Body.String() != c.fault.Body || w.Header().Get("Content-Type") != c.contentType ||
				w.Header().Get("Retry-After") != "7" {
				t.Errorf("%d %v %q", w.Code, w.Header(), w.Body)
			}
		})
	}
}

func TestHeaderOnANormalAnswer(t *testing.T) {
	e := scripted(emulator.Fault{Header: map[string]string{"x-warning": "This model is deprecated"}})
	w := post(t, e, chatPath, streamed(t))
	if got := replay(t, w); !got.Done || w.Header().Get("x-warning") == "" {
		t.Errorf("%v, %+v", w.Header(), got)
	}
}

func TestDropConnection(t *testing.T) {
	if w, torn := aborted(scripted(emulator.Fault{DropConnection: true}), "{}"); !torn || w.Body.Len() > 0 {
		t.Errorf("torn %v, body %q", torn, w.Body)
	}
	e := scripted(emulator.Fault{DropConnection: true})
	answer, err := send(t.Context(), t, start(t, e).BaseURL+"/chat/completions", "{}")
	if err == nil {
		answer.Body.Close()
		t.Errorf("over TCP: status %d, want no answer", answer.StatusCode)
	}
}

func TestCut(t *testing.T) {
	for n := range 4 {
		e := scripted(emulator.Fault{Cut: &n})
		w, torn := aborted(e, marshal(t, streamed(t)))
		if payloads, _ := events(t, w); len(payloads) != n || !torn || !w.Flushed {
			t.Errorf("%d events, torn %v, want %d and a torn connection", len(payloads), torn, n)
		}
		if e.Cancelled() != 0 {
			t.Error("the client did not go away")
		}
	}
}

func TestCutOverTCP(t *testing.T) {
	e := scripted(emulator.Fault{Cut: new(2)})
	answer, err := send(t.Context(), t, start(t, e).BaseURL+"/chat/completions", marshal(t, streamed(t)))
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	got, err := io.ReadAll(answer.Body)
	if err == nil || strings.Count(string(got), "data: ") != 2 {
		t.Errorf("read %q, %v, want two events and an error", got, err)
	}
}

func TestRawEvents(t *testing.T) {
	raw := []string{`{"error":{"message":"overloaded","code":"503"}}`, "not JSON"}
	got, _ := events(t, serve(scripted(emulator.Fault{RawEvents: raw}), http.MethodPost, chatPath, "{}"))
	if !slices.Equal(got, raw) {
		t.Errorf("got %q", got)
	}
	w, torn := aborted(scripted(emulator.Fault{RawEvents: raw, Cut: new(1)}), "{}")
	if got, _ := events(t, w); len(got) != 1 || !torn {
		t.Errorf("cut after one: got %q, torn %v", got, torn)
	}
	w = serve(scripted(emulator.Fault{RawEvents: []string{}}), http.MethodPost, chatPath, "{}")
	if got, _ := events(t, w); len(got) != 0 {
		t.Errorf("no event: got %q", got)
	}
}

func TestLeftOutEvents(t *testing.T) {
	for _, c := range []struct {
		fault       emulator.Fault
		done, usage bool
	}{
		{emulator.Fault{NoDone: true}, false, true},
		{emulator.Fault{NoUsage: true}, true, false},
		{emulator.Fault{NoDone: true, NoUsage: true}, false, false},
	} {
		got := replay(t, post(t, scripted(c.fault), chatPath, streamed(t)))
		if got.Done != c.done || (got.Usage != nil) != c.usage || got.Finish != "stop" {
			t.Errorf("%+v: %+v", c.fault, got)
		}
	}
}

func TestAnswersWithoutUsage(t *testing.T) {
	for path, body := range map[string]object{chatPath: request(llama, "hi"), embedPath: {"model": "bge-m3", "input": "hi"}} {
		w := post(t, scripted(emulator.Fault{NoUsage: true}), path, body)
		if w.Code != http.StatusOK || strings.Contains(w.Body.String(), `"usage"`) {
			t.Errorf("%s: %d %s", path, w.Code, w.Body)
		}
	}
}
