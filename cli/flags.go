package cli

import (
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/lmittmann/tint"
	"golang.org/x/term"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/telemetry"
)

// flags are those of every command. A value comes from the flag, then the
// environment, then the config file, then the default.
type flags struct {
	Sandbox     bool          `help:"Answer from a built-in emulator: no network, no key, no throttling."`
	BaseURL     string        `name:"base-url" env:"AI_ENDPOINTS_BASE_URL" placeholder:"URL" default:"${base_url}" help:"OpenAI-compatible API; default ${default}."`
	CatalogURL  string        `name:"catalog-url" env:"AI_ENDPOINTS_CATALOG_URL" placeholder:"URL" default:"${catalog_url}" help:"Catalogue of models; default ${default}."`
	APIKeyFile  string        `name:"api-key-file" placeholder:"FILE" help:"File that holds the API key."`
	Config      string        `env:"AI_ENDPOINTS_CONFIG" placeholder:"FILE" help:"Config file; default ai-endpoints-mcp/config.yaml in the user's config folder, if there."`
	CacheDir    string        `name:"cache-dir" env:"AI_ENDPOINTS_CACHE_DIR" placeholder:"DIR" help:"Folder of the catalogue's disk cache and of the day's spending; default ai-endpoints-mcp in the user's cache folder."`
	AllowDirs   []string      `name:"allow-dir" env:"AI_ENDPOINTS_ALLOW_DIRS" sep:"none" placeholder:"DIR" help:"Folder below which pictures may be read; repeatable; default none."`
	ImageHosts  []string      `name:"allow-image-host" env:"AI_ENDPOINTS_ALLOW_IMAGE_HOSTS" placeholder:"HOST" help:"Host whose pictures may be fetched although its address is private."`
	ImageHTTP   bool          `name:"allow-image-http" env:"AI_ENDPOINTS_ALLOW_IMAGE_HTTP" help:"Fetch pictures from http URLs too, not only from https ones."`
	Timeout     time.Duration `env:"AI_ENDPOINTS_TIMEOUT" placeholder:"DURATION" default:"5m" help:"Deadline of a call; default ${default}."`
	MaxWait     time.Duration `name:"max-wait" env:"AI_ENDPOINTS_MAX_WAIT" placeholder:"DURATION" default:"45s" help:"What a call may wait in all for a rate limit and before it tries again; default ${default}."`
	IdleTimeout time.Duration `name:"idle-timeout" env:"AI_ENDPOINTS_IDLE_TIMEOUT" placeholder:"DURATION" default:"60s" help:"How long an answer that has begun may bring nothing; 0 is up to the deadline; default ${default}."`
	MaxInFlight int           `name:"max-in-flight" env:"AI_ENDPOINTS_MAX_IN_FLIGHT" placeholder:"N" default:"1024" help:"Requests to models at once, the others queue; 0 is no cap; default ${default}."`
	RateLimit   string        `name:"rate-limit" env:"AI_ENDPOINTS_RATE_LIMIT" placeholder:"LIMIT" default:"auto" help:"Requests a minute to each model: auto (default) takes the catalogue's figures, off has none."`
	MaxCost     *float64      `name:"max-cost" env:"AI_ENDPOINTS_MAX_COST" placeholder:"EUR" help:"Budget of a day, from midnight UTC; calls that would pass it are refused. Default none."`
	CatalogTTL  time.Duration `name:"catalog-ttl" env:"AI_ENDPOINTS_CATALOG_TTL" placeholder:"DURATION" default:"1h" help:"How long the catalogue counts as fresh; default ${default}."`
	LogLevel    string        `env:"AI_ENDPOINTS_LOG_LEVEL" enum:"debug,info,warn,error" default:"info" placeholder:"LEVEL" help:"debug, info (default), warn or error."`
	LogFormat   string        `env:"AI_ENDPOINTS_LOG_FORMAT" placeholder:"FORMAT" enum:"text,json" default:"text" help:"text (default) or json; logs go to stderr."`
}

// toolFlags are those of the commands that offer tools.
type toolFlags struct {
	Tools []string `env:"AI_ENDPOINTS_TOOLS" placeholder:"NAME" help:"Tools to offer; default all."`
}

// Validate refuses what no run could use.
func (f *flags) Validate() error {
	if f.Timeout <= 0 {
		return fmt.Errorf("--timeout is %s; it must be more than 0", f.Timeout)
	}
	if f.MaxWait < 0 {
		return fmt.Errorf("--max-wait is %s; it must not be negative", f.MaxWait)
	}
	if f.IdleTimeout < 0 {
		return fmt.Errorf("--idle-timeout is %s; it must not be negative", f.IdleTimeout)
	}
	if f.MaxInFlight < 0 {
		return fmt.Errorf("--max-in-flight is %d; it must not be negative", f.MaxInFlight)
	}
	if _, err := f.rateLimit(); err != nil {
		return err
	}
	if f.MaxCost != nil && !(*f.MaxCost > 0 && *f.MaxCost <= provider.MaxBudget) { // NaN is neither
		return fmt.Errorf("--max-cost is %v; more than 0 and at most %d EUR is allowed", *f.MaxCost, provider.MaxBudget)
	}
	if f.CatalogTTL <= 0 {
		return fmt.Errorf("--catalog-ttl is %s; it must be more than 0", f.CatalogTTL)
	}
	return nil
}

// app is what the commands run on.
type app struct {
	provider *provider.Provider
	server   *server.Server
	log      *slog.Logger
	version  string
	metrics  *telemetry.Metrics // nil is off
	traces   *telemetry.Traces  // nil is off
	close    []func()
}

func (a *app) Close() {
	for _, closeOne := range a.close {
		closeOne()
	}
}

// adjustment is what a command changes of the usual wiring.
type adjustment func(*app, *provider.Options) error

