package cli

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/lmittmann/tint"
	"golang.org/x/term"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/budget"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/limit"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/shared"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd/callers"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/telemetry"
)

// app is what a command works with: the provider, and the server that offers its
// tools.
type app struct {
	provider *provider.Provider
	server   *server.Server
	log      *slog.Logger
	memory   limit.Memory
	shared   *shared.Store      // with other servers; nil shares nothing
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
	for _, variable := range p.options.unexpanded {
		a.log.Warn("the host did not expand the variable, which counts as not set", "variable", variable)
	}
	providerOptions := p.providerOptions(a.log)
	providerOptions.NoLocalFiles = o.remoteCallers
	a.memory = p.options.memory(o.remoteCallers && p.options.authenticates())
	providerOptions.Memory = a.memory
	if p.options.Sandbox {
		err = a.useSandbox(&providerOptions, p)
	} else {
		err = a.useService(&providerOptions, p)
	}
	if err != nil {
		return nil, err
	}
	if err = a.useRedis(p, providerOptions.BaseURL); err != nil {
		return nil, err
	}
	providerOptions.Shared = a.shared
	if err = a.observe(p.version, providerOptions.BaseURL, o); err != nil {
		return nil, err
	}
	providerOptions.OnAttempt = telemetry.OnAttempt(a.metrics, a.traces)
	if a.provider, err = provider.New(providerOptions); err != nil {
		return nil, p.options.providerError(err)
	}
	a.closers = append(a.closers, a.provider.Close)
	a.server, err = server.New(a.provider, server.Options{
		Version: p.version, Tools: callers.ExpandTools(o.tools, toolNames), Logger: a.log, Sandbox: p.options.Sandbox,
		Memory: a.memory, Metrics: a.metrics, Traces: a.traces,
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
	from := &p.options
	if _, given := from.origins["catalog-url"]; !given {
		from.CatalogURL = "" // the default describes the default base URL's host only
	}
	o := provider.Options{
		BaseURL: from.BaseURL, CatalogURL: from.CatalogURL, Headers: from.Headers, Logger: log, Version: p.version,
		Timeout: from.Timeout, IdleTimeout: from.IdleTimeout, MaxWait: from.MaxWait,
		MaxInFlight: from.MaxInFlight, CatalogTTL: from.CatalogTTL,
		AllowDirs: from.AllowDirs, WriteDir: from.WriteDir, AllowImageHosts: from.AllowImageHosts, AllowImageHTTP: from.AllowImageHTTP,
		MaxCost: from.MaxCost, Models: p.config.models, Defaults: p.config.defaults,
	}
	return o
}

// useService makes the configured URLs the upstream.
func (a *app) useService(o *provider.Options, p *program) (err error) {
	o.RateLimit = p.options.RateLimit
	if o.CacheDir = p.options.cacheDir(); o.CacheDir == "" && o.MaxCost > 0 {
		a.log.Warn("there is no cache folder, so a restart forgets the day's spending; name one with --cache-dir")
	}
	if o.CacheDir != "" && !p.options.NoVectorCache {
		o.VectorFolder = filepath.Join(o.CacheDir, "vectors")
	}
	key, err := p.options.findKey()
	key.logWarnings(a.log)
	if err != nil {
		return err
	}
	o.APIKey = key.text
	a.log.Info("settings", "key", key.from, "config", p.config.shown())
	if host := inClearTo(o.BaseURL); host != "" && o.APIKey != "" {
		a.log.Warn("the key is sent in clear text to another machine: use an https URL for --base-url", "host", host)
	}
	return nil
}

// useSandbox makes the built-in emulator the upstream. It has no limits and needs
// no key.
func (a *app) useSandbox(o *provider.Options, p *program) error {
	if err := p.options.checkSandbox(); err != nil {
		return err
	}
	upstream, err := emulator.New(emulator.Options{AnonymousBatches: true}).Start()
	if err != nil {
		return fmt.Errorf("starting the sandbox: %w", err)
	}
	a.closers = append(a.closers, func() { _ = upstream.Close() })
	o.BaseURL, o.CatalogURL, o.Headers = upstream.BaseURL, upstream.CatalogURL, nil
	o.AnonymousBatches = true
	a.log.Info("sandbox: answers come from the built-in emulator, no model is called", "config", p.config.shown())
	return nil
}

// checkSandbox refuses flags for another upstream than the sandbox.
func (o *options) checkSandbox() error {
	for _, name := range []string{"base-url", "catalog-url"} {
		if o.Sandbox && o.origins[name] == fromFlag(name) {
			return usageError{fmt.Errorf("--sandbox and --%s are both given", name), "leave one of them out: the sandbox answers by itself"}
		}
	}
	return nil
}

// observe sets up metrics, and traces if the usual OTEL_ variables name a
// collector.
func (a *app) observe(version, baseURL string, o appOptions) (err error) {
	if o.withMetrics {
		a.metrics = telemetry.NewMetrics(telemetry.MetricsOptions{
			Version: version,
			Catalog: func() *catalog.Catalog { return a.provider.KnownCatalog() },
			Budgets: func() []budget.CallerBudget { return a.provider.CallerBudgets() }, Shared: a.shared,
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

// providerError says what to do when no provider can be made.
func (o *options) providerError(err error) error {
	switch {
	case errors.Is(err, provider.ErrSpending):
		return usageError{err, "name another folder with --cache-dir, or repair or remove what is in the way"}
	case errors.Is(err, provider.ErrNoPrices):
		return usageError{fmt.Errorf("%s: %w", o.from("max-cost"), err), "leave it out, or name a catalogue with --catalog-url"}
	case errors.Is(err, provider.ErrFolder):
		return usageError{fmt.Errorf("%s: %w", o.from("allow-dir"), err), "name folders that exist and can be read"}
	case errors.Is(err, provider.ErrWriteFolder):
		return usageError{fmt.Errorf("%s: %w", o.from("write-dir"), err), "name a folder that exists and can be written"}
	default:
		return usageError{err, "check --base-url, --catalog-url and the key"}
	}
}

// logger writes to w; quiet drops the lines that tell of normal work, for commands
// whose answer is what matters, unless a level was asked for.
func (o *options) logger(w io.Writer, quiet bool) *slog.Logger {
	var level slog.Level
	switch o.LogLevel {
	case "debug":
		level = slog.LevelDebug
	case "warn":
		level = slog.LevelWarn
	case "error":
		level = slog.LevelError
	case "":
		if quiet {
			level = slog.LevelWarn
		}
	}
	if o.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level}))
	}
	return slog.New(tint.NewTextHandler(w, &tint.Options{
		Level: level, TimeFormat: time.TimeOnly, NoColor: os.Getenv("NO_COLOR") != "" || !isTerminal(w),
	}))
}

func isTerminal(stream any) bool {
	file := fileOf(stream)
	return file != nil && term.IsTerminal(int(file.Fd()))
}

// fileOf returns the file behind a stream of the program, or nil if there is no file.
func fileOf(stream any) *os.File {
	switch stream := stream.(type) {
	case *os.File:
		return stream
	case *output:
		return fileOf(stream.Writer)
	case *statusLine:
		return fileOf(stream.w)
	default:
		return nil
	}
}

// cacheDir returns the folder of the disk cache, "" where there is no place for one,
// such as in a container without a home.
func (o *options) cacheDir() string {
	if o.CacheDir != "" {
		return o.CacheDir
	}
	folder, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(folder, "ai-endpoints-mcp")
}
