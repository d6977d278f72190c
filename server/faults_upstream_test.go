package server_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server"
)

// catalogPath ends the URL of the emulator's catalogue.
const catalogPath = "/models_v2"

// faultyUpstream is an emulator behind the HTTP client and server of the
// standard library, on connections in memory: everything but the network is real, and
// it works in a synctest bubble. It answers correctly until a fault is set.
type faultyUpstream struct {
	*emulator.Emulator
	transport *http.Transport
	accepted  chan net.Conn
	closed    chan struct{}

	mu       sync.Mutex
	fault    *fault // nil disables it
	requests int    // since the fault was set
	answered int    // bytes of the latest right answer
	open     map[net.Conn]bool
}

// identity is the certificate of an upstream with TLS, and the pool that trusts it.
type identity struct {
	certificate tls.Certificate
	trust       *x509.CertPool
}

// newIdentity borrows the certificate that net/http/httptest has for
// example.com.
func newIdentity(t *testing.T) identity {
	t.Helper()
	lender := httptest.NewTLSServer(http.NotFoundHandler())
	defer lender.Close()
	trust := x509.NewCertPool()
	trust.AddCert(lender.Certificate())
	return identity{lender.TLS.Certificates[0], trust}
}

func newFaultyUpstream(t *testing.T, o emulator.Options, id identity) *faultyUpstream {
	t.Helper()
	u := &faultyUpstream{
		Emulator: emulator.New(o),
		accepted: make(chan net.Conn), closed: make(chan struct{}), open: map[net.Conn]bool{},
	}
	u.transport = &http.Transport{
		DisableKeepAlives: true, // each request dials, and may fail there
		// A tenth of the default: it takes long to send so much through a pipe.
		MaxResponseHeaderBytes: 1 << 20,
		DialContext:            func(ctx context.Context, _, _ string) (net.Conn, error) { return u.dial(ctx) },
		DialTLSContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return u.dialTLS(ctx, id)
		},
	}
	serving := &http.Server{Handler: u, ErrorLog: log.New(io.Discard, "", 0), ConnState: u.count}
	go func() { _ = serving.Serve(u) }()
	t.Cleanup(func() {
		u.transport.CloseIdleConnections()
		_ = serving.Close()
	})
	return u
}

// RoundTrip counts the requests of the provider, including those that reach no server.
func (u *faultyUpstream) RoundTrip(request *http.Request) (*http.Response, error) {
	u.mu.Lock()
	u.requests++
	u.mu.Unlock()
	return u.transport.RoundTrip(request)
}

func (u *faultyUpstream) dial(ctx context.Context) (net.Conn, error) {
	here, there := net.Pipe()
	if f := u.met(); f != nil && f.dial != nil {
		return f.dial(here)
	}
	return here, u.hand(ctx, there)
}

func (u *faultyUpstream) dialTLS(ctx context.Context, id identity) (net.Conn, error) {
	here, there := net.Pipe()
	if err := u.hand(ctx, tls.Server(there, &tls.Config{Certificates: []tls.Certificate{id.certificate}})); err != nil {
		return nil, err
	}
	trust := id.trust
	if f := u.met(); f != nil && f.distrust {
		trust = x509.NewCertPool()
	}
	secure := tls.Client(here, &tls.Config{ServerName: "example.com", RootCAs: trust})
	if err := secure.HandshakeContext(ctx); err != nil {
		here.Close()
		return nil, err
	}
	return secure, nil
}

func (u *faultyUpstream) hand(ctx context.Context, conn net.Conn) error {
	select {
	case u.accepted <- conn:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (u *faultyUpstream) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f := u.take(r)
	whole := httptest.NewRecorder()
	if f != nil && f.recorded != "" {
		whole.Header().Set("Content-Type", "text/event-stream")
		whole.Body.WriteString(f.recorded)
	} else {
		u.Emulator.ServeHTTP(whole, r)
	}
	u.mu.Lock()
	u.answered = whole.Body.Len()
	u.mu.Unlock()
	if f == nil || f.answer == nil {
		begin(w, whole, whole.Body.Len())
		return
	}
	f.answer(w, r, whole)
}

// met returns the fault for a connection; nil means no fault.
func (u *faultyUpstream) met() *fault {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.fault
}

// take returns the fault for a request, whose last one it may be; nil means no fault.
func (u *faultyUpstream) take(r *http.Request) *fault {
	u.mu.Lock()
	defer u.mu.Unlock()
	f := u.fault
	if f == nil || !strings.HasSuffix(r.URL.Path, f.path) {
		return nil
	}
	if f.once {
		u.fault = nil
	}
	return f
}

// meet sets the fault for the next requests, and returns how many requests there were
// since the last call.
func (u *faultyUpstream) meet(f *fault) (requests int) {
	u.mu.Lock()
	defer u.mu.Unlock()
	requests, u.requests, u.fault = u.requests, 0, f
	return requests
}

// count keeps the connections that are open.
func (u *faultyUpstream) count(conn net.Conn, state http.ConnState) {
	u.mu.Lock()
	defer u.mu.Unlock()
	switch state {
	case http.StateNew:
		u.open[conn] = true
	case http.StateClosed, http.StateHijacked:
		delete(u.open, conn)
	}
}

// lastAnswer returns how many bytes the latest right answer had.
func (u *faultyUpstream) lastAnswer() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.answered
}

func (u *faultyUpstream) left() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return len(u.open)
}

// Accept, Close and Addr make the upstream the listener of its own server.
func (u *faultyUpstream) Accept() (net.Conn, error) {
	select {
	case conn := <-u.accepted:
		return conn, nil
	case <-u.closed:
		return nil, net.ErrClosed
	}
}

func (u *faultyUpstream) Close() error {
	close(u.closed)
	return nil
}

func (u *faultyUpstream) Addr() net.Addr { return &net.UnixAddr{Name: "memory", Net: "unix"} }

// connectTo returns a client of a server whose upstream is u, with the default limits
// on waiting and no limiter.
func connectTo(t *testing.T, u *faultyUpstream, scheme string) *rig {
	t.Helper()
	p, err := provider.New(provider.Options{
		BaseURL: scheme + "://example.com/v1", CatalogURL: scheme + "://example.com/rest/v1/models_v2",
		HTTPClient: &http.Client{Transport: u}, MaxWait: 45 * time.Second, Timeout: provider.DefaultTimeout, IdleTimeout: time.Minute,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	r := &rig{
		TB: t, Emulator: u.Emulator, outputs: map[string]*jsonschema.Schema{},
		notebook: &notebook{notes: map[string][]note{}, noted: make(chan struct{}, 100_000)},
	}
	if r.server, err = server.New(p, server.Options{Version: "test"}); err != nil {
		t.Fatal(err)
	}
	return r.serveStdio(context.WithoutCancel(t.Context())).rig
}
