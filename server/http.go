package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	mcpserver "github.com/mark3labs/mcp-go/server"
)

// The paths beside the MCP endpoint's.
const (
	healthPath = "/healthz"
	readyPath  = "/readyz"
)

// What an [HTTPOptions] is taken to say where it says nothing.
const (
	DefaultHTTPPath      = "/mcp"
	DefaultMaxConcurrent = 1024
	DefaultDrainTimeout  = 30 * time.Second
)

// HTTPOptions configures an [HTTP]; zero values work, for a server that only
// this machine reaches.
type HTTPOptions struct {
	Path         string   // of the MCP endpoint; "" is DefaultHTTPPath
	AllowHosts   []string // hosts by which clients may address the server, besides its own addresses
	AllowOrigins []string // origins of web pages that may use the server, as in https://chat.example.com
	Tokens       *Tokens  // nil lets everyone in
	Certificate  *Certificate

	TokenRate     int // requests a minute with each token; 0 is no limit
	MaxConcurrent int // requests at once; 0 is DefaultMaxConcurrent

	// Ready says why the server cannot be of use, if it cannot; nil is always ready.
	Ready func(context.Context) error

	DrainTimeout  time.Duration // for calls in flight once the server is told to stop; 0 is DefaultDrainTimeout
	HeaderTimeout time.Duration // for a request's headers; 0 is 10 s
	BodyTimeout   time.Duration // for a request's body; 0 is a minute
	StallTimeout  time.Duration // for a client that reads nothing of its answer; 0 is 30 s
}

// HTTP is the stateless Streamable HTTP endpoint, for both eras of the protocol.
type HTTP struct {
	HTTPOptions
	server    *Server
	transport *mcpserver.StreamableHTTPServer
	origins   *http.CrossOriginProtection
	rates     rates
	gate      *gate
	handler   http.Handler
}

// NewHTTP makes the endpoint. The error says which option cannot be.
func (s *Server) NewHTTP(o HTTPOptions) (*HTTP, error) {
	o.Path = cmp.Or(o.Path, DefaultHTTPPath)
	o.MaxConcurrent = cmp.Or(o.MaxConcurrent, DefaultMaxConcurrent)
	o.DrainTimeout = cmp.Or(o.DrainTimeout, DefaultDrainTimeout)
	o.HeaderTimeout = cmp.Or(o.HeaderTimeout, 10*time.Second)
	o.BodyTimeout = cmp.Or(o.BodyTimeout, time.Minute)
	o.StallTimeout = cmp.Or(o.StallTimeout, 30*time.Second)
	o.AllowOrigins = asSent(o.AllowOrigins)
	h := &HTTP{
		HTTPOptions: o, server: s, origins: http.NewCrossOriginProtection(),
		rates: newRates(o.TokenRate), gate: newGate(o.MaxConcurrent),
		transport: mcpserver.NewStreamableHTTPServer(s.mcp,
			// Sessions of the library can be forged and are never forgotten.
			mcpserver.WithStateLess(true), mcpserver.WithDisableStreaming(true), mcpserver.WithStreamableHTTPLogger(s.log)),
	}
	if err := h.check(); err != nil {
		return nil, err
	}
	h.handler = h.chain()
	return h, nil
}

func (h *HTTP) check() error {
	if !strings.HasPrefix(h.Path, "/") || h.Path == healthPath || h.Path == readyPath || strings.ContainsAny(h.Path, "?#%{} ") {
		return fmt.Errorf("the path %q cannot be the endpoint's; it starts with / and is neither %s nor %s", h.Path, healthPath, readyPath)
	}
	if h.TokenRate < 0 || h.MaxConcurrent < 0 || h.DrainTimeout < 0 {
		return errors.New("a limit is negative")
	}
	for _, host := range h.AllowHosts {
		if host == "" || strings.ContainsAny(host, "/*@ ") {
			return fmt.Errorf("the host %q is none; give a name such as mcp.example.com", host)
		}
	}
	for _, origin := range h.AllowOrigins {
		if err := h.origins.AddTrustedOrigin(origin); err != nil {
			return fmt.Errorf("%w; give an origin such as https://chat.example.com", err)
		}
	}
	return nil
}

// ServeHTTP answers one request.
func (h *HTTP) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.handler.ServeHTTP(w, r) }

// chain is the way of a request, outermost first. What needs no permission
// (health, and what does not exist) is answered on the way.
func (h *HTTP) chain() http.Handler {
	return through(http.HandlerFunc(h.serveMCP),
		h.identified,
		h.accessLogged,
		h.measured,
		h.recovered,
		h.bodyTimed,
		h.routed,
		h.hostAllowed,
		h.originAllowed,
		h.bodyLimited,
		h.authenticated,
		h.rateLimited,
		h.admitted,
		h.messageRead,
		h.cancellationSwallowed,
	)
}

type middleware func(next http.Handler) http.Handler

func through(last http.Handler, way ...middleware) http.Handler {
	for _, step := range slices.Backward(way) {
		last = step(last)
	}
	return last
}

// routed answers what is beside the MCP endpoint.
func (h *HTTP) routed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case h.Path:
			next.ServeHTTP(w, r)
		case healthPath:
			answerProbe(w, r, nil)
		case readyPath:
			answerProbe(w, r, h.ready(r.Context()))
		default:
			refuse(w, http.StatusNotFound, "there is nothing here; the MCP endpoint is "+h.Path)
		}
	})
}
