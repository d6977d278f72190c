package server_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"testing"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server"
)

const modern = "2026-07-28"

// eras are the versions of the protocol that differ over HTTP.
var eras = []string{"2025-06-18", "2025-11-25", modern}

// endpoint is the HTTP endpoint on a real listener.
type endpoint struct {
	*rig
	http  *server.HTTP
	host  string
	url   string
	web   *http.Client
	stop  func()       // what SIGTERM does
	ended <-chan error // what Serve returned
}

func serveHTTP(t testing.TB, s setup, o server.HTTPOptions) *endpoint {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return serveOn(t, listener, s, o)
}

func serveOn(t testing.TB, listener net.Listener, s setup, o server.HTTPOptions) *endpoint {
	t.Helper()
	r := newRig(t, s)
	handler, err := r.server.NewHTTP(o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- handler.Serve(ctx, listener) }()
	wire := &http.Transport{}
	e := &endpoint{
		rig: r, http: handler, host: listener.Addr().String(), url: "http://" + listener.Addr().String() + "/mcp",
		web: &http.Client{Transport: wire}, stop: stop, ended: ended,
	}
	t.Cleanup(func() {
		wire.CloseIdleConnections()
		stop()
		e.awaitEnd()
	})
	return e
}

// awaitEnd waits for Serve to return without an error.
func (e *endpoint) awaitEnd() {
	e.Helper()
	select {
	case err, open := <-e.ended:
		if err != nil {
			e.Errorf("Serve returned %v", err)
		}
		if open {
			ended := make(chan error)
			close(ended)
			e.ended = ended
		}
	case <-time.After(patience):
		e.Fatalf("Serve did not return within %s", patience)
	}
}

// httpWire is a wiretap that the client knows for an HTTP connection.
type httpWire struct {
	*wiretap
	transport.HTTPConnection
}

func (w httpWire) SendRequest(ctx context.Context, request transport.JSONRPCRequest) (*transport.JSONRPCResponse, error) {
	return w.wiretap.SendRequest(ctx, request)
}

// connect gives a client of mcp-go that speaks a version of the protocol; token
// may be "".
func (e *endpoint) connect(version, token string) *rig {
	e.Helper()
	here := *e.rig
	here.notebook = &notebook{notes: map[string][]note{}, noted: make(chan struct{}, 100_000)}
	here.outputs = map[string]*jsonschema.Schema{}
	headers := map[string]string{}
	if token != "" {
		headers["Authorization"] = "Bearer " + token
	}
	over, err := transport.NewStreamableHTTP(e.url, transport.WithHTTPBasicClient(e.web), transport.WithHTTPHeaders(headers))
	if err != nil {
		e.Fatal(err)
	}
	here.wire = &wiretap{Interface: over, results: map[string]json.RawMessage{}}
	here.client = client.NewClient(httpWire{here.wire, over}, client.WithProtocolVersion(version))
	e.Cleanup(func() { _ = here.client.Close() })
	here.client.OnNotification(here.note)
	if err := here.client.Start(e.Context()); err != nil {
		e.Fatal(err)
	}
	var hello mcp.InitializeRequest
	hello.Params.ClientInfo = mcp.Implementation{Name: "test", Version: "1"}
	hello.Params.ProtocolVersion = version
	answer, err := here.client.Initialize(e.Context(), hello)
	if err != nil {
		e.Fatal(err)
	}
	if answer.ProtocolVersion != version {
		e.Fatalf("the server speaks %s, not %s", answer.ProtocolVersion, version)
	}
	for _, tool := range here.list() {
		here.outputs[tool.Name] = compile(e.TB, tool.OutputSchema)
	}
	return &here
}

// eventually waits until something is so, which must be soon.
func eventually(t testing.TB, what string, isSo func() bool) {
	t.Helper()
	late, tick := time.After(patience), time.NewTicker(5*time.Millisecond)
	defer tick.Stop()
	for !isSo() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("within %s not so: %s", patience, what)
		}
	}
}

// held is an upstream that answers requests to models when it is told to.
type held struct {
	*watched
	release chan struct{} // closed to let all go
}

func newHeld() *held { return &held{newWatched(), make(chan struct{})} }

func (h *held) around(next http.Handler) http.Handler {
	return h.watched.around(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			body, _ := io.ReadAll(r.Body) // until then nobody sees that the client left
			r.Body = io.NopCloser(bytes.NewReader(body))
			select {
			case <-h.release:
			case <-r.Context().Done():
			}
		}
		next.ServeHTTP(w, r)
	}))
}
