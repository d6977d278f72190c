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
)

// options are those of every command. A value comes from the flag, then the
// environment, then the config file, then the default.
type options struct {
	Sandbox     bool          `help:"Use the built-in emulator: no network, no key, no rate limits."`
	BaseURL     string        `name:"base-url" env:"AI_ENDPOINTS_BASE_URL" placeholder:"URL" default:"${base_url}" help:"Base URL of the OpenAI-compatible API; default ${default}."`
	CatalogURL  string        `name:"catalog-url" env:"AI_ENDPOINTS_CATALOG_URL" placeholder:"URL" default:"${catalog_url}" help:"URL of the catalogue of models; default ${default}."`
	APIKeyFile  string        `name:"api-key-file" placeholder:"FILE" help:"File that holds the API key."`
	Config      string        `env:"AI_ENDPOINTS_CONFIG" placeholder:"FILE" help:"Config file; default ai-endpoints-mcp/config.yaml in the user's config folder, if it exists."`
	CacheDir    string        `name:"cache-dir" env:"AI_ENDPOINTS_CACHE_DIR" placeholder:"DIR" help:"Folder for the catalogue's disk cache and the day's spending; default ai-endpoints-mcp in the user's cache folder."`
	AllowDirs   []string      `name:"allow-dir" env:"AI_ENDPOINTS_ALLOW_DIRS" sep:"none" placeholder:"DIR" help:"Folder from which pictures may be read; repeatable; default none."`
	ImageHosts  []string      `name:"allow-image-host" env:"AI_ENDPOINTS_ALLOW_IMAGE_HOSTS" placeholder:"HOST" help:"Host whose pictures may be fetched even if its address is private; repeatable."`
	ImageHTTP   bool          `name:"allow-image-http" env:"AI_ENDPOINTS_ALLOW_IMAGE_HTTP" help:"Fetch pictures from http URLs too, not only from https."`
	Timeout     time.Duration `env:"AI_ENDPOINTS_TIMEOUT" placeholder:"DURATION" default:"5m" help:"Deadline of each call; default ${default}."`
	MaxWait     time.Duration `name:"max-wait" env:"AI_ENDPOINTS_MAX_WAIT" placeholder:"DURATION" default:"45s" help:"Maximum total wait for rate limits and retries, per call; default ${default}."`
	IdleTimeout time.Duration `name:"idle-timeout" env:"AI_ENDPOINTS_IDLE_TIMEOUT" placeholder:"DURATION" default:"60s" help:"Maximum silence within a streamed answer; 0 disables it; default ${default}."`
	MaxInFlight int           `name:"max-in-flight" env:"AI_ENDPOINTS_MAX_IN_FLIGHT" placeholder:"N" default:"1024" help:"Maximum number of requests to models at once, others queue; 0 is unlimited; default ${default}."`
	RateLimit   string        `name:"rate-limit" env:"AI_ENDPOINTS_RATE_LIMIT" placeholder:"LIMIT" default:"auto" help:"Requests per minute to each model: a number, auto (default: the catalogue's limits) or off."`
	MaxCost     *float64      `name:"max-cost" env:"AI_ENDPOINTS_MAX_COST" placeholder:"EUR" help:"Budget per day, from midnight UTC; calls that would exceed it are refused; default none."`
	CatalogTTL  time.Duration `name:"catalog-ttl" env:"AI_ENDPOINTS_CATALOG_TTL" placeholder:"DURATION" default:"1h" help:"How long a fetched catalogue stays fresh; default ${default}."`
	LogLevel    string        `env:"AI_ENDPOINTS_LOG_LEVEL" enum:"debug,info,warn,error" default:"info" placeholder:"LEVEL" help:"debug, info (default), warn or error."`
	LogFormat   string        `env:"AI_ENDPOINTS_LOG_FORMAT" placeholder:"FORMAT" enum:"text,json" default:"text" help:"text (default) or json; logs go to stderr."`
}

// toolOptions are those of the commands that offer tools.
type toolOptions struct {
	Tools []string `env:"AI_ENDPOINTS_TOOLS" placeholder:"NAME" help:"Tools to offer; default all."`
}

