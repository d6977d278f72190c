package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd"
)

// httpCommand serves a team.
type httpCommand struct {
	toolOptions
	Listen         string        `env:"AI_ENDPOINTS_LISTEN" placeholder:"ADDRESS" default:"127.0.0.1:8080" help:"Address to listen on: host:port, or unix:/path of a socket; default ${default}."`
	Path           string        `env:"AI_ENDPOINTS_PATH" placeholder:"PATH" default:"/mcp" help:"Path of the MCP endpoint; default ${default}."`
	AllowHosts     []string      `name:"allow-host" env:"AI_ENDPOINTS_ALLOW_HOSTS" placeholder:"HOST" help:"Host name by which clients may address the server; repeatable. Its IP addresses and localhost always work."`
	AllowOrigins   []string      `name:"allow-origin" env:"AI_ENDPOINTS_ALLOW_ORIGINS" placeholder:"ORIGIN" help:"Origin of web pages that may use the server, such as https://chat.example.com; repeatable."`
	TLSCert        string        `name:"tls-cert" env:"AI_ENDPOINTS_TLS_CERT" placeholder:"FILE" help:"PEM file with the TLS certificate and its chain; reloaded when it changes."`
	TLSKey         string        `name:"tls-key" env:"AI_ENDPOINTS_TLS_KEY" placeholder:"FILE" help:"PEM file with the certificate's private key; reloaded when it changes."`
	AuthTokenFile  string        `name:"auth-token-file" env:"AI_ENDPOINTS_AUTH_TOKEN_FILE" placeholder:"FILE" help:"File with the callers' tokens, one per line: name: token, or name: sha256:HEX; reloaded when it changes."`
	InsecureNoAuth bool          `name:"insecure-no-auth" env:"AI_ENDPOINTS_INSECURE_NO_AUTH" help:"Accept every caller without a token, even on an address that others can reach."`
	TokenRate      int           `name:"token-rate" env:"AI_ENDPOINTS_TOKEN_RATE" placeholder:"N" default:"600" help:"Requests per minute with each token, in bursts of up to 100; 0 is unlimited; default ${default}."`
	MaxConcurrent  int           `name:"max-concurrent" env:"AI_ENDPOINTS_MAX_CONCURRENT" placeholder:"N" default:"1024" help:"Maximum number of requests at once; default ${default}."`
	DrainTimeout   time.Duration `name:"drain-timeout" env:"AI_ENDPOINTS_DRAIN_TIMEOUT" placeholder:"DURATION" default:"30s" help:"How long running calls may take to finish after the process is told to stop; default ${default}."`
	MetricsAddr    string        `name:"metrics-addr" env:"AI_ENDPOINTS_METRICS_ADDR" placeholder:"ADDRESS" help:"Address that serves /metrics to Prometheus: host:port, or unix:/path of a socket; default none."`
}

// Validate refuses values that the server cannot run with.
func (c *httpCommand) Validate() error {
	switch {
	case c.TokenRate < 0:
		return fmt.Errorf("--token-rate is %d; it must not be negative", c.TokenRate)
	case c.MaxConcurrent < 1:
		return fmt.Errorf("--max-concurrent is %d; it must be at least 1", c.MaxConcurrent)
	case c.DrainTimeout <= 0:
		return fmt.Errorf("--drain-timeout is %s; it must be more than 0", c.DrainTimeout)
	case (c.TLSCert == "") != (c.TLSKey == ""):
		return errors.New("--tls-cert and --tls-key need each other")
	case c.AuthTokenFile != "" && c.InsecureNoAuth:
		return errors.New("--auth-token-file and --insecure-no-auth contradict each other")
	}
	return nil
}

// Run serves until the process is told to stop.
func (c *httpCommand) Run(ctx context.Context, p *program) error {
	address, err := c.address()
	if err != nil {
		return err
	}
	if len(p.options.AllowDirs) > 0 {
		return usageError{
			errors.New("local files are never readable over HTTP"),
			"leave --allow-dir out, also of the environment and the config file",
		}
	}
	a, err := newApp(p, appOptions{tools: c.Tools, remoteCallers: true, withMetrics: c.MetricsAddr != "", withTraces: true})
	if err != nil {
		return err
	}
	defer a.Close()
	endpoint, err := c.endpoint(a)
	if err != nil {
		return err
	}
	// Apart, so that a config file that hangs does not delay tokens and certificate.
	defer onSIGHUP(endpoint.Reload)()
	current := p.config
	defer onSIGHUP(func() { current = a.reload(current) })()
	listener, err := address.Listen()
	if err != nil {
		return err
	}
	stopMetrics, err := c.serveMetrics(ctx, a)
	if err != nil {
		_ = listener.Close()
		return err
	}
	defer stopMetrics()
	c.logStart(a, address, listener.Addr().String())
	return endpoint.Serve(ctx, listener)
}

