package media_test

import (
	"context"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/media"
)

// network is the Internet of a test: a resolver with fixed names, and a dialler that
// connects every address to one listener on loopback and records the addresses.
type network struct {
	names map[string][]string // answers for a name, one per lookup; the last one repeats
	to    net.Addr

	mu      sync.Mutex
	lookups map[string]int
	dialled []string
}

const publicAddress = "93.184.215.14"

func (n *network) LookupNetIP(_ context.Context, _, host string) ([]netip.Addr, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	answers := n.names[host]
	if len(answers) == 0 {
		return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
	}
	answer := answers[min(n.lookups[host], len(answers)-1)]
	n.lookups[host]++
	var addresses []netip.Addr
	for text := range strings.SplitSeq(answer, " ") {
		addresses = append(addresses, netip.MustParseAddr(text))
	}
	return addresses, nil
}

func (n *network) dial(ctx context.Context, _, address string) (net.Conn, error) {
	n.mu.Lock()
	n.dialled = append(n.dialled, address)
	n.mu.Unlock()
	var d net.Dialer
	return d.DialContext(ctx, n.to.Network(), n.to.String())
}

func newNetwork(to net.Addr, names map[string][]string) *network {
	return &network{names: names, to: to, lookups: map[string]int{}}
}

// listen starts a listener that counts connections.
func listen(t testing.TB, family, address string) (net.Addr, *atomic.Int64) {
	t.Helper()
	listener, err := net.Listen(family, address)
	if err != nil {
		t.Fatal(err)
	}
	var connections atomic.Int64
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			connections.Add(1)
			conn.Close()
		}
	}()
	t.Cleanup(func() {
		listener.Close()
		<-done
	})
	return listener.Addr(), &connections
}

// serve returns a Preparer for which images.test, and every other name in names,
// is a server on loopback.
func serve(t testing.TB, h http.HandlerFunc, names map[string][]string, adjust ...func(*media.Options)) (*media.Preparer, *network) {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	all := map[string][]string{"images.test": {publicAddress}}
	for name, answers := range names {
		all[name] = answers
	}
	n := newNetwork(server.Listener.Addr(), all)
	o := media.Options{AllowHTTP: true, Resolver: n, Dial: n.dial}
	for _, change := range adjust {
		change(&o)
	}
	return newPreparer(t, o), n
}

func sendImage(t testing.TB, contentType string) http.HandlerFunc {
	dot := testdata(t, "dot.png")
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = []string{contentType}
		if contentType == "" {
			w.Header()["Content-Type"] = nil
		}
		_, _ = w.Write(dot)
	}
}
