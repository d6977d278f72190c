// Package httpd is the Streamable HTTP endpoint of the MCP server: who may call
// it, from where and how often, its listener, its log and its shutdown. The tools
// are package server's.
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

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/limit"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/shared"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd/audit"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd/oauth"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/telemetry"
)

// Paths beside the MCP endpoint's.
const (
	healthPath = "/healthz"
	readyPath  = "/readyz"
)

// Defaults of [Options].
const (
	DefaultPath          = "/mcp"
	DefaultMaxConcurrent = 1024
	DefaultDrainTimeout  = 30 * time.Second
)

// Options configures an [Endpoint]. The zero value works for an endpoint that
// only this machine can reach.
type Options struct {
	Path         string          // of the MCP endpoint; "" is DefaultPath
	AllowHosts   []string        // names by which clients may address the server, besides its own addresses
	AllowOrigins []string        // origins of web pages that may use the server, as in https://chat.example.com
	Callers      *Callers        // nil requires no token
	OAuth        *oauth.Verifier // nil knows no OAuth; Serve starts it
	Certificate  *Certificate
	NoPage       bool // there is no page for browsers at /

	TokenRate     int          // requests per minute and token; 0 disables the limit
	MaxConcurrent int          // requests in flight; 0 is DefaultMaxConcurrent
	Memory        limit.Memory // the zero value is no limit

	Shared *shared.Store // what replicas have in common; nil is this process alone

	Logger  *slog.Logger       // nil discards
	Metrics *telemetry.Metrics // nil counts nothing
	Audit   *audit.Log         // of the calls; nil keeps none. The caller closes it

	// Ready returns why the server cannot answer calls, nil if it can. If Ready is nil,
	// the server is always ready.
	Ready func(context.Context) error

	DrainTimeout  time.Duration // for calls in flight when the server stops; 0 is DefaultDrainTimeout
	HeaderTimeout time.Duration // for a request's headers; 0 is 10 s
	BodyTimeout   time.Duration // for a request's body; 0 is a minute
	StallTimeout  time.Duration // for a client that stops reading its answer; 0 is 30 s
}

// Endpoint is the stateless Streamable HTTP endpoint, for both eras of the protocol.
type Endpoint struct {
	options   Options
	log       *slog.Logger
	server    *server.Server
	transport *mcpserver.StreamableHTTPServer
	origins   *http.CrossOriginProtection
	tries     *tries
	rates     rates
	calls     calls
	admission *admission
	collector server.Collector
	page      *page
	handler   http.Handler
}

// New returns the endpoint of s. The error names the option that is wrong.
func New(s *server.Server, o Options) (*Endpoint, error) {
	o.Path = cmp.Or(o.Path, DefaultPath)
	o.MaxConcurrent = cmp.Or(o.MaxConcurrent, DefaultMaxConcurrent)
	o.DrainTimeout = cmp.Or(o.DrainTimeout, DefaultDrainTimeout)
	o.HeaderTimeout = cmp.Or(o.HeaderTimeout, 10*time.Second)
	o.BodyTimeout = cmp.Or(o.BodyTimeout, time.Minute)
	o.StallTimeout = cmp.Or(o.StallTimeout, 30*time.Second)
	var origins []string
	for _, origin := range o.AllowOrigins {
		origins = append(origins, normalizeOrigin(origin))
	}
	o.AllowOrigins = origins
	log := cmp.Or(o.Logger, slog.New(slog.DiscardHandler))
	e := &Endpoint{
		options: o, log: log, server: s, origins: http.NewCrossOriginProtection(),
		page: newPage(o.Path), tries: newTries(), rates: newRates(o.TokenRate), calls: newCalls(o.Shared),
		admission: newAdmission(o.MaxConcurrent, o.needsAuthentication()),
		transport: mcpserver.NewStreamableHTTPServer(s.MCP(),
			// mcp-go: its sessions can be forged and are never forgotten.
			mcpserver.WithStateLess(true), mcpserver.WithDisableStreaming(true), mcpserver.WithStreamableHTTPLogger(log)),
	}
	if err := e.check(); err != nil {
		return nil, err
	}
	if o.Certificate != nil {
		o.Metrics.WatchCertificate(o.Certificate.expiry)
	}
	e.handler = e.chain()
	return e, nil
}

