package provider

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/limit"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/shared"
)

// Options configures a [Provider]. Zero values work: the real service,
// anonymously.
type Options struct {
	BaseURL    string // "" is DefaultBaseURL
	CatalogURL string // "" is DefaultCatalogURL, with the default base URL's host; another host then has no catalogue
	APIKey     string // "" is the anonymous free tier: no Authorization header goes out

	HTTPClient *http.Client // nil is one for long streams and many calls
	Logger     *slog.Logger // nil discards
	Version    string       // of this program, for the User-Agent

	Timeout     time.Duration // a call's deadline; 0 is DefaultTimeout
	IdleTimeout time.Duration // the longest silence within an answer that has begun; 0 is no limit
	MaxWait     time.Duration // the most that a call waits in all, for rate limits and before retries; 0 disables both
	RateLimit   RateLimit     // 0 is no limit
	MaxInFlight int           // requests to models at once; 0 is no cap
	Memory      limit.Memory  // for images and vectors in work; the zero value is no limit
	CatalogTTL  time.Duration // 0 is catalog.DefaultTTL
	// CacheDir is the folder of the catalogue's disk cache, of the day's spending and of
	// audio that is downloaded; "" keeps the first two in memory.
	CacheDir string
	// VectorFolder keeps the vectors of passages of files, so that they are asked for once;
	// "" keeps none.
	VectorFolder string
	MaxCost      float64 // EUR a day; a call that might pass it is refused; 0 is no limit
	// Shared is the state that replicas have in common: rate limits, budgets and cooldowns are
	// then those of all. The caller closes it after the provider. nil is this process alone.
	Shared *shared.Store

	NoLocalFiles    bool     // refuse paths, and say that files are never read and written; for callers on other machines
	AllowDirs       []string // folders below which images and files may be read; without one no local file is read
	WriteDir        string   // folder below which results may be saved; "" saves none
	AllowImageHosts []string // hosts whose images may come from any address, private ones too
	AllowImageHTTP  bool     // take images from http URLs too

	// AnonymousBatches says that the service takes batches without a key, as the emulator may.
	AnonymousBatches bool

	Headers  http.Header           // sent with each request to the base URL, never logged; see [ParseHeader]
	Models   map[string]NamedModel // usable wherever a model id is
	Defaults Defaults

	// OnAttempt is called when a request goes out to a model; what it returns is
	// called once that has ended. It must be safe for concurrent use; a panic in it is
	// logged and fails no call. nil disables it.
	OnAttempt func(ctx context.Context, operation Operation, model string) (ended func(Attempt))
}

// NamedModel is a model with a name in the configuration. Its settings apply where
// a call has none of its own.
type NamedModel struct {
	Model       string // an id, an alias or a query
	Temperature *float64
	MaxTokens   *int
	// Fallback are models to ask in turn when Model fails, or failed within the
	// last minute: for chats, images, extraction and transcriptions. Embeddings have
	// none, because vectors of different models do not compare.
	Fallback []string
}

// Defaults are the models of calls that name no model; "" is the built-in default.
type Defaults struct {
	Chat    string
	Vision  string // of chats with images
	Extract string
	Embed   string
	Speech  string // of transcriptions
}

// The built-in defaults. Most are queries, so that they never go stale; embed is an id,
// because vectors of different models do not compare.
const (
	DefaultChatModel    = "text_generation@biggest?input_cost<0.2"
	DefaultExtractModel = DefaultChatModel
	DefaultVisionModel  = "multimodal@cheapest"
	DefaultEmbedModel   = "bge-m3"
	DefaultSpeechModel  = "speech_to_text@cheapest"
)
