package cli

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/telemetry"
)

// app is what a command works with: the provider, and the server that offers its
// tools.
type app struct {
	provider *provider.Provider
	server   *server.Server
	log      *slog.Logger
	metrics  *telemetry.Metrics // nil disables them
	traces   *telemetry.Traces  // nil disables them
	closers  []func()           // run last to first
}

// appOptions is what the commands' apps differ in.
type appOptions struct {
	tools         []string // to offer; nil offers all
	quiet         bool     // info messages are not logged
	remoteCallers bool     // callers must not read local files
	withMetrics   bool
	withTraces    bool
}

// newApp wires provider and server. It contacts nothing yet.
func newApp(p *program, o appOptions) (_ *app, err error) {
	a := &app{log: p.options.logger(p.err, o.quiet)}
	defer func() {
		if err != nil {
			a.Close()
		}
	}()
	providerOptions := p.providerOptions(a.log)
	providerOptions.NoLocalFiles = o.remoteCallers
	if p.options.Sandbox {
		err = a.useSandbox(&providerOptions)
	} else {
		err = a.useService(&providerOptions, p.options)
	}
	if err != nil {
		return nil, err
	}
	if err = a.observe(p.version, providerOptions.BaseURL, o); err != nil {
		return nil, err
	}
	providerOptions.OnAttempt = telemetry.OnAttempt(a.metrics, a.traces)
	if a.provider, err = provider.New(providerOptions); err != nil {
		return nil, usageError{err, providerHint(err)}
	}
	a.closers = append(a.closers, a.provider.Close)
	a.server, err = server.New(a.provider, server.Options{
		Version: p.version, Tools: o.tools, Logger: a.log, Metrics: a.metrics, Traces: a.traces,
	})
	if err != nil {
		return nil, usageError{err, "see --tools"}
	}
	return a, nil
}

func (a *app) Close() {
	for _, closeOne := range slices.Backward(a.closers) {
		closeOne()
	}
}

// providerOptions returns what the service and the sandbox have in common.
func (p *program) providerOptions(log *slog.Logger) provider.Options {
	from := p.options
	o := provider.Options{
		BaseURL: from.BaseURL, CatalogURL: from.CatalogURL, Logger: log, Version: p.version,
		Timeout: from.Timeout, IdleTimeout: from.IdleTimeout, MaxWait: from.MaxWait,
		MaxInFlight: from.MaxInFlight, CatalogTTL: from.CatalogTTL,
		AllowDirs: from.allowedDirs(), AllowImageHosts: from.ImageHosts, AllowImageHTTP: from.ImageHTTP,
		Models: p.config.namedModels(), Defaults: p.config.defaults(),
	}
	if from.MaxCost != nil {
		o.MaxCost = *from.MaxCost
	}
	return o
}

// useService makes the configured URLs the upstream.
func (a *app) useService(o *provider.Options, from *options) (err error) {
	if o.CacheDir = from.cacheDir(); o.CacheDir == "" && o.MaxCost > 0 {
		a.log.Warn("there is no cache folder, so a restart forgets the day's spending; name one with --cache-dir")
	}
	if o.RateLimit, err = from.rateLimit(); err != nil {
		return err
	}
	o.APIKey, err = from.apiKey()
	return err
}

// useSandbox makes the built-in emulator the upstream. It has no limits and needs
// no key.
func (a *app) useSandbox(o *provider.Options) error {
	upstream, err := emulator.New(emulator.Options{}).Start()
	if err != nil {
		return fmt.Errorf("starting the sandbox: %w", err)
	}
	a.closers = append(a.closers, func() { _ = upstream.Close() })
	o.BaseURL, o.CatalogURL = upstream.BaseURL, upstream.CatalogURL
	a.log.Info("sandbox: answers come from the built-in emulator, no model is called")
	return nil
}

// observe sets up metrics, and traces if the usual OTEL_ variables name a
// collector.
func (a *app) observe(version, baseURL string, o appOptions) (err error) {
	if o.withMetrics {
		a.metrics = telemetry.NewMetrics(telemetry.MetricsOptions{
			Version: version,
			Catalog: func() *catalog.Catalog { return a.provider.KnownCatalog() },
		})
	}
	if !o.withTraces {
		return nil
	}
	a.traces, err = telemetry.TracesFromEnvironment(telemetry.TracesOptions{Version: version, BaseURL: baseURL, Logger: a.log})
	if err != nil {
		return usageError{fmt.Errorf("traces: %w", err), "correct the variable, or set OTEL_SDK_DISABLED=true"}
	}
	a.closers = append(a.closers, a.traces.Close)
	return nil
}

// providerHint says what to do when no provider can be made.
func providerHint(err error) string {
	if errors.Is(err, provider.ErrSpending) {
		return "name another folder with --cache-dir, or repair or remove what is in the way"
	}
	return "check --base-url, --catalog-url, --allow-dir and the key"
}
