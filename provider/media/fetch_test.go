package media_test

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/media"
)

// network is what the intake of a test sees of the Internet: names, and a dialler
// that leads each address to a listener on loopback and keeps a record.
type network struct {
	names map[string][]string // answers of a name, one a lookup; the last one stays
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

// listen gives a listener that counts connections.
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

// serve gives an intake for which pictures.test, and what else names say, is a
// server on loopback.
func serve(t testing.TB, h http.HandlerFunc, names map[string][]string, adjust ...func(*media.Options)) (*media.Intake, *network) {
	t.Helper()
	server := httptest.NewServer(h)
	t.Cleanup(server.Close)
	all := map[string][]string{"pictures.test": {publicAddress}}
	for name, answers := range names {
		all[name] = answers
	}
	n := newNetwork(server.Listener.Addr(), all)
	o := media.Options{AllowHTTP: true, Resolver: n, Dial: n.dial}
	for _, change := range adjust {
		change(&o)
	}
	return newIntake(t, o), n
}

func sendPicture(t testing.TB, contentType string) http.HandlerFunc {
	dot := testdata(t, "dot.png")
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header()["Content-Type"] = []string{contentType}
		if contentType == "" {
			w.Header()["Content-Type"] = nil
		}
		_, _ = w.Write(dot)
	}
}

func TestNothingPrivateIsEverConnectedTo(t *testing.T) {
	trap, connections := listen(t, "tcp", "127.0.0.1:0")
	for _, tt := range []struct {
		name, source string
		names        map[string][]string
	}{
		{"metadata service", "http://169.254.169.254/latest/meta-data/", nil},
		{"localhost", "https://localhost/a.png", map[string][]string{"localhost": {"127.0.0.1 ::1"}}},
		{"loopback", "http://127.0.0.1/a.png", nil},
		{"loopback with a dot", "http://127.0.0.1./a.png", map[string][]string{"127.0.0.1.": {"127.0.0.1"}}},
		{"loopback at a port", "http://127.0.0.1:8080/a.png", nil},
		{"loopback at another port", "http://127.0.0.1:6379/a.png", nil},
		{"a number", "http://2130706433/", map[string][]string{"2130706433": {"127.0.0.1"}}},
		{"hexadecimal", "http://0x7f000001/", map[string][]string{"0x7f000001": {"127.0.0.1"}}},
		{"octal", "http://0177.0.0.1/", map[string][]string{"0177.0.0.1": {"127.0.0.1"}}},
		{"short", "http://127.1/", map[string][]string{"127.1": {"127.0.0.1"}}},
		{"mixed", "http://127.0x1/", map[string][]string{"127.0x1": {"127.0.0.1"}}},
		{"full-width digits", "http://１２７.０.０.１/", map[string][]string{"127.0.0.1": {"127.0.0.1"}}},
		{"unspecified", "http://0.0.0.0/", nil},
		{"private", "https://10.0.0.1/", nil},
		{"IPv6 loopback", "http://[::1]/", nil},
		{"IPv6 mapped", "http://[::ffff:127.0.0.1]/", nil},
		{"IPv6 mapped, hexadecimal", "http://[::ffff:7f00:1]/", nil},
		{"IPv6 compatible", "http://[::127.0.0.1]/", nil},
		{"NAT64", "http://[64:ff9b::7f00:1]/", nil},
		{"6to4", "http://[2002:7f00:1::]/", nil},
		{"link-local with a zone", "http://[fe80::1%25lo]/", nil},
		{"unique local", "http://[fd00::1]/", nil},
		{"a name that is loopback", "https://internal.test/", map[string][]string{"internal.test": {"127.0.0.1"}}},
		{"a name that is mapped", "https://internal.test/", map[string][]string{"internal.test": {"::ffff:10.0.0.1"}}},
		{"a name that is both", "https://internal.test/", map[string][]string{"internal.test": {publicAddress + " 10.0.0.1"}}},
		{"upper case", "HTTP://INTERNAL.TEST/", map[string][]string{"INTERNAL.TEST": {"10.0.0.1"}, "internal.test": {"10.0.0.1"}}},
		{"a user", "https://user:Secret@pictures.test/", map[string][]string{"pictures.test": {publicAddress}}},
		{"the host in the user", "https://pictures.test@127.0.0.1/", nil},
		{"mail", "http://pictures.test:25/", map[string][]string{"pictures.test": {publicAddress}}},
		{"port zero", "http://pictures.test:0/", map[string][]string{"pictures.test": {publicAddress}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n := newNetwork(trap, tt.names)
			in := newIntake(t, media.Options{AllowHTTP: true, Resolver: n, Dial: n.dial})
			_, err := in.Get(t.Context(), media.Request{Source: tt.source})
			wantKind(t, err, media.URLBlocked, "")
			if len(n.dialled) > 0 {
				t.Errorf("dialled %v", n.dialled)
			}
			if strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "10.0.0.1") && !strings.Contains(tt.source, "10.0.0.1") {
				t.Errorf("the message tells too much: %v", err)
			}
		})
	}
	if n := connections.Load(); n > 0 {
		t.Errorf("%d connections", n)
	}
}

