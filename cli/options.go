package cli

import (
	"net/http"
	"slices"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/media"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd/oauth"
)

// options are the settings of the program. A new one is a field here and a row in
// [options.table], from which its flag, its variable, its key of the config file, its
// checks and its documentation come.
type options struct {
	Sandbox         bool
	BaseURL         string
	CatalogURL      string
	Headers         http.Header
	APIKeyFile      string
	Config          string
	CacheDir        string
	NoVectorCache   bool
	AllowDirs       []string
	AllowImageHosts []string
	AllowImageHTTP  bool
	Timeout         time.Duration
	MaxWait         time.Duration
	IdleTimeout     time.Duration
	MaxInFlight     int
	MemoryLimit     int64 // bytes; 0 is the default
	RateLimit       provider.RateLimit
	MaxCost         float64 // EUR a day; 0 is no limit
	CatalogTTL      time.Duration
	LogLevel        string
	LogFormat       string

	Tools    []string
	WriteDir string

	Listen         string
	Path           string
	NoPage         bool
	AllowHosts     []string
	AllowOrigins   []string
	TLSCert        string
	TLSKey         string
	AuthTokenFile  string
	Callers        string // file of callers with their rules
	AuditDir       string
	AuditDays      int
	OAuthIssuer    string
	OAuthAudiences []string
	OAuthClaim     string
	InsecureNoAuth bool
	TokenRate      int
	MaxConcurrent  int
	DrainTimeout   time.Duration
	RedisURL       string // may hold a password
	RedisCA        string
	MetricsAddr    string

	origins    map[string]origin // where values came from; absent is the default
	unexpanded []string          // variables that hold a reference which the host did not resolve
}

// table has a row for each option, in the order of the help.
func (o *options) table() []option {
	return slices.Concat(o.commonTable(), o.servingTable(), o.httpTable())
}

