// Package httpd is the Streamable HTTP endpoint of the MCP server: who may call
// it, from where, how much and how long, and what becomes of its files, its log
// and its calls in flight.
package httpd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	mcpserver "github.com/mark3labs/mcp-go/server"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/telemetry"
)

// The paths beside the MCP endpoint's.
const (
	healthPath = "/healthz"
	readyPath  = "/readyz"
)

// What an [Options] is taken to say where it says nothing.
const (
	DefaultPath          = "/mcp"
	DefaultMaxConcurrent = 1024
	DefaultDrainTimeout  = 30 * time.Second
)

// Options configures an [Endpoint]; zero values work, for a server that only
// this machine reaches.
type Options struct {
	Path         string   // of the MCP endpoint; "" is DefaultPath
	AllowHosts   []string // hosts by which clients may address the server, besides its own addresses
	AllowOrigins []string // origins of web pages that may use the server, as in https://chat.example.com
	Tokens       *Tokens  // nil lets everyone in
	Certificate  *Certificate

	TokenRate     int // requests a minute with each token; 0 is no limit
	MaxConcurrent int // requests at once; 0 is DefaultMaxConcurrent

	Logger  *slog.Logger       // nil discards
	Metrics *telemetry.Metrics // nil counts nothing

	// Ready says why the server cannot be of use, if it cannot; nil is always ready.
	Ready func(context.Context) error

	DrainTimeout  time.Duration // for calls in flight once the server is told to stop; 0 is DefaultDrainTimeout
	HeaderTimeout time.Duration // for a request's headers; 0 is 10 s
	BodyTimeout   time.Duration // for a request's body; 0 is a minute
	StallTimeout  time.Duration // for a client that reads nothing of its answer; 0 is 30 s
}

// Endpoint is the stateless Streamable HTTP endpoint, for both eras of the protocol.
type Endpoint struct {
	Options
	log       *slog.Logger
	metrics   *telemetry.Metrics
	transport *mcpserver.StreamableHTTPServer
	origins   *http.CrossOriginProtection
	rates     rates
	gate      *gate
	handler   http.Handler
}

// New makes the endpoint of s. The error says which option cannot be.
func New(s *server.Server, o Options) (*Endpoint, error) {
	o.Path = cmp.Or(o.Path, DefaultPath)
	o.MaxConcurrent = cmp.Or(o.MaxConcurrent, DefaultMaxConcurrent)
	o.DrainTimeout = cmp.Or(o.DrainTimeout, DefaultDrainTimeout)
	o.HeaderTimeout = cmp.Or(o.HeaderTimeout, 10*time.Second)
	o.BodyTimeout = cmp.Or(o.BodyTimeout, time.Minute)
	o.StallTimeout = cmp.Or(o.StallTimeout, 30*time.Second)
	log := cmp.Or(o.Logger, slog.New(slog.DiscardHandler))
	o.AllowOrigins = asSent(o.AllowOrigins)
	h := &Endpoint{
		Options: o, log: log, metrics: o.Metrics, origins: http.NewCrossOriginProtection(),
		rates: newRates(o.TokenRate), gate: newGate(o.MaxConcurrent),
		transport: mcpserver.NewStreamableHTTPServer(s.MCP(),
			// Sessions of the library can be forged and are never forgotten.
			mcpserver.WithStateLess(true), mcpserver.WithDisableStreaming(true), mcpserver.WithStreamableHTTPLogger(log)),
	}
	if err := h.check(); err != nil {
		return nil, err
	}
	h.handler = h.chain()
	return h, nil
}

func (h *Endpoint) check() error {
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
func (h *Endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.handler.ServeHTTP(w, r) }

// chain is the way of a request, outermost first. What needs no permission
// (health, and what does not exist) is answered on the way.
func (h *Endpoint) chain() http.Handler {
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
func (h *Endpoint) routed(next http.Handler) http.Handler {
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
