package httpd_test

import (
	"net"
	"net/http"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd"
)

func TestOnlyKnownHostsAreServed(t *testing.T) {
	e := serveHTTP(t, setup{}, httpd.Options{AllowHosts: []string{"mcp.example.com", "other.example.com:444"}})
	_, port, err := net.SplitHostPort(e.host)
	if err != nil {
		t.Fatal(err)
	}
	for host, status := range map[string]int{
		"":                              200, // the address
		"localhost":                     200,
		"LOCALHOST:" + port:             200,
		"127.0.0.1:1":                   200,
		"[::1]:" + port:                 200,
		"mcp.example.com":               200,
		"MCP.example.com:9000":          200,
		"other.example.com:444":         200,
		"other.example.com":             403,
		"evil.example.com":              403,
		"evil.example.com:" + port:      403,
		"localhost.evil.example.com":    403,
		"mcp.example.com.evil.com":      403,
		"127.0.0.1.evil.example.com":    403,
		"10.1.2.3":                      403,
		"169.254.169.254:" + port:       403,
		"mcp.example.com@evil.com":      403,
		"localhost@evil.com":            403,
		strings.Repeat("a", 300) + ".b": 403,
	} {
		for _, version := range eras {
			r := e.chat(version)
			r.Host = host
			if got := e.do(r); got.StatusCode != status {
				t.Errorf("%q: %d, want %d", host, got.StatusCode, status)
			} else if status == http.StatusForbidden {
				got.check(t, status, "Host header", "--allow-host")
			}
		}
	}
	// Probes may use any host name, since they reveal nothing.
	r := e.chat(modern)
	r.Method, r.Body, r.ContentLength, r.URL.Path, r.Host = http.MethodGet, nil, 0, "/healthz", "10.1.2.3"
	e.do(r).check(t, http.StatusOK)
}

// On an address that other machines can reach, any IP address is accepted: DNS cannot
// rebind one, and behind a port mapping the server does not know its own.
func TestOnOtherAddressesAnyIPAddressIsServed(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	e := serveOn(t, elsewhere{listener}, setup{}, httpd.Options{})
	for host, status := range map[string]int{"203.0.113.9": 200, "localhost": 200, "[2001:db8::1]:80": 200, "evil.example.com": 403} {
		r := e.chat(modern)
		r.Host = host
		if got := e.do(r); got.StatusCode != status {
			t.Errorf("%s: %d, want %d", host, got.StatusCode, status)
		}
	}
}

// elsewhere is a listener whose connections have a local address that is not loopback.
type elsewhere struct{ net.Listener }

func (l elsewhere) Accept() (net.Conn, error) {
	conn, err := l.Listener.Accept()
	return elsewhereConn{conn}, err
}

type elsewhereConn struct{ net.Conn }

func (elsewhereConn) LocalAddr() net.Addr { return &net.TCPAddr{IP: net.IPv4(10, 0, 0, 7), Port: 80} }

func TestOnlyConfiguredOriginsAreServed(t *testing.T) {
	const friend = "https://chat.example.com"
	e := serveHTTP(t, setup{},
		httpd.Options{AllowOrigins: []string{"HTTPS://Chat.Example.com:443"}, Callers: openTokens(t, "team: "+goodToken)})
	tests := map[string]struct {
		origin, site string
		status       int
	}{
		"no page":         {"", "", 200},
		"its own":         {"http://" + e.host, "", 200},
		"its own, new":    {"http://" + e.host, "same-origin", 200},
		"configured":      {friend, "", 200},
		"configured, new": {friend, "cross-site", 200},
		"another":         {"https://evil.example.com", "", 403},
		"another, new":    {"https://evil.example.com", "cross-site", 403},
		"a subdomain":     {"https://a.chat.example.com", "same-site", 403},
		"another scheme":  {"http://chat.example.com", "", 403},
		"another port":    {friend + ":8443", "", 403},
		"another server":  {"http://127.0.0.1:1", "", 403},
		"null":            {"null", "", 403},
		"none but a site": {"", "cross-site", 403},
		"nonsense":        {"%%%", "", 403},
	}
	for name, test := range tests {
		for _, version := range eras {
			for _, method := range []string{http.MethodPost, http.MethodGet} {
				r := e.chat(version)
				want := test.status
				if r.Method = method; method == http.MethodGet {
					r.Body, r.ContentLength = nil, 0
					if want == http.StatusOK {
						want = http.StatusMethodNotAllowed
					}
				}
				r.Header.Set("Authorization", "Bearer "+goodToken)
				set(r, "Origin", test.origin)
				set(r, "Sec-Fetch-Site", test.site)
				got := e.do(r)
				if got.StatusCode != want {
					t.Errorf("%s, %s: %d, want %d", name, method, got.StatusCode, want)
				}
				allowed := got.Header.Get("Access-Control-Allow-Origin")
				if wantAllowed := test.origin == friend; (allowed == friend) != wantAllowed || allowed != "" && !wantAllowed {
					t.Errorf("%s: Access-Control-Allow-Origin is %q", name, allowed)
				}
				if want == http.StatusForbidden {
					got.check(t, want, "--allow-origin")
				}
			}
		}
	}
}

// A browser sends a preflight before a token, and without one.
func TestAPreflightIsAnsweredForConfiguredOrigins(t *testing.T) {
	const friend = "https://chat.example.com"
	e := serveHTTP(t, setup{}, httpd.Options{AllowOrigins: []string{friend}, Callers: openTokens(t, "team: "+goodToken)})
	preflight := func(origin string) response {
		r := e.chat(modern)
		r.Method, r.Body, r.ContentLength = http.MethodOptions, nil, 0
		r.Header = http.Header{"Origin": {origin}, "Access-Control-Request-Method": {"POST"},
			"Access-Control-Request-Headers": {"authorization,content-type,mcp-name"}}
		return e.do(r)
	}
	got := preflight(friend)
	got.check(t, http.StatusNoContent)
	for header, want := range map[string]string{
		"Access-Control-Allow-Origin": friend, "Access-Control-Allow-Methods": "POST",
		"Access-Control-Allow-Headers": "authorization,content-type,mcp-name", "Vary": "Origin, Access-Control-Request-Headers",
	} {
		if value := got.Header.Get(header); value != want {
			t.Errorf("%s is %q, want %q", header, value, want)
		}
	}
	refused := preflight("https://evil.example.com")
	refused.check(t, http.StatusForbidden)
	if allowed := refused.Header.Get("Access-Control-Allow-Origin"); allowed != "" {
		t.Errorf("a foreign origin gets Access-Control-Allow-Origin: %s", allowed)
	}
}

func set(r *http.Request, header, value string) {
	if value != "" {
		r.Header.Set(header, value)
	}
}