func (o *options) commonTable() []option {
	return []option{
		{name: "sandbox", value: toggle(&o.Sandbox),
			help: "Answer from a built-in emulator: no network, no key, no throttling."},
		{name: "base-url", variable: "AI_ENDPOINTS_BASE_URL", placeholder: "URL", value: httpURL(&o.BaseURL, provider.DefaultBaseURL),
			help: "OpenAI-compatible API."},
		{name: "catalog-url", variable: "AI_ENDPOINTS_CATALOG_URL", placeholder: "URL",
			value: httpURL(&o.CatalogURL, provider.DefaultCatalogURL),
			help:  "Catalogue of models."},
		{name: "header", variable: "AI_ENDPOINTS_HEADERS", placeholder: "HEADER", value: header(&o.Headers),
			help: "Name: value to send with each request to the API, for a gateway before it; repeatable, in the variable one a line."},
		{name: "api-key-file", placeholder: "FILE", value: filePath(&o.APIKeyFile),
			help: "File that holds the API key; default is the key in a variable, see above."},
		{name: "config", variable: "AI_ENDPOINTS_CONFIG", placeholder: "FILE", value: filePath(&o.Config),
			help: "Config file; default ai-endpoints-mcp/config.yaml in the user's config folder, if there."},
		{name: "cache-dir", variable: "AI_ENDPOINTS_CACHE_DIR", placeholder: "DIR", value: filePath(&o.CacheDir),
			help: "Folder of the disk cache and of the day's spending; default ai-endpoints-mcp in the user's cache folder."},
		{name: "no-vector-cache", variable: "AI_ENDPOINTS_NO_VECTOR_CACHE", value: toggle(&o.NoVectorCache),
			help: "Do not keep the vectors of files below --cache-dir, where a second search of them needs only its query."},
		{name: "allow-dir", variable: "AI_ENDPOINTS_ALLOW_DIRS", placeholder: "DIR", value: paths(&o.AllowDirs),
			help: "Folder below which images and files may be read; repeatable; default none."},
		{name: "allow-image-host", variable: "AI_ENDPOINTS_ALLOW_IMAGE_HOSTS", placeholder: "HOST",
			value: list(&o.AllowImageHosts, "give a host name without scheme, port and path", media.IsHost),
			help:  "Host whose images may be fetched although its address is private; repeatable."},
		{name: "allow-image-http", variable: "AI_ENDPOINTS_ALLOW_IMAGE_HTTP", value: toggle(&o.AllowImageHTTP),
			help: "Fetch images from http URLs too, not only from https ones."},
		{name: "timeout", variable: "AI_ENDPOINTS_TIMEOUT", placeholder: "DURATION",
			value: duration(&o.Timeout, provider.DefaultTimeout, moreThanZero),
			help:  "Deadline of a call."},
		{name: "max-wait", variable: "AI_ENDPOINTS_MAX_WAIT", placeholder: "DURATION", value: duration(&o.MaxWait, 45*time.Second, notNegative),
			help: "Maximum total wait for rate limits and retries, per call."},
		{name: "idle-timeout", variable: "AI_ENDPOINTS_IDLE_TIMEOUT", placeholder: "DURATION",
			value: duration(&o.IdleTimeout, time.Minute, notNegative),
			help:  "Maximum silence within a streamed answer; 0 is up to the deadline."},
		{name: "max-in-flight", variable: "AI_ENDPOINTS_MAX_IN_FLIGHT", placeholder: "N", value: wholeNumber(&o.MaxInFlight, 1024, 0),
			help: "Maximum concurrent requests to models, the others queue; 0 is no limit."},
		{name: "rate-limit", variable: "AI_ENDPOINTS_RATE_LIMIT", placeholder: "LIMIT", value: rateLimit(&o.RateLimit),
			help: "Requests a minute to each model: auto takes the catalogue's figures, off has no limit, or a number."},
		{name: "max-cost", variable: "AI_ENDPOINTS_MAX_COST", placeholder: "EUR", value: euros(&o.MaxCost),
			help: "Budget of a day, from midnight UTC; calls that would exceed it are refused. Default none."},
		{name: "catalog-ttl", variable: "AI_ENDPOINTS_CATALOG_TTL", placeholder: "DURATION",
			value: duration(&o.CatalogTTL, time.Hour, moreThanZero),
			help:  "How long the catalogue counts as fresh."},
		{name: "log-level", variable: "AI_ENDPOINTS_LOG_LEVEL", placeholder: "LEVEL",
			value: oneOf(&o.LogLevel, "debug", "info", "warn", "error"),
			help:  "debug, info, warn or error; default info for stdio, http and emulator, warn for the other commands."},
		{name: "log-format", variable: "AI_ENDPOINTS_LOG_FORMAT", placeholder: "FORMAT", value: oneOf(&o.LogFormat, "text", "json"),
			help: "text (default) or json; logs go to stderr."},

		{name: "tools", scope: offersTools, variable: "AI_ENDPOINTS_TOOLS", placeholder: "NAME", value: toolList(&o.Tools),
			help: "Tools to offer, core for the first five, or all (default); repeatable."},
		{name: "write-dir", scope: offersTools, variable: "AI_ENDPOINTS_WRITE_DIR", placeholder: "DIR", value: filePath(&o.WriteDir),
			help: "Folder below which save_to may write new files; default none."},
		{name: "memory-limit", scope: offersTools, variable: "AI_ENDPOINTS_MEMORY_LIMIT", placeholder: "SIZE",
			value: size(&o.MemoryLimit, leastMemory),
			help:  "Memory for requests, images and answers in work; the rest queues. Default 512MiB, or 40 % of a container's limit."},
	}
}

func (o *options) servingTable() []option {
	return []option{
		{name: "drain-timeout", scope: serves, variable: "AI_ENDPOINTS_DRAIN_TIMEOUT", placeholder: "DURATION",
			value: duration(&o.DrainTimeout, httpd.DefaultDrainTimeout, moreThanZero),
			help:  "Time for calls in flight once stdin ends, or an HTTP server is told to stop."},
		{name: "redis-url", scope: serves, variable: "AI_ENDPOINTS_REDIS_URL", placeholder: "URL", value: redisURL(&o.RedisURL),
			help: "Redis or Valkey on which servers share rate limits, budgets and cooldowns: redis://, rediss:// or unix://; default none."},
		{name: "redis-ca", scope: serves, variable: "AI_ENDPOINTS_REDIS_CA", placeholder: "FILE", value: filePath(&o.RedisCA),
			help: "PEM file of the authorities that sign the certificate of a rediss:// server; default the system's."},
	}
}

