package cli

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd/audit"
)

func (p *program) httpCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "http", Short: "Serve a team over Streamable HTTP.", Args: noArguments, RunE: p.loading(p.serveHTTP)}
	p.addOptions(cmd.Flags(), offersTools)
	p.addOptions(cmd.Flags(), serves)
	p.addOptions(cmd.Flags(), servesHTTP)
	return cmd
}

// checkHTTP refuses options that contradict each other.
func (o *options) checkHTTP() error {
	const hint = "see ai-endpoints-mcp http --help"
	switch {
	case o.TLSCert != "" && o.TLSKey == "":
		return usageError{fmt.Errorf("%s needs --tls-key", o.from("tls-cert")), hint}
	case o.TLSKey != "" && o.TLSCert == "":
		return usageError{fmt.Errorf("%s needs --tls-cert", o.from("tls-key")), hint}
	case o.AuthTokenFile != "" && o.InsecureNoAuth:
		return o.contradiction("auth-token-file", "insecure-no-auth")
	case o.Callers != "" && o.InsecureNoAuth:
		return o.contradiction("callers", "insecure-no-auth")
	case o.Callers != "" && o.AuthTokenFile != "":
		return o.contradiction("callers", "auth-token-file")
	case o.OAuthIssuer != "" && o.InsecureNoAuth:
		return o.contradiction("oauth-issuer", "insecure-no-auth")
	case o.OAuthIssuer != "" && len(o.OAuthAudiences) == 0:
		return usageError{
			fmt.Errorf("%s needs --oauth-audience: a token for another service must not be one for this server", o.from("oauth-issuer")), hint,
		}
	case len(o.OAuthAudiences) > 0 && o.OAuthIssuer == "":
		return usageError{fmt.Errorf("%s needs --oauth-issuer", o.from("oauth-audience")), hint}
	case len(o.AllowDirs) > 0:
		return usageError{
			fmt.Errorf("%s: local files are never readable over HTTP", o.from("allow-dir")),
			"leave --allow-dir out, also of the environment and the config file",
		}
	case o.WriteDir != "":
		return usageError{
			fmt.Errorf("%s: local files are never written over HTTP", o.from("write-dir")),
			"leave --write-dir out, also of the environment and the config file",
		}
	}
	return nil
}

func (o *options) contradiction(one, other string) error {
	return usageError{fmt.Errorf("%s and %s contradict each other", o.from(one), o.from(other)), "see ai-endpoints-mcp http --help"}
}

// authenticates reports whether callers must authenticate.
func (o *options) authenticates() bool {
	return o.AuthTokenFile != "" || o.Callers != "" || o.OAuthIssuer != ""
}

// serveHTTP serves until the process is told to stop.
func (p *program) serveHTTP(ctx context.Context, _ []string) error {
	o := &p.options
	if err := o.checkHTTP(); err != nil {
		return err
	}
	address, err := o.address()
	if err != nil {
		return err
	}
	a, err := newApp(p, appOptions{tools: o.Tools, remoteCallers: true, withMetrics: o.MetricsAddr != "", withTraces: true})
	if err != nil {
		return err
	}
	defer a.Close()
	auditLog, closeAudit := o.openAudit(a.log)
	defer closeAudit()
	endpoint, err := o.endpoint(a, auditLog)
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
	stopMetrics, err := o.serveMetrics(ctx, a)
	if err != nil {
		_ = listener.Close()
		return err
	}
	defer stopMetrics()
	o.logStart(a, address, listener.Addr().String())
	return endpoint.Serve(ctx, listener)
}

// address is where to listen. An address that other machines reach needs tokens,
// or --insecure-no-auth.
func (o *options) address() (httpd.Address, error) {
	address, err := httpd.ParseAddress(o.Listen)
	if err != nil {
		return address, usageError{fmt.Errorf("%s: %w", o.from("listen"), err), "give an address such as 127.0.0.1:8080"}
	}
	if !address.IsLocal() && !o.authenticates() && !o.InsecureNoAuth {
		return address, usageError{
			fmt.Errorf("%s %s can be reached by others, who could spend your key", o.from("listen"), o.Listen),
			"name a file of tokens with --auth-token-file or of callers with --callers, an OAuth issuer with --oauth-issuer, " +
				"or let everyone in with --insecure-no-auth",
		}
	}
	return address, nil
}

func (o *options) endpoint(a *app, auditLog *audit.Log) (*httpd.Endpoint, error) {
	settings := httpd.Options{
		Logger: a.log, Metrics: a.metrics, Audit: auditLog,
		Path: o.Path, NoPage: o.NoPage, AllowHosts: o.AllowHosts, AllowOrigins: o.AllowOrigins,
		Memory: a.memory, Shared: a.shared, TokenRate: o.TokenRate, MaxConcurrent: o.MaxConcurrent, DrainTimeout: o.DrainTimeout,
		Ready: func(ctx context.Context) error { return catalogUsable(ctx, a.provider) },
	}
	var err error
	if settings.Callers, err = o.openCallers(a.log); err != nil {
		return nil, err
	}
	if settings.OAuth, err = o.oauth(a); err != nil {
		return nil, err
	}
	if o.TLSCert != "" {
		if settings.Certificate, err = httpd.OpenCertificate(o.TLSCert, o.TLSKey, a.log); err != nil {
			return nil, usageError{err, "check --tls-cert and --tls-key"}
		}
	}
	endpoint, err := httpd.New(a.server, settings)
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

func (o *options) logStart(a *app, address httpd.Address, listening string) {
	if !address.IsLocal() && o.InsecureNoAuth {
		a.log.Warn("INSECURE: --insecure-no-auth lets everyone who reaches this address use the server and spend its key", "address", listening)
	}
	if !address.IsLocal() && o.authenticates() && o.TLSCert == "" {
		a.log.Warn("tokens are sent in clear text: put a TLS proxy before the server, or set --tls-cert and --tls-key")
	}
	a.log.Info("serving MCP over HTTP", "address", listening, "path", o.Path, "tls", o.TLSCert != "", "tokens", o.authenticates())
}

// serveMetrics serves the metrics, if an address is set, until stop is called.
func (o *options) serveMetrics(ctx context.Context, a *app) (stop func(), err error) {
	if o.MetricsAddr == "" {
		return func() {}, nil
	}
	address, err := httpd.ParseAddress(o.MetricsAddr)
	if err != nil {
		return nil, usageError{fmt.Errorf("%s: %w", o.from("metrics-addr"), err), "give an address such as 127.0.0.1:9464"}
	}
	listener, err := address.Listen()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", o.from("metrics-addr"), err)
	}
	listening := listener.Addr().String()
	if !address.IsLocal() {
		a.log.Warn("metrics can be read by everyone who reaches their address", "address", listening)
	}
	a.log.Info("serving metrics", "address", listening)
	return a.metrics.Serve(ctx, listener, a.log), nil
}