func TestLoopbackWithTheSystemsDialler(t *testing.T) {
	server := httptest.NewServer(sendPicture(t, "image/png"))
	t.Cleanup(server.Close)
	request := media.Request{Source: server.URL + "/dot.png"}
	_, err := newIntake(t, media.Options{AllowHTTP: true}).Get(t.Context(), request)
	wantKind(t, err, media.URLBlocked, "")
	get(t, newIntake(t, media.Options{AllowHTTP: true, AllowHosts: []string{"127.0.0.1"}}), request)
	_, err = newIntake(t, media.Options{AllowHosts: []string{"127.0.0.1"}}).Get(t.Context(), request)
	wantKind(t, err, media.URLBlocked, "http")
}

func TestRedirects(t *testing.T) {
	const dot = "http://pictures.test/dot.png"
	picture := sendPicture(t, "image/png")
	for _, tt := range []struct {
		name  string
		chain []string // where each answer leads; after the last one is the picture
		names map[string][]string
		kind  media.Kind // "" is a picture
		dials int
	}{
		{name: "three", chain: []string{dot, dot, dot}, dials: 4},
		{name: "four", chain: []string{dot, dot, dot, dot}, kind: media.NotFetched, dials: 4},
		{name: "to a relative URL", chain: []string{"/other"}, dials: 2},
		{name: "to a private address", chain: []string{"http://10.0.0.1/"}, kind: media.URLBlocked, dials: 1},
		{name: "to loopback", chain: []string{"http://127.0.0.1/"}, kind: media.URLBlocked, dials: 1},
		{name: "to the metadata service, in the end", chain: []string{dot, dot, "http://169.254.169.254/"}, kind: media.URLBlocked, dials: 3},
		{name: "to a private name", chain: []string{"http://internal.test/"}, names: map[string][]string{"internal.test": {"192.168.1.1"}}, kind: media.URLBlocked, dials: 1},
		{name: "to a number", chain: []string{"http://2130706433/"}, kind: media.URLBlocked, dials: 1},
		{name: "to a file", chain: []string{"file:///etc/passwd"}, kind: media.URLBlocked, dials: 1},
		{name: "to a user", chain: []string{"http://a:b@pictures.test/"}, kind: media.URLBlocked, dials: 1},
		{name: "to a port", chain: []string{"http://pictures.test:22/"}, kind: media.URLBlocked, dials: 1},
		{name: "to nothing", chain: []string{""}, kind: media.NotFetched, dials: 1},
		{name: "back to a name that has changed", chain: []string{dot}, names: map[string][]string{"pictures.test": {publicAddress, "127.0.0.1"}}, kind: media.URLBlocked, dials: 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			step := 0
			in, n := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Cookie") != "" || r.Header.Get("Referer") != "" || !strings.HasPrefix(r.UserAgent(), "ai-endpoints-mcp") {
					t.Errorf("request with %v", r.Header)
				}
				if step == len(tt.chain) {
					picture(w, r)
					return
				}
				w.Header().Set("Set-Cookie", "session=Secret")
				if to := tt.chain[step]; to != "" {
					w.Header().Set("Location", to)
				}
				step++
				w.WriteHeader(http.StatusFound)
			}, tt.names)
			_, err := in.Get(t.Context(), media.Request{Source: dot + "?token=Secret"})
			if tt.kind == "" && err != nil {
				t.Fatal(err)
			}
			if tt.kind != "" {
				wantKind(t, err, tt.kind, "")
			}
			if len(n.dialled) != tt.dials {
				t.Errorf("dialled %v, want %d", n.dialled, tt.dials)
			}
			for _, address := range n.dialled {
				if address != publicAddress+":80" {
					t.Errorf("dialled %s", address)
				}
			}
		})
	}
}