// newApp wires provider and server. Nothing is contacted yet.
func newApp(f *flags, offered toolFlags, settings *config, std streams, adjust ...adjustment) (*app, error) {
	a := &app{log: f.logger(std.err), version: std.version}
	options := f.providerOptions(settings, a.log, std.version)
	upstream := f.useService
	if f.Sandbox {
		upstream = useSandbox
	}
	for _, change := range append([]adjustment{upstream}, adjust...) {
		if err := change(a, &options); err != nil {
			a.Close()
			return nil, err
		}
	}
	options.OnAttempt = telemetry.OnAttempt(a.metrics, a.traces)
	p, err := provider.New(options)
	if err != nil {
		a.Close()
		return nil, usageError{err, providerHint(err)}
	}
	a.provider = p
	a.close = append([]func(){p.Close}, a.close...)
	a.server, err = server.New(p, server.Options{Version: std.version, Tools: offered.Tools, Logger: a.log, Metrics: a.metrics, Traces: a.traces})
	if err != nil {
		a.Close()
		return nil, usageError{err, "see --tools"}
	}
	return a, nil
}

func (f *flags) providerOptions(settings *config, log *slog.Logger, version string) provider.Options {
	o := provider.Options{
		BaseURL: f.BaseURL, CatalogURL: f.CatalogURL, Logger: log, Version: version,
		Timeout: f.Timeout, IdleTimeout: f.IdleTimeout, MaxWait: f.MaxWait, MaxInFlight: f.MaxInFlight, CatalogTTL: f.CatalogTTL,
		AllowDirs: f.allowedDirs(), AllowImageHosts: f.ImageHosts, AllowImageHTTP: f.ImageHTTP,
		Models: settings.namedModels(), Defaults: settings.defaults(),
	}
	if f.MaxCost != nil {
		o.MaxCost = *f.MaxCost
	}
	return o
}

// useService asks the configured URLs.
func (f *flags) useService(a *app, o *provider.Options) error {
	if o.CacheDir = f.cacheDir(); o.CacheDir == "" && o.MaxCost > 0 {
		a.log.Warn("there is no cache folder, so a restart forgets the day's spending; name one with --cache-dir")
	}
	o.RateLimit, _ = f.rateLimit() // Validate has seen it
	return readKey(f.APIKeyFile, &o.APIKey)
}

// useSandbox asks the built-in emulator, which has no limits and needs no key.
func useSandbox(a *app, o *provider.Options) error {
	upstream, err := emulator.New(emulator.Options{}).Start()
	if err != nil {
		return fmt.Errorf("starting the sandbox: %w", err)
	}
	a.close = append(a.close, func() { _ = upstream.Close() })
	o.BaseURL, o.CatalogURL = upstream.BaseURL, upstream.CatalogURL
	a.log.Info("sandbox: answers come from the built-in emulator, no model is asked")
	return nil
}

// rateLimit reads auto, off or a number.
func (f *flags) rateLimit() (provider.RateLimit, error) {
	switch f.RateLimit {
	case "auto":
		return provider.AutoRateLimit, nil
	case "off":
		return provider.NoRateLimit, nil
	}
	perMinute, err := strconv.Atoi(f.RateLimit)
	if err != nil || perMinute < 1 {
		return 0, fmt.Errorf("--rate-limit is %q; auto, off and whole numbers from 1 are allowed", f.RateLimit)
	}
	return provider.RateLimit(perMinute), nil
}

// allowedDirs gives the folders; in the environment the system's path-list
// separator stands between them.
func (f *flags) allowedDirs() []string {
	if len(f.AllowDirs) == 1 && f.AllowDirs[0] == os.Getenv("AI_ENDPOINTS_ALLOW_DIRS") {
		return filepath.SplitList(f.AllowDirs[0])
	}
	return f.AllowDirs
}

// cacheDir gives the folder of the disk cache, "" where there is no place for
// one, such as in a container without a home.
func (f *flags) cacheDir() string {
	if f.CacheDir != "" {
		return f.CacheDir
	}
	folder, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(folder, "ai-endpoints-mcp")
}

func (f *flags) logger(w io.Writer) *slog.Logger {
	level := map[string]slog.Level{"debug": slog.LevelDebug, "warn": slog.LevelWarn, "error": slog.LevelError}[f.LogLevel]
	if f.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level}))
	}
	return slog.New(tint.NewTextHandler(w, &tint.Options{Level: level, TimeFormat: time.TimeOnly, NoColor: os.Getenv("NO_COLOR") != "" || !isTerminal(w)}))
}

// quiet drops the lines that tell of normal work, for commands whose answer is
// what matters.
func (f *flags) quiet() {
	if f.LogLevel == "info" {
		f.LogLevel = "warn"
	}
}

func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// keyFromEnvironment gives the API key: OVHcloud's guides use the first
// variable, other clients of the service the second.
func keyFromEnvironment() string {
	for _, name := range []string{"OVH_AI_ENDPOINTS_ACCESS_TOKEN", "OVHCLOUD_API_KEY"} {
		if key := strings.TrimSpace(os.Getenv(name)); key != "" {
			return key
		}
	}
	return ""
}

// readKey puts the API key into key: of the file when one is named, else of the
// environment.
func readKey(file string, key *string) error {
	if file == "" {
		*key = keyFromEnvironment()
		return nil
	}
	content, err := os.ReadFile(file)
	if err != nil {
		return usageError{fmt.Errorf("reading the API key: %w", err), "check --api-key-file"}
	}
	if *key = strings.TrimSpace(string(content)); *key == "" {
		return usageError{fmt.Errorf("the API key file %s is empty", file), "put the key into it, or leave --api-key-file out for the free tier"}
	}
	return nil
}
