package httpd_test

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// maxWait bounds every wait for something that should take no time.
const maxWait = 10 * time.Second

const modern = "2026-07-28"

// eras are the versions of the protocol that differ over HTTP.
var eras = []string{"2025-06-18", "2025-11-25", modern}

// setup is what a test changes in the usual setup.
type setup struct {
	provider provider.Options
	wrap     func(http.Handler) http.Handler // around the emulator
	log      *slog.Logger
}

// endpoint is the HTTP endpoint on a real listener, whose provider talks to the
// emulator.
type endpoint struct {
	testing.TB
	*emulator.Emulator
	server *server.Server
	http   *httpd.Endpoint
	host   string
	url    string
	web    *http.Client
	stop   func()       // what SIGTERM does
	ended  <-chan error // what Serve returned
}

func serveHTTP(t testing.TB, s setup, o httpd.Options) *endpoint {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return serveOn(t, listener, s, o)
}

func serveOn(t testing.TB, listener net.Listener, s setup, o httpd.Options) *endpoint {
	t.Helper()
	upstream := emulator.New(emulator.Options{})
	mcp := newServer(t, s, upstream)
	o.Logger = s.log
	e := serve(t, listener, mcp, o)
	e.Emulator = upstream
	return e
}

func serve(t testing.TB, listener net.Listener, mcp *server.Server, o httpd.Options) *endpoint {
	t.Helper()
	handler, err := httpd.New(mcp, o)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- handler.Serve(ctx, listener) }()
	e := &endpoint{
		TB: t, server: mcp, http: handler, host: listener.Addr().String(), url: "http://" + listener.Addr().String() + "/mcp",
		web: &http.Client{Transport: &http.Transport{}}, stop: stop, ended: ended,
	}
	t.Cleanup(func() {
		e.web.CloseIdleConnections()
		stop()
		e.awaitEnd()
	})
	return e
}

// newServer makes a server on an emulator that listens on loopback.
func newServer(t testing.TB, s setup, upstream http.Handler) *server.Server {
	t.Helper()
	if s.wrap != nil {
		upstream = s.wrap(upstream)
	}
	listening := httptest.NewServer(upstream)
	t.Cleanup(listening.Close)
	o := s.provider
	o.BaseURL, o.CatalogURL, o.Logger = listening.URL+"/v1", listening.URL+"/rest/v1/models_v2", s.log
	p, err := provider.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	srv, err := server.New(p, server.Options{Logger: s.log, Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	return srv
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
	case <-time.After(maxWait):
		e.Fatalf("Serve did not return within %s", maxWait)
	}
}

// eventually waits until a condition is met.
func eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	late, tick := time.After(maxWait), time.NewTicker(5*time.Millisecond)
	defer tick.Stop()
	for !condition() {
		select {
		case <-tick.C:
		case <-late:
			t.Fatalf("not within %s: %s", maxWait, what)
		}
	}
}