// Validate refuses values that no command can run with.
func (o *options) Validate() error {
	if o.Timeout <= 0 {
		return fmt.Errorf("--timeout is %s; it must be more than 0", o.Timeout)
	}
	if o.MaxWait < 0 {
		return fmt.Errorf("--max-wait is %s; it must not be negative", o.MaxWait)
	}
	if o.IdleTimeout < 0 {
		return fmt.Errorf("--idle-timeout is %s; it must not be negative", o.IdleTimeout)
	}
	if o.MaxInFlight < 0 {
		return fmt.Errorf("--max-in-flight is %d; it must not be negative", o.MaxInFlight)
	}
	if _, err := o.rateLimit(); err != nil {
		return err
	}
	if o.MaxCost != nil && !(*o.MaxCost > 0 && *o.MaxCost <= provider.MaxBudget) { // NaN is neither
		return fmt.Errorf("--max-cost is %v; more than 0 and at most %d EUR is allowed", *o.MaxCost, provider.MaxBudget)
	}
	if o.CatalogTTL <= 0 {
		return fmt.Errorf("--catalog-ttl is %s; it must be more than 0", o.CatalogTTL)
	}
	return nil
}

// rateLimit reads auto, off or a number.
func (o *options) rateLimit() (provider.RateLimit, error) {
	switch o.RateLimit {
	case "auto":
		return provider.AutoRateLimit, nil
	case "off":
		return provider.NoRateLimit, nil
	}
	perMinute, err := strconv.Atoi(o.RateLimit)
	if err != nil || perMinute < 1 {
		return 0, fmt.Errorf("--rate-limit is %q; auto, off and whole numbers from 1 are allowed", o.RateLimit)
	}
	return provider.RateLimit(perMinute), nil
}

// allowedDirs returns the folders. The environment has them in one value, joined
// by the system's path-list separator.
func (o *options) allowedDirs() []string {
	if len(o.AllowDirs) == 1 && o.AllowDirs[0] == os.Getenv("AI_ENDPOINTS_ALLOW_DIRS") {
		return filepath.SplitList(o.AllowDirs[0])
	}
	return o.AllowDirs
}

// cacheDir returns the folder of the disk cache, "" if there is no place for one,
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

// logger returns the configured logger. Quiet commands, whose answer is what
// matters, do not log at level info.
func (o *options) logger(w io.Writer, quiet bool) *slog.Logger {
	level := map[string]slog.Level{"debug": slog.LevelDebug, "warn": slog.LevelWarn, "error": slog.LevelError}[o.LogLevel]
	if quiet && level == slog.LevelInfo {
		level = slog.LevelWarn
	}
	if o.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{Level: level}))
	}
	noColor := os.Getenv("NO_COLOR") != "" || !isTerminal(w)
	return slog.New(tint.NewTextHandler(w, &tint.Options{Level: level, TimeFormat: time.TimeOnly, NoColor: noColor}))
}

func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// apiKey returns the API key from the named file, or else from the environment.
func (o *options) apiKey() (string, error) {
	if o.APIKeyFile == "" {
		return keyFromEnvironment(), nil
	}
	content, err := os.ReadFile(o.APIKeyFile)
	if err != nil {
		return "", usageError{fmt.Errorf("reading the API key: %w", err), "check --api-key-file"}
	}
	key := strings.TrimSpace(string(content))
	if key == "" {
		return "", usageError{
			fmt.Errorf("the API key file %s is empty", o.APIKeyFile),
			"put the key into it, or leave --api-key-file out for the free tier",
		}
	}
	return key, nil
}

// keyFromEnvironment returns the API key, "" if there is none. OVHcloud's guides
// use the first variable, other clients of the service the second.
func keyFromEnvironment() string {
	for _, name := range []string{"OVH_AI_ENDPOINTS_ACCESS_TOKEN", "OVHCLOUD_API_KEY"} {
		if key := strings.TrimSpace(os.Getenv(name)); key != "" {
			return key
		}
	}
	return ""
}