// address is where to listen. An address that other machines reach needs tokens,
// or --insecure-no-auth.
func (c *httpCommand) address() (httpd.Address, error) {
	address, err := httpd.ParseAddress(c.Listen)
	if err != nil {
		return address, usageError{fmt.Errorf("--listen: %w", err), "give an address such as 127.0.0.1:8080"}
	}
	if !address.IsLocal() && c.AuthTokenFile == "" && !c.InsecureNoAuth {
		return address, usageError{
			fmt.Errorf("--listen %s can be reached by others, who could spend your key", c.Listen),
			"name a file of tokens with --auth-token-file, or let everyone in with --insecure-no-auth",
		}
	}
	return address, nil
}

func (c *httpCommand) endpoint(a *app) (*httpd.Endpoint, error) {
	o := httpd.Options{
		Logger: a.log, Metrics: a.metrics,
		Path: c.Path, AllowHosts: c.AllowHosts, AllowOrigins: c.AllowOrigins,
		TokenRate: c.TokenRate, MaxConcurrent: c.MaxConcurrent, DrainTimeout: c.DrainTimeout,
		Ready: func(ctx context.Context) error { return catalogUsable(ctx, a.provider) },
	}
	var err error
	if c.AuthTokenFile != "" {
		if o.Tokens, err = httpd.OpenTokens(c.AuthTokenFile, a.log); err != nil {
			return nil, usageError{err, "correct the file, or name another with --auth-token-file"}
		}
	}
	if c.TLSCert != "" {
		if o.Certificate, err = httpd.OpenCertificate(c.TLSCert, c.TLSKey, a.log); err != nil {
			return nil, usageError{err, "check --tls-cert and --tls-key"}
		}
	}
	endpoint, err := httpd.New(a.server, o)
	if err != nil {
		return nil, usageError{err, "see ai-endpoints-mcp http --help"}
	}
	return endpoint, nil
}

// catalogUsable returns an error if there is no model to pick. The built-in
// catalogue counts, since calls succeed with it.
func catalogUsable(ctx context.Context, p *provider.Provider) error {
	if len(p.Catalog(ctx).Models()) == 0 {
		return errors.New("the catalogue has no models")
	}
	return nil
}

func (c *httpCommand) logStart(a *app, address httpd.Address, listening string) {
	if !address.IsLocal() && c.InsecureNoAuth {
		a.log.Warn("INSECURE: --insecure-no-auth lets everyone who reaches this address use the server and spend its key", "address", listening)
	}
	if !address.IsLocal() && c.AuthTokenFile != "" && c.TLSCert == "" {
		a.log.Warn("tokens are sent in clear text: put a TLS proxy before the server, or set --tls-cert and --tls-key")
	}
	a.log.Info("serving MCP over HTTP", "address", listening, "path", c.Path, "tls", c.TLSCert != "", "tokens", c.AuthTokenFile != "")
}

// serveMetrics serves the metrics, if an address is set, until stop is called.
func (c *httpCommand) serveMetrics(ctx context.Context, a *app) (stop func(), err error) {
	if c.MetricsAddr == "" {
		return func() {}, nil
	}
	address, err := httpd.ParseAddress(c.MetricsAddr)
	if err != nil {
		return nil, usageError{fmt.Errorf("--metrics-addr: %w", err), "give an address such as 127.0.0.1:9464"}
	}
	listener, err := address.Listen()
	if err != nil {
		return nil, fmt.Errorf("--metrics-addr: %w", err)
	}
	listening := listener.Addr().String()
	if !address.IsLocal() {
		a.log.Warn("metrics can be read by everyone who reaches their address", "address", listening)
	}
	a.log.Info("serving metrics", "address", listening)
	return a.metrics.Serve(ctx, listener, a.log), nil
}
