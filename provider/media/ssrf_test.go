package media_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/media"
)

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
		{"a user", "https://user:Secret@images.test/", map[string][]string{"images.test": {publicAddress}}},
		{"the host in the user", "https://images.test@127.0.0.1/", nil},
		{"mail", "http://images.test:25/", map[string][]string{"images.test": {publicAddress}}},
		{"port zero", "http://images.test:0/", map[string][]string{"images.test": {publicAddress}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			n := newNetwork(trap, tt.names)
			preparer := newPreparer(t, media.Options{AllowHTTP: true, Resolver: n, Dial: n.dial})
			_, err := preparer.Prepare(t.Context(), media.Request{Source: tt.source})
			wantKind(t, err, media.URLBlocked, "")
			if len(n.dialled) > 0 {
				t.Errorf("dialled %v", n.dialled)
			}
			if strings.Contains(err.Error(), secret) || strings.Contains(err.Error(), "10.0.0.1") && !strings.Contains(tt.source, "10.0.0.1") {
				t.Errorf("the message reveals too much: %v", err)
			}
		})
	}
	if n := connections.Load(); n > 0 {
		t.Errorf("%d connections", n)
	}
}

func TestLoopbackWithTheSystemsDialler(t *testing.T) {
	server := httptest.NewServer(sendImage(t, "image/png"))
	t.Cleanup(server.Close)
	request := media.Request{Source: server.URL + "/dot.png"}
	_, err := newPreparer(t, media.Options{AllowHTTP: true}).Prepare(t.Context(), request)
	wantKind(t, err, media.URLBlocked, "")
	mustPrepare(t, newPreparer(t, media.Options{AllowHTTP: true, AllowHosts: []string{"127.0.0.1"}}), request)
	_, err = newPreparer(t, media.Options{AllowHosts: []string{"127.0.0.1"}}).Prepare(t.Context(), request)
	wantKind(t, err, media.URLBlocked, "http")
}

func TestRedirects(t *testing.T) {
	const dot = "http://images.test/dot.png"
	destination := sendImage(t, "image/png")
	for _, tt := range []struct {
		name  string
		chain []string // where each answer leads; after the last one is the image
		names map[string][]string
		kind  media.Kind // "" is an image
		dials int
	}{
		{name: "three", chain: []string{dot, dot, dot}, dials: 4},
		{name: "four", chain: []string{dot, dot, dot, dot}, kind: media.NotFetched, dials: 4},
		{name: "to a relative URL", chain: []string{"/other"}, dials: 2},
		{name: "to a private address", chain: []string{"http://10.0.0.1/"}, kind: media.URLBlocked, dials: 1},
		{name: "to loopback", chain: []string{"http://127.0.0.1/"}, kind: media.URLBlocked, dials: 1},
		{name: "to the metadata service, in the end", chain: []string{dot, dot, "http://169.254.169.254/"}, kind: media.URLBlocked, dials: 3},
		{
			name: "to a private name", chain: []string{"http://internal.test/"},
			names: map[string][]string{"internal.test": {"192.168.1.1"}}, kind: media.URLBlocked, dials: 1,
		},
		{name: "to a number", chain: []string{"http://2130706433/"}, kind: media.URLBlocked, dials: 1},
		{name: "to a file", chain: []string{"file:///etc/passwd"}, kind: media.URLBlocked, dials: 1},
		{name: "to a user", chain: []string{"http://a:b@images.test/"}, kind: media.URLBlocked, dials: 1},
		{name: "to a port", chain: []string{"http://images.test:22/"}, kind: media.URLBlocked, dials: 1},
		{name: "to nothing", chain: []string{""}, kind: media.NotFetched, dials: 1},
		{
			name: "back to a name that has changed", chain: []string{dot},
			names: map[string][]string{"images.test": {publicAddress, "127.0.0.1"}}, kind: media.URLBlocked, dials: 1,
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			step := 0
			preparer, n := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.Header.Get("Cookie") != "" || r.Header.Get("Referer") != "" || !strings.HasPrefix(r.UserAgent(), "ai-endpoints-mcp") {
					t.Errorf("request with %v", r.Header)
				}
				if step == len(tt.chain) {
					destination(w, r)
					return
				}
				w.Header().Set("Set-Cookie", "session=Secret")
				if to := tt.chain[step]; to != "" {
					w.Header().Set("Location", to)
				}
				step++
				w.WriteHeader(http.StatusFound)
			}, tt.names)
			_, err := preparer.Prepare(t.Context(), media.Request{Source: dot + "?token=Secret"})
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

// A name that resolves to another address the second time is resolved only once.
func TestRebinding(t *testing.T) {
	preparer, n := serve(t, sendImage(t, "image/png"), map[string][]string{"rebind.test": {publicAddress, "127.0.0.1"}})
	request := media.Request{Source: "http://rebind.test/"}
	mustPrepare(t, preparer, request)
	if n.lookups["rebind.test"] != 1 || len(n.dialled) != 1 || n.dialled[0] != publicAddress+":80" {
		t.Errorf("%d lookups, dialled %v", n.lookups["rebind.test"], n.dialled)
	}
	_, err := preparer.Prepare(t.Context(), request)
	wantKind(t, err, media.URLBlocked, "rebind.test")
	if len(n.dialled) != 1 {
		t.Errorf("dialled %v", n.dialled)
	}
}

func TestAllowedHosts(t *testing.T) {
	names := map[string][]string{}
	for _, name := range []string{"minio.test", "other.test", "sub.minio.test", "minio.test.", "MINIO.test"} {
		names[name] = []string{"10.0.0.1"}
	}
	allow := func(o *media.Options) { o.AllowHosts = []string{"Minio.test"} }
	preparer, n := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/redirect" {
			http.Redirect(w, r, "http://other.test/", http.StatusFound)
			return
		}
		sendImage(t, "image/png")(w, r)
	}, names, allow)
	for _, source := range []string{"http://minio.test/", "http://MINIO.test/", "http://minio.test./", "http://minio.test:9000/"} {
		mustPrepare(t, preparer, media.Request{Source: source})
	}
	if got := n.dialled[3]; got != "10.0.0.1:9000" {
		t.Errorf("dialled %s", got)
	}
	for _, source := range []string{
		"http://other.test/", "http://sub.minio.test/", "http://minio.test/redirect", "http://10.0.0.1/", "http://user@minio.test/",
	} {
		_, err := preparer.Prepare(t.Context(), media.Request{Source: source})
		wantKind(t, err, media.URLBlocked, "")
	}
}
