package httpd

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// checkHost refuses requests for another host. A web page can point its own host name
// at this server (DNS rebinding), and the browser then allows the page to call it: only
// the Host header shows it.
func (e *Endpoint) checkHost(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !e.isKnownHost(r) {
			requestInfoFrom(r.Context()).reason = reasonHost
			refuse(w, http.StatusForbidden, "the Host header names a host that is not served here. "+
				"Hint: address the server as localhost or by its IP address, or start it with --allow-host NAME")
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (e *Endpoint) isKnownHost(r *http.Request) bool {
	host := hostname(r.Host)
	if host == "localhost" || slices.ContainsFunc(e.options.AllowHosts, func(allowed string) bool {
		return strings.EqualFold(allowed, r.Host) || strings.EqualFold(allowed, host)
	}) {
		return true
	}
	// DNS cannot rebind an IP address. Over loopback, only loopback addresses are valid.
	address, err := netip.ParseAddr(host)
	return err == nil && (address.IsLoopback() || !isLocal(r))
}

// hostname returns the host without the port, in lower case.
func hostname(hostport string) string {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		host = strings.Trim(hostport, "[]")
	}
	return strings.ToLower(host)
}

// isLocal reports whether the connection came over loopback or a Unix socket.
func isLocal(r *http.Request) bool {
	address, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if !ok {
		return true
	}
	tcp, ok := address.(*net.TCPAddr)
	return !ok || tcp.IP.IsLoopback()
}

// corsMaxAge is how long a browser may keep the answer to a preflight, in seconds.
const corsMaxAge = "600"

// checkOrigin refuses web pages except those of the server's own origin and of
// AllowOrigins, which get the CORS headers that browsers ask for.
func (e *Endpoint) checkOrigin(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Origin, Access-Control-Request-Headers")
		origin := r.Header.Get("Origin")
		if origin != "" && slices.Contains(e.options.AllowOrigins, origin) {
			w.Header().Set("Access-Control-Allow-Origin", origin)
			w.Header().Set("Access-Control-Expose-Headers", "Retry-After, WWW-Authenticate, X-Request-Id")
			if r.Method == http.MethodOptions {
				answerPreflight(w, r)
				return
			}
		}
		// net/http does not check GET; MCP requires it.
		asPost := r.WithContext(r.Context())
		asPost.Method = http.MethodPost
		if e.origins.Check(asPost) != nil {
			requestInfoFrom(r.Context()).reason = reasonOrigin
			refuse(w, http.StatusForbidden, "web pages of this origin may not use the server. Hint: start it with --allow-origin ORIGIN")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// normalizeOrigin returns an origin as browsers send it: in lower case, without the
// scheme's default port.
func normalizeOrigin(origin string) string {
	origin = strings.ToLower(origin)
	port := ":80"
	if strings.HasPrefix(origin, "https:") {
		port = ":443"
	}
	return strings.TrimSuffix(origin, port)
}

// answerPreflight allows every header that the page wants to send: MCP lets tools
// define headers.
func answerPreflight(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Access-Control-Allow-Methods", http.MethodPost)
	if requested := r.Header.Get("Access-Control-Request-Headers"); requested != "" {
		w.Header().Set("Access-Control-Allow-Headers", requested)
	}
	w.Header().Set("Access-Control-Max-Age", corsMaxAge)
	w.WriteHeader(http.StatusNoContent)
}
