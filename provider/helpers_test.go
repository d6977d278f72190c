package provider_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

func TestMain(m *testing.M) {
	// The clock of patterns with lookaheads stops by itself, a second after the last one.
	goleak.VerifyTestMain(m, goleak.IgnoreAnyFunction("github.com/dlclark/regexp2/v2.runClock"))
}

const (
	chatPath  = "/chat/completions"
	embedPath = "/embeddings"
)

// connect returns a provider whose upstream is h on a loopback port.
func connect(t testing.TB, h http.Handler, adjust ...func(*provider.Options)) *provider.Provider {
	t.Helper()
	record(h)
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	return newProvider(t, server.URL, server.Client(), adjust...)
}

// connectInMemory returns a provider whose upstream is h without a network, so
// that it can live in a synctest bubble.
func connectInMemory(t testing.TB, h http.Handler, adjust ...func(*provider.Options)) *provider.Provider {
	t.Helper()
	record(h)
	return newProvider(t, "http://upstream.test", &http.Client{Transport: memory{h}}, adjust...)
}

// record makes an emulator keep what it receives.
func record(h http.Handler) {
	if e, ok := h.(*emulator.Emulator); ok {
		e.Record()
	}
}

func newProvider(t testing.TB, origin string, client *http.Client, adjust ...func(*provider.Options)) *provider.Provider {
	t.Helper()
	o := provider.Options{
		BaseURL: origin + "/v1", CatalogURL: origin + "/rest/v1/models_v2", HTTPClient: client, Version: "1.2.3",
	}
	for _, change := range adjust {
		change(&o)
	}
	p, err := provider.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	return p
}

func withKey(key string) func(*provider.Options) {
	return func(o *provider.Options) { o.APIKey = key }
}

func withTimeout(d time.Duration) func(*provider.Options) {
	return func(o *provider.Options) { o.Timeout = d }
}

// answering is an upstream where h answers the requests to path and the emulator
// all others.
func answering(path string, h http.HandlerFunc) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/", emulator.New(emulator.Options{}))
	mux.HandleFunc("/v1"+path, h)
	return mux
}

// ask sends one chat that any model answers.
func ask(t testing.TB, p *provider.Provider) (*provider.ChatResult, error) {
	t.Helper()
	return p.Chat(t.Context(), provider.ChatRequest{Model: "gpt-oss-120b", Messages: says("hello")})
}

func says(text string) []provider.Message {
	return []provider.Message{{Role: provider.RoleUser, Content: provider.Content{Text: text}}}
}

// failure returns err as the one error type of the package.
func failure(t testing.TB, err error) *provider.Error {
	t.Helper()
	e, ok := errors.AsType[*provider.Error](err)
	if !ok {
		t.Fatalf("got error %v, want a *provider.Error", err)
	}
	return e
}

func wantCode(t testing.TB, err error, want provider.Code) *provider.Error {
	t.Helper()
	e := failure(t, err)
	if e.Code != want {
		t.Fatalf("got %q, want code %s", e, want)
	}
	return e
}

func codes(warnings []provider.Warning) []provider.WarningCode {
	var codes []provider.WarningCode
	for _, w := range warnings {
		codes = append(codes, w.Code)
	}
	return codes
}

// sentBodies returns the JSON bodies that reached path.
func sentBodies(t testing.TB, e *emulator.Emulator, path string) []map[string]any {
	t.Helper()
	var bodies []map[string]any
	for _, call := range e.Calls(path) {
		var body map[string]any
		if err := json.Unmarshal(call.Body, &body); err != nil {
			t.Fatalf("body %q: %v", call.Body, err)
		}
		bodies = append(bodies, body)
	}
	return bodies
}

// sentBody returns the one body that reached path.
func sentBody(t testing.TB, e *emulator.Emulator, path string) map[string]any {
	t.Helper()
	bodies := sentBodies(t, e, path)
	if len(bodies) != 1 {
		t.Fatalf("%d requests reached %s, want 1", len(bodies), path)
	}
	return bodies[0]
}

// logBuffer collects what a logger writes, from any goroutine.
type logBuffer struct {
	mu   sync.Mutex
	text strings.Builder
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// memory is a transport that calls a handler in the same process. The body is
// handed over as it is written, and closing it ends the handler's context.
type memory struct{ http.Handler }

func (m memory) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithCancel(req.Context())
	body, pipe := io.Pipe()
	w := &memoryWriter{pipe: pipe, header: http.Header{}, started: make(chan struct{})}
	context.AfterFunc(ctx, func() { pipe.CloseWithError(ctx.Err()) })
	go func() {
		defer func() {
			if recover() != nil { // http.ErrAbortHandler: a connection torn down
				pipe.CloseWithError(io.ErrUnexpectedEOF)
				w.fail()
			}
			w.WriteHeader(http.StatusOK)
			pipe.Close()
		}()
		m.ServeHTTP(w, req.Clone(ctx))
	}()
	select {
	case <-w.started:
	case <-ctx.Done():
		cancel()
		return nil, ctx.Err()
	}
	if w.status == 0 {
		cancel()
		return nil, io.ErrUnexpectedEOF
	}
	return &http.Response{
		StatusCode: w.status, Header: w.header.Clone(), Request: req, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Body: memoryBody{body, cancel}, ContentLength: -1,
	}, nil
}

type memoryWriter struct {
	pipe    *io.PipeWriter
	header  http.Header
	status  int // 0 until the answer started
	once    sync.Once
	started chan struct{}
}

func (w *memoryWriter) Header() http.Header { return w.header }
func (w *memoryWriter) Flush()              { w.WriteHeader(http.StatusOK) }
func (w *memoryWriter) fail()               { w.once.Do(func() { close(w.started) }) }

func (w *memoryWriter) WriteHeader(status int) {
	w.once.Do(func() { w.status = status; close(w.started) })
}

func (w *memoryWriter) Write(p []byte) (int, error) {
	w.WriteHeader(http.StatusOK)
	return w.pipe.Write(p)
}

type memoryBody struct {
	io.ReadCloser
	cancel context.CancelFunc
}

func (b memoryBody) Close() error {
	defer b.cancel()
	return b.ReadCloser.Close()
}
