package httpd_test

import (
	"context"
	"net"
	"net/http"
	"sync"
	"testing"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd"
)

// memory is a network in memory, with one listener: a bubble of testing/synctest, whose
// clock is virtual, can wait for it.
type memory struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newMemory() *memory { return &memory{conns: make(chan net.Conn), closed: make(chan struct{})} }

func (m *memory) Accept() (net.Conn, error) {
	select {
	case conn := <-m.conns:
		return conn, nil
	case <-m.closed:
		return nil, net.ErrClosed
	}
}

func (m *memory) Close() error {
	m.once.Do(func() { close(m.closed) })
	return nil
}

func (m *memory) Addr() net.Addr { return &net.UnixAddr{Name: "memory", Net: "unix"} }

func (m *memory) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	here, there := net.Pipe()
	select {
	case m.conns <- there:
		return here, nil
	case <-m.closed:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (m *memory) transport() *http.Transport { return &http.Transport{DialContext: m.dial} }

// serveInMemory serves the endpoint, with the emulator as its upstream, in a bubble.
func serveInMemory(t *testing.T, o httpd.Options) *endpoint {
	t.Helper()
	upstream, models := newMemory(), emulator.New(emulator.Options{})
	emulated := &http.Server{Handler: models}
	go func() { _ = emulated.Serve(upstream) }()
	outgoing := upstream.transport()
	p, err := provider.New(provider.Options{
		BaseURL: "http://emulator.test/v1", CatalogURL: "http://emulator.test/rest/v1/models_v2",
		HTTPClient: &http.Client{Transport: outgoing}, Timeout: time.Hour,
	})
	if err != nil {
		t.Fatal(err)
	}
	mcp, err := server.New(p, server.Options{Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		p.Close()
		outgoing.CloseIdleConnections()
		_ = emulated.Close()
	})
	listener := newMemory()
	e := serve(t, listener, mcp, o)
	e.Emulator, e.url, e.host = models, "http://localhost/mcp", "localhost"
	e.web.Transport = listener.transport()
	t.Cleanup(e.web.CloseIdleConnections)
	return e
}
