package httpd

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// hostAllowed refuses requests that name another host. A web page can make its
// own name point here (DNS rebinding), and then the browser takes this server
// for the page's own: only the name gives it away.
func (h *Endpoint) hostAllowed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !h.knowsHost(r) {
			refuse(w, http.StatusForbidden, "the Host header names a host that is not served here. "+
				"Hint: address the server as localhost or by its IP address, or start it with --allow-host NAME")
			return
		}
		next.ServeHTTP(w, r)
	})
}

func (h *Endpoint) knowsHost(r *http.Request) bool {
	host := hostname(r.Host)
	if host == "localhost" || slices.ContainsFunc(h.AllowHosts, func(allowed string) bool {
		return strings.EqualFold(allowed, r.Host) || strings.EqualFold(allowed, host)
	}) {
		return true
	}
	// An address cannot be made to point elsewhere; on this machine's own
	// connections none but its own makes sense.
	address, err := netip.ParseAddr(host)
	return err == nil && (address.IsLoopback() || !isLocal(r))
}

// hostname gives the host without its port, in lower case.
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

// originAllowed refuses web pages but those of the server's own origin and the
// configured ones, which get the CORS headers that browsers ask for.
func (h *Endpoint) originAllowed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Add("Vary", "Origin, Access-Control-Request-Headers")
		origin := r.Header.Get("Origin")
		if origin != "" && slices.Contains(h.AllowOrigins, origin) {
			w.Header().Set("Access-Control-Allow-Origin", origin)
			w.Header().Set("Access-Control-Expose-Headers", "Retry-After, WWW-Authenticate, X-Request-Id")
			if r.Method == http.MethodOptions {
				answerPreflight(w, r)
				return
			}
		}
		// The protection lets GET pass, which the protocol does not.
		asPost := r.WithContext(r.Context())
		asPost.Method = http.MethodPost
		if h.origins.Check(asPost) != nil {
			refuse(w, http.StatusForbidden, "web pages of this origin may not use the server. Hint: start it with --allow-origin ORIGIN")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// asSent gives origins as browsers send them: in lower case, without the port
// that the scheme implies.
func asSent(origins []string) []string {
	var sent []string
	for _, origin := range origins {
		origin = strings.ToLower(origin)
		port := ":80"
		if strings.HasPrefix(origin, "https:") {
			port = ":443"
		}
		sent = append(sent, strings.TrimSuffix(origin, port))
	}
	return sent
}

// answerPreflight allows whatever headers the page wants to send: the protocol
// lets tools define some.
func answerPreflight(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Access-Control-Allow-Methods", http.MethodPost)
	if wanted := r.Header.Get("Access-Control-Request-Headers"); wanted != "" {
		w.Header().Set("Access-Control-Allow-Headers", wanted)
	}
	w.Header().Set("Access-Control-Max-Age", corsMaxAge)
	w.WriteHeader(http.StatusNoContent)
}