func (o *options) httpTable() []option {
	return []option{
		{name: "listen", scope: servesHTTP, variable: "AI_ENDPOINTS_LISTEN", placeholder: "ADDRESS",
			value: freeText(&o.Listen, "127.0.0.1:8080"),
			help:  "host:port, unix:/path of a socket, to which only its owner can connect, or systemd: for the socket that systemd passes."},
		{name: "path", scope: servesHTTP, variable: "AI_ENDPOINTS_PATH", placeholder: "PATH", value: endpointPath(&o.Path),
			help: "Path of the MCP endpoint."},
		{name: "no-page", scope: servesHTTP, variable: "AI_ENDPOINTS_NO_PAGE", value: toggle(&o.NoPage),
			help: "Serve no page at /, which shows the models to those who may call."},
		{name: "allow-host", scope: servesHTTP, variable: "AI_ENDPOINTS_ALLOW_HOSTS", placeholder: "HOST",
			value: list(&o.AllowHosts, "give a host name such as mcp.example.com", httpd.IsHost),
			help:  "Host name by which clients may address the server; repeatable. Its IP addresses and localhost always work."},
		{name: "allow-origin", scope: servesHTTP, variable: "AI_ENDPOINTS_ALLOW_ORIGINS", placeholder: "ORIGIN",
			value: list(&o.AllowOrigins, "give an origin such as https://chat.example.com", httpd.IsOrigin),
			help:  "Origin of web pages that may use the server, as in https://chat.example.com; repeatable."},
		{name: "tls-cert", scope: servesHTTP, variable: "AI_ENDPOINTS_TLS_CERT", placeholder: "FILE", value: filePath(&o.TLSCert),
			help: "PEM file of the TLS certificate and its chain; reloaded when it changes."},
		{name: "tls-key", scope: servesHTTP, variable: "AI_ENDPOINTS_TLS_KEY", placeholder: "FILE", value: filePath(&o.TLSKey),
			help: "PEM file of the certificate's key."},
		{name: "auth-token-file", scope: servesHTTP, variable: "AI_ENDPOINTS_AUTH_TOKEN_FILE", placeholder: "FILE",
			value: filePath(&o.AuthTokenFile),
			help:  "File of the callers' tokens, a line each: name: token, or name: sha256:HEX; reloaded when it changes."},
		{name: "callers", scope: servesHTTP, variable: "AI_ENDPOINTS_CALLERS", placeholder: "FILE", value: filePath(&o.Callers),
			help: "YAML file of the callers with their rules, in place of --auth-token-file; reloaded when it changes."},
		{name: "audit-dir", scope: servesHTTP, variable: "AI_ENDPOINTS_AUDIT_DIR", placeholder: "DIR", value: filePath(&o.AuditDir),
			help: "Folder of the audit log, a line of JSON a call and a file a day; default audit below --cache-dir with --callers or OAuth."},
		{name: "audit-days", scope: servesHTTP, variable: "AI_ENDPOINTS_AUDIT_DAYS", placeholder: "N", value: wholeNumber(&o.AuditDays, 31, 0),
			help: "Days for which the audit log is kept; 0 keeps all."},
		{name: "oauth-issuer", scope: servesHTTP, variable: "AI_ENDPOINTS_OAUTH_ISSUER", placeholder: "URL", value: oauthIssuer(&o.OAuthIssuer),
			help: "Accept the access tokens of this OpenID or OAuth issuer, besides those of files; written as it calls itself."},
		{name: "oauth-audience", scope: servesHTTP, variable: "AI_ENDPOINTS_OAUTH_AUDIENCES", placeholder: "NAME",
			value: list(&o.OAuthAudiences, "give a URL or a name without blanks and quotes", oauth.IsAudience),
			help:  "Whom the issuer's tokens must be for: the URL of the MCP endpoint, or its name at the issuer; repeatable."},
		{name: "oauth-caller-claim", scope: servesHTTP, variable: "AI_ENDPOINTS_OAUTH_CALLER_CLAIM", placeholder: "NAME",
			value: freeText(&o.OAuthClaim, oauth.DefaultCallerClaim),
			help:  "Claim that names the caller: a text, or a list of which the first one in --callers counts."},
		{name: "insecure-no-auth", scope: servesHTTP, variable: "AI_ENDPOINTS_INSECURE_NO_AUTH", value: toggle(&o.InsecureNoAuth),
			help: "Let everyone in who reaches an address that is not loopback."},
		{name: "token-rate", scope: servesHTTP, variable: "AI_ENDPOINTS_TOKEN_RATE", placeholder: "N", value: wholeNumber(&o.TokenRate, 600, 0),
			help: "Requests a minute with each token, up to 100 of them at once; 0 is no limit."},
		{name: "max-concurrent", scope: servesHTTP, variable: "AI_ENDPOINTS_MAX_CONCURRENT", placeholder: "N",
			value: wholeNumber(&o.MaxConcurrent, httpd.DefaultMaxConcurrent, 1),
			help:  "Maximum concurrent requests of callers."},
		{name: "metrics-addr", scope: servesHTTP, variable: "AI_ENDPOINTS_METRICS_ADDR", placeholder: "ADDRESS",
			value: freeText(&o.MetricsAddr, ""),
			help:  "host:port, or unix:/path of a socket for its owner, where Prometheus reads /metrics; default none."},
	}
}
