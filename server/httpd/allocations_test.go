package httpd_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd"
)

// What a chat over HTTP allocates, without the connection: the chain of the endpoint, the
// tool and the request to an upstream in memory. The bounds are about an eighth above what
// it takes; net/http is not in it, so a new version of Go changes little.
func TestAllocationsOfAChatAreBounded(t *testing.T) {
	const mostAllocations, mostBytes = 565, 61_000
	endpoint := unserved(t)
	askOnce(t, endpoint) // what is made once, is
	got := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			askOnce(b, endpoint)
		}
	})
	if got.N == 0 {
		t.Fatal("the work failed")
	}
	t.Logf("%d allocations, %d bytes", got.AllocsPerOp(), got.AllocedBytesPerOp())
	if got.AllocsPerOp() > mostAllocations || got.AllocedBytesPerOp() > mostBytes {
		t.Errorf("%d allocations of %d bytes, more than %d of %d", got.AllocsPerOp(), got.AllocedBytesPerOp(), mostAllocations, mostBytes)
	}
}

// Bodies that are announced and do not come cost their sender nothing, so they must not
// keep the garbage collector at work.
func TestAnnouncedBodiesCollectSeldom(t *testing.T) {
	const requests, most = 200, 50
	endpoint := unserved(t)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for range requests {
		r := newPost(t, iotest.ErrReader(io.ErrUnexpectedEOF))
		r.ContentLength = 4 << 20
		w := &answerBytes{header: http.Header{}}
		if endpoint.ServeHTTP(w, r); w.status != http.StatusBadRequest {
			t.Fatalf("status %d: %.500s", w.status, w.body.Bytes())
		}
	}
	runtime.ReadMemStats(&after)
	if forced := after.NumForcedGC - before.NumForcedGC; forced == 0 || forced > most {
		t.Errorf("%d requests forced %d cycles of the garbage collector, want 1 to %d", requests, forced, most)
	}
}

// unserved returns an endpoint without a listener.
func unserved(t *testing.T) *httpd.Endpoint {
	t.Helper()
	p, err := provider.New(provider.Options{
		BaseURL: "http://upstream.test/v1", CatalogURL: "http://upstream.test/catalog", HTTPClient: &http.Client{Transport: newFixedUpstream()},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	srv, err := server.New(p, server.Options{Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	endpoint, err := httpd.New(srv, httpd.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return endpoint
}

func newPost(t testing.TB, body io.Reader) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://127.0.0.1/mcp", body)
	if err != nil {
		t.Fatal(err)
	}
	r.RemoteAddr = "127.0.0.1:1234"
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Accept", "application/json, text/event-stream")
	return r
}

func askOnce(t testing.TB, endpoint *httpd.Endpoint) {
	t.Helper()
	const message = `{"jsonrpc":"2.0","id":7,"method":"tools/call","params":{"name":"chat",` +
		`"arguments":{"prompt":"Why is the sky blue?","model":"Meta-Llama-3_3-70B-Instruct"}}}`
	r := newPost(t, strings.NewReader(message))
	w := &answerBytes{header: http.Header{}}
	endpoint.ServeHTTP(w, r)
	if w.status != http.StatusOK || !bytes.Contains(w.body.Bytes(), []byte("word19")) {
		t.Fatalf("status %d: %.500s", w.status, w.body.Bytes())
	}
}

// answerBytes keeps an answer.
type answerBytes struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (w *answerBytes) Header() http.Header { return w.header }

func (w *answerBytes) WriteHeader(status int) { w.status = status }

func (w *answerBytes) Write(p []byte) (int, error) { return w.body.Write(p) }

func (w *answerBytes) Flush() {}

func (w *answerBytes) SetReadDeadline(time.Time) error { return nil }

func (w *answerBytes) SetWriteDeadline(time.Time) error { return nil }

// fixedUpstream answers each chat with the same stream, and allocates little for it.
type fixedUpstream struct{ chat []byte }

func newFixedUpstream() fixedUpstream {
	const event = `data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1767225600,"model":"Meta-Llama-3_3-70B-Instruct",%s}` + "\n\n"
	var b bytes.Buffer
	for i := range 20 {
		fmt.Fprintf(&b, event, fmt.Sprintf(`"choices":[{"index":0,"delta":{"role":"assistant","content":"word%d "},"finish_reason":null}]`, i))
	}
	fmt.Fprintf(&b, event, `"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]`)
	b.WriteString("data: [DONE]\n\n")
	return fixedUpstream{b.Bytes()}
}

func (u fixedUpstream) RoundTrip(r *http.Request) (*http.Response, error) {
	listed, served := catalog.SnapshotPayloads()
	body, contentType := listed, "application/json"
	switch r.URL.Path {
	case "/v1/models":
		body = served
	case "/v1/chat/completions":
		body, contentType = u.chat, "text/event-stream"
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return nil, err
		}
	}
	return &http.Response{
		StatusCode: http.StatusOK, ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {contentType}}, Body: io.NopCloser(bytes.NewReader(body)),
	}, nil
}