func (e *Endpoint) check() error {
	o := e.options
	if !IsPath(o.Path) {
		return fmt.Errorf("not a path for the MCP endpoint: %q", o.Path)
	}
	if o.TokenRate < 0 || o.MaxConcurrent < 0 || o.DrainTimeout < 0 {
		return errors.New("the token rate, the concurrent requests and the drain timeout must not be negative")
	}
	for _, host := range o.AllowHosts {
		if !IsHost(host) {
			return fmt.Errorf("not a host: %q", host)
		}
	}
	for _, origin := range o.AllowOrigins {
		if err := e.origins.AddTrustedOrigin(origin); err != nil {
			return err
		}
	}
	return nil
}

// IsPath reports whether path can be that of the MCP endpoint.
func IsPath(path string) bool {
	taken := slices.Contains([]string{healthPath, readyPath, registerPath}, path) || strings.HasPrefix(path, "/.well-known")
	return strings.HasPrefix(path, "/") && !taken && !strings.ContainsAny(path, "?#%{} ")
}

// IsHost reports whether host can be one of [Options].AllowHosts.
func IsHost(host string) bool { return host != "" && !strings.ContainsAny(host, "/*@ ") }

// IsOrigin reports whether origin can be one of [Options].AllowOrigins.
func IsOrigin(origin string) bool {
	return new(http.CrossOriginProtection).AddTrustedOrigin(normalizeOrigin(origin)) == nil
}

// ServeHTTP answers one request.
func (e *Endpoint) ServeHTTP(w http.ResponseWriter, r *http.Request) { e.handler.ServeHTTP(w, r) }

// chain is the middleware of a request, outermost first. Health checks and unknown
// paths need no permission; the page has checks of its own.
func (e *Endpoint) chain() http.Handler {
	return wrap(http.HandlerFunc(e.serveMCP),
		e.requestID,
		e.accessLog,
		e.metrics,
		e.recoverer,
		e.bodyDeadline,
		e.route,
		e.checkHost,
		e.checkOrigin,
		e.limitBody,
		e.authenticate,
		e.limitRate,
		e.admit,
		e.weigh,
		e.readMessage,
		e.checkScopes,
		e.limitCalls,
		e.dropCancellations,
	)
}

type middleware func(next http.Handler) http.Handler

func wrap(handler http.Handler, outermostFirst ...middleware) http.Handler {
	for _, m := range slices.Backward(outermostFirst) {
		handler = m(handler)
	}
	return handler
}

// route answers every path but the MCP endpoint's.
func (e *Endpoint) route(next http.Handler) http.Handler {
	page, probe := e.pageChain(), onlyRead("this is a health check")
	healthy := probe(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { answerProbe(w, nil, "") }))
	ready := probe(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		answerProbe(w, e.ready(r.Context()), e.options.Shared.Detail())
	}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch path := r.URL.Path; {
		case strings.TrimSuffix(path, "/") == strings.TrimSuffix(e.options.Path, "/"):
			next.ServeHTTP(w, r)
		case path == pagePath && !e.options.NoPage:
			page.ServeHTTP(w, r)
		case path == healthPath:
			healthy.ServeHTTP(w, r)
		case path == readyPath:
			ready.ServeHTTP(w, r)
		case e.options.OAuth != nil && e.options.OAuth.Serves(path):
			e.options.OAuth.ServeMetadata(w, r)
		case path == registerPath && e.options.Callers != nil && e.options.OAuth == nil:
			e.refuseRegistration(w, r)
		default:
			refuse(w, http.StatusNotFound, "there is nothing here; the MCP endpoint is "+e.options.Path)
		}
	})
}
