package telemetry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	sdktrace "go.opentelemetry.io/otel/sdk/trace"
	"go.uber.org/goleak"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/telemetry"
)

func TestMain(m *testing.M) {
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "OTEL_") {
			_ = os.Unsetenv(name) // it would turn traces on, or change them
		}
	}
	goleak.VerifyTestMain(m)
}

// maxWait bounds every wait for something that should take no time.
const maxWait = 10 * time.Second

// No span and no metric may contain these.
const (
	secretKey    = "eyJhbGciOi-secret-key"
	secretToken  = "5d0f-token-of-the-team"
	secretPrompt = "tell-nobody"
)

// rig is the real server over HTTP, whose provider talks to the emulator.
type rig struct {
	testing.TB
	*emulator.Emulator
	metrics *telemetry.Metrics
	traces  *telemetry.Traces
	server  *server.Server
	spans   *spanRecorder
	log     *lockedBuffer
	url     string
	web     *http.Client
}

// start starts the server with metrics and traces on.
func start(t testing.TB) *rig {
	t.Helper()
	r := &rig{TB: t, Emulator: emulator.New(emulator.Options{}), spans: &spanRecorder{}, log: &lockedBuffer{}}
	r.Record()
	upstream := httptest.NewServer(r.Emulator)
	t.Cleanup(upstream.Close)
	log := slog.New(slog.NewJSONHandler(r.log, nil))

	var p *provider.Provider
	r.metrics = telemetry.NewMetrics(telemetry.MetricsOptions{Version: "1.2.3", Catalog: func() *catalog.Catalog { return p.KnownCatalog() }})
	r.traces = telemetry.NewTraces(r.spans, telemetry.TracesOptions{Version: "1.2.3", BaseURL: upstream.URL + "/v1", Logger: log})
	t.Cleanup(r.traces.Close)
	p, err := provider.New(provider.Options{
		BaseURL: upstream.URL + "/v1", CatalogURL: upstream.URL + "/rest/v1/models_v2", APIKey: secretKey, MaxWait: time.Minute,
		Logger: log, OnAttempt: telemetry.OnAttempt(r.metrics, r.traces),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	s, err := server.New(p, server.Options{Logger: log, Metrics: r.metrics, Traces: r.traces})
	if err != nil {
		t.Fatal(err)
	}
	r.server = s
	r.serve()
	return r
}

func (r *rig) serve() {
	r.Helper()
	path := filepath.Join(r.TempDir(), "tokens")
	if err := os.WriteFile(path, []byte("team: "+secretToken), 0o600); err != nil {
		r.Fatal(err)
	}
	tokens, err := httpd.OpenTokens(path, nil)
	if err != nil {
		r.Fatal(err)
	}
	endpoint, err := httpd.New(r.server, httpd.Options{Callers: tokens, Logger: slog.New(slog.NewJSONHandler(r.log, nil)), Metrics: r.metrics})
	if err != nil {
		r.Fatal(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		r.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- endpoint.Serve(ctx, listener) }()
	wire := &http.Transport{}
	r.url, r.web = "http://"+listener.Addr().String(), &http.Client{Transport: wire}
	r.Cleanup(func() {
		wire.CloseIdleConnections()
		stop()
		if err := <-ended; err != nil {
			r.Error(err)
		}
	})
}

// call calls a tool; headers are pairs, and meta may be nil.
func (r *rig) call(tool, arguments string, meta map[string]any, headers ...string) {
	r.Helper()
	params := map[string]any{"name": tool, "arguments": json.RawMessage(arguments)}
	if meta != nil {
		params["_meta"] = meta
	}
	body, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": params})
	if err != nil {
		r.Fatal(err)
	}
	if status, text := r.post(string(body), append(headers, "Authorization", "Bearer "+secretToken)...); status != http.StatusOK {
		r.Fatalf("the call got %d %s", status, text)
	}
}

func (r *rig) post(body string, headers ...string) (int, string) {
	r.Helper()
	request, err := http.NewRequestWithContext(r.Context(), http.MethodPost, r.url+"/mcp", bytes.NewBufferString(body))
	if err != nil {
		r.Fatal(err)
	}
	headers = append(headers, "Content-Type", "application/json", "Accept", "application/json, text/event-stream", "Mcp-Protocol-Version",
		"2025-11-25")
	for i := 0; i < len(headers); i += 2 {
		request.Header.Set(headers[i], headers[i+1])
	}
	answer, err := r.web.Do(request)
	if err != nil {
		r.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		r.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

// scrape returns what Prometheus would read, once no request is in flight.
func (r *rig) scrape() string {
	r.Helper()
	text := r.scrapeNow()
	// A client may have its answer before the server has ended the request.
	for late := time.After(maxWait); r.url != "" && !strings.Contains(text, "requests_in_flight 0"); text = r.scrapeNow() {
		select {
		case <-late:
			r.Fatalf("requests do not end: %s", text)
		default:
		}
	}
	return text
}

func (r *rig) scrapeNow() string {
	r.Helper()
	w := httptest.NewRecorder()
	r.metrics.Handler(slog.New(slog.DiscardHandler)).ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/metrics", nil))
	if w.Code != http.StatusOK {
		r.Fatalf("the scrape got %d %s", w.Code, w.Body)
	}
	return w.Body.String()
}

// spanRecorder is an exporter that keeps the spans in memory.
type spanRecorder struct {
	mu    sync.Mutex
	spans []sdktrace.ReadOnlySpan
}

func (k *spanRecorder) ExportSpans(_ context.Context, spans []sdktrace.ReadOnlySpan) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.spans = append(k.spans, spans...)
	return nil
}

func (k *spanRecorder) Shutdown(context.Context) error { return nil }

// lockedBuffer is safe for concurrent use.
type lockedBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}