// A name that means another address at a second look is looked at once.
func TestRebinding(t *testing.T) {
	in, n := serve(t, sendPicture(t, "image/png"), map[string][]string{"rebind.test": {publicAddress, "127.0.0.1"}})
	request := media.Request{Source: "http://rebind.test/"}
	get(t, in, request)
	if n.lookups["rebind.test"] != 1 || len(n.dialled) != 1 || n.dialled[0] != publicAddress+":80" {
		t.Errorf("%d lookups, dialled %v", n.lookups["rebind.test"], n.dialled)
	}
	_, err := in.Get(t.Context(), request)
	wantKind(t, err, media.URLBlocked, "rebind.test")
	if len(n.dialled) != 1 {
		t.Errorf("dialled %v", n.dialled)
	}
}

func TestAllowedHosts(t *testing.T) {
	names := map[string][]string{"minio.test": {"10.0.0.1"}, "other.test": {"10.0.0.1"}, "sub.minio.test": {"10.0.0.1"}, "minio.test.": {"10.0.0.1"}, "MINIO.test": {"10.0.0.1"}}
	allow := func(o *media.Options) { o.AllowHosts = []string{"Minio.test"} }
	in, n := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/redirect" {
			http.Redirect(w, r, "http://other.test/", http.StatusFound)
			return
		}
		sendPicture(t, "image/png")(w, r)
	}, names, allow)
	for _, source := range []string{"http://minio.test/", "http://MINIO.test/", "http://minio.test./", "http://minio.test:9000/"} {
		get(t, in, media.Request{Source: source})
	}
	if got := n.dialled[3]; got != "10.0.0.1:9000" {
		t.Errorf("dialled %s", got)
	}
	for _, source := range []string{"http://other.test/", "http://sub.minio.test/", "http://minio.test/redirect", "http://10.0.0.1/", "http://user@minio.test/"} {
		_, err := in.Get(t.Context(), media.Request{Source: source})
		wantKind(t, err, media.URLBlocked, "")
	}
}

func TestSecondAddressIsTried(t *testing.T) {
	server := httptest.NewServer(sendPicture(t, "image/png"))
	t.Cleanup(server.Close)
	n := newNetwork(server.Listener.Addr(), map[string][]string{"pictures.test": {"2606:4700::1 " + publicAddress}})
	in := newIntake(t, media.Options{AllowHTTP: true, Resolver: n, Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
		if strings.HasPrefix(address, "[") {
			return nil, errors.New("no IPv6 here")
		}
		return n.dial(ctx, network, address)
	}})
	get(t, in, media.Request{Source: "http://pictures.test/"})
}

func TestNoProxy(t *testing.T) {
	proxy, connections := listen(t, "tcp", "127.0.0.1:0")
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY"} {
		t.Setenv(name, "http://"+proxy.String())
	}
	in, _ := serve(t, sendPicture(t, "image/png"), nil)
	get(t, in, media.Request{Source: "http://pictures.test/"})
	if n := connections.Load(); n > 0 {
		t.Errorf("%d connections to the proxy", n)
	}
}

func TestHTTPS(t *testing.T) {
	server := httptest.NewUnstartedServer(sendPicture(t, "image/png"))
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError) // it would tell of the handshakes that are refused
	server.StartTLS()
	t.Cleanup(server.Close)
	n := newNetwork(server.Listener.Addr(), map[string][]string{"example.com": {publicAddress}, "pictures.test": {publicAddress}})
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	in := newIntake(t, media.Options{Resolver: n, Dial: n.dial, RootCAs: roots})
	get(t, in, media.Request{Source: "https://example.com/dot.png"})
	if n.dialled[0] != publicAddress+":443" {
		t.Errorf("dialled %v", n.dialled)
	}
	_, err := in.Get(t.Context(), media.Request{Source: "https://pictures.test/"})
	wantKind(t, err, media.NotFetched, "certificate")
	_, err = in.Get(t.Context(), media.Request{Source: "http://example.com/"})
	wantKind(t, err, media.URLBlocked, "http")
}

func TestAnswers(t *testing.T) {
	type answer = http.HandlerFunc
	body := func(contentType string, status int, text string) answer {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, text)
		}
	}
	whole := make([]byte, 20<<20+1)
	copy(whole, testdata(t, "dot.png"))
	for _, tt := range []struct {
		name    string
		answer  answer
		kind    media.Kind // "" is a picture
		message string
	}{
		{name: "a picture", answer: sendPicture(t, "image/png")},
		{name: "of another type than it says", answer: sendPicture(t, "image/webp")},
		{name: "octets", answer: sendPicture(t, "application/octet-stream")},
		{name: "octets, as object stores say", answer: sendPicture(t, "binary/octet-stream; x")},
		{name: "of no type", answer: sendPicture(t, "")},
		{name: "called a page", answer: sendPicture(t, "text/html"), kind: media.Unreadable, message: "something else"},
		{name: "called nonsense", answer: sendPicture(t, "////"), kind: media.Unreadable, message: "something else"},
		{name: "a page", answer: body("image/png", 200, "<html>Secret"), kind: media.Unreadable, message: "HTML"},
		{name: "an SVG", answer: body("image/svg+xml", 200, "<svg>Secret</svg>"), kind: media.Unreadable, message: "SVG"},
		{name: "JSON", answer: body("application/json", 200, `{"key":"Secret"}`), kind: media.Unreadable, message: "something else"},
		{name: "nothing", answer: body("image/png", 200, ""), kind: media.Unreadable, message: "zero bytes"},
		{name: "not found", answer: body("image/png", 404, "Secret"), kind: media.NotFetched, message: "404"},
		{name: "a failure", answer: body("text/plain", 500, "Secret"), kind: media.NotFetched, message: "500"},
		{name: "a part", answer: body("image/png", 206, "Secret"), kind: media.NotFetched, message: "206"},
		{name: "announced too large", answer: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", fmt.Sprint(len(whole)))
			w.Header().Set("Content-Type", "image/png")
		}, kind: media.TooLarge, message: "20 MB"},
		{name: "too large", answer: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "image/png")
			_ = http.NewResponseController(w).Flush()
			_, _ = w.Write(whole)
		}, kind: media.TooLarge, message: "20 MB"},
		{name: "cut off", answer: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "1000")
			w.Header().Set("Content-Type", "image/png")
			_, _ = io.WriteString(w, "Secret")
		}, kind: media.NotFetched, message: "broke"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			in, _ := serve(t, tt.answer, nil)
			_, err := in.Get(t.Context(), media.Request{Source: "http://pictures.test/path-Secret?q=Secret#Secret"})
			if tt.kind == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			wantKind(t, err, tt.kind, tt.message)
			if strings.Contains(err.Error(), secret) {
				t.Errorf("the message tells too much: %v", err)
			}
		})
	}
}

func TestUnknownAndUnreachableHosts(t *testing.T) {
	closed, _ := listen(t, "tcp", "127.0.0.1:0")
	n := newNetwork(closed, map[string][]string{"pictures.test": {publicAddress}})
	in := newIntake(t, media.Options{Resolver: n, Dial: func(context.Context, string, string) (net.Conn, error) {
		return nil, errors.New("connection to 93.184.215.14 refused, Secret")
	}})
	_, err := in.Get(t.Context(), media.Request{Source: "https://pictures.test/"})
	wantKind(t, err, media.NotFetched, `"pictures.test" could not be reached`)
	_, err = in.Get(t.Context(), media.Request{Source: "https://unknown.test/"})
	wantKind(t, err, media.NotFetched, `"unknown.test" could not be looked up`)
}

func TestSlowServer(t *testing.T) {
	for name, answer := range map[string]http.HandlerFunc{
		"no answer": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"no end": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "image/png")
			_, _ = io.WriteString(w, "\x89PNG\r\n\x1a\n")
			_ = http.NewResponseController(w).Flush()
			<-r.Context().Done()
		},
	} {
		t.Run(name, func(t *testing.T) {
			in, _ := serve(t, answer, nil, func(o *media.Options) { o.Timeout = 100 * time.Millisecond })
			_, err := in.Get(t.Context(), media.Request{Source: "http://pictures.test/"})
			wantKind(t, err, media.NotFetched, "100ms")

			in, _ = serve(t, answer, nil)
			ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
			defer cancel()
			if _, err = in.Get(ctx, media.Request{Source: "http://pictures.test/"}); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("got %v", err)
			}
		})
	}
}
