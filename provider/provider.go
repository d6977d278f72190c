// Package provider is the one client of AI Endpoints: chat completions,
// embeddings, extraction and transcription. Every request to the service goes through it.
//
// It makes the service's quirks harmless: messages are coalesced into the shape
// that every model accepts, an answer without text is never a silent success, and
// each failure is an [Error] with a code, the service's words and a hint.
package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/budget"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/caller"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/folder"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/limit"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/media"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/save"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/vectors"
)

// The service's own addresses.
const (
	DefaultBaseURL    = "https://oai.endpoints.kepler.ai.cloud.ovh.net/v1"
	DefaultCatalogURL = "https://catalog.endpoints.ai.ovh.net/rest/v1/models_v2"
)

// DefaultTimeout bounds a call: the longest reasoning answer seen took 132 s.
const DefaultTimeout = 5 * time.Minute

// Provider is safe for concurrent use. Close it when done.
type Provider struct {
	access
	who      *caller.Caller // for whom this is, see of; nil is for all
	callers  *callers
	catalog  *catalog.Live
	models   *resolver
	accounts *budget.Accounts
	media    *media.Preparer
	folders  *folder.Set // below which files may be read
	cache    *vectors.Cache

	keepsVectors bool // on disk
	memory       limit.Memory
	decoders     *limit.Shares // for images that are decoded at once, which takes a processor
	downloads    *limit.Shares // for audio that is on disk at once
	cacheDir     string        // "" is the system's folder for temporary files
	log          *slog.Logger

	timeout      time.Duration
	maxWait      time.Duration
	noLocalFiles bool
	writeFolder  *save.Folder // nil saves nothing

	niceties     *niceties
	refusedModes *refusedModes
}

// New makes a provider. It contacts nothing: the catalogue is read at the first
// call that needs it.
func New(o Options) (*Provider, error) {
	base, err := parseURL(cmp.Or(o.BaseURL, DefaultBaseURL))
	if err != nil {
		return nil, fmt.Errorf("base URL: %w", err)
	}
	catalogURL := o.CatalogURL
	if catalogURL == "" && isAIEndpoints(base) {
		catalogURL = DefaultCatalogURL
	}
	if _, err := parseURL(cmp.Or(catalogURL, DefaultCatalogURL)); err != nil {
		return nil, fmt.Errorf("catalogue URL: %w", err)
	}
	if catalogURL == "" && o.MaxCost > 0 {
		return nil, fmt.Errorf("%w of the models of %s, which has no catalogue", ErrNoPrices, base.Host)
	}
	if strings.ContainsFunc(o.APIKey, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return nil, errors.New("the API key holds a blank, a control or a non-ASCII character")
	}
	p := &Provider{
		log:     cmp.Or(o.Logger, slog.New(slog.DiscardHandler)),
		timeout: cmp.Or(o.Timeout, DefaultTimeout), maxWait: o.MaxWait, noLocalFiles: o.NoLocalFiles, memory: o.Memory,
		decoders: o.Memory.Divide(maxDecoding), downloads: o.Memory.Divide(maxDownloads),
		cacheDir: o.CacheDir, keepsVectors: o.VectorFolder != "",
		niceties: &niceties{}, refusedModes: &refusedModes{},
	}
	p.accounts, err = budget.New(budget.Options{
		MaxCost: o.MaxCost, NoPrices: catalogURL == "", Folder: o.CacheDir, Service: withoutQuery(base), Logger: p.log, Replicas: o.replicas(),
	})
	if err != nil {
		return nil, err
	}
	p.cache = vectors.Open(vectors.Options{Folder: o.VectorFolder, Logger: p.log})
	if p.folders, err = folder.Open(o.AllowDirs); err != nil {
		return nil, err
	}
	p.media, err = media.New(media.Options{
		Folders: p.folders, AllowHosts: o.AllowImageHosts, AllowHTTP: o.AllowImageHTTP,
		Hold: p.holdImage, MaxDecoded: o.Memory.Total,
	})
	if err != nil {
		return nil, errors.Join(err, p.folders.Close())
	}
	if p.writeFolder, err = o.openWriteFolder(); err != nil {
		return nil, errors.Join(err, p.folders.Close())
	}
	httpClient := noCrossHostRedirects(cmp.Or(o.HTTPClient, newHTTPClient()))
	userAgent := strings.TrimSuffix("ai-endpoints-mcp/"+o.Version, "/")
	p.callers = newCallers(p.connector(o, base, catalogURL == "", httpClient, userAgent))
	p.access = p.callers.withKey(o.APIKey)
	p.catalog = catalog.NewLive(catalog.LiveOptions{
		CatalogURL: catalogURL, Served: p.client.servedForCatalog, BaseURL: withoutQuery(base),
		HTTPClient: httpClient, UserAgent: userAgent, Logger: p.log, TTL: o.CatalogTTL, CacheDir: o.CacheDir,
	})
	p.models = &resolver{
		service: p.client.service(), noCatalog: catalogURL == "", catalog: view{Live: p.catalog}, cooldown: p.cooldown,
		configured: &atomic.Pointer[configured]{},
	}
	p.models.configure(o.Models, o.Defaults)
	return p, nil
}

// Close stops what runs in the background.
func (p *Provider) Close() {
	p.catalog.Close()
	p.media.Close()
	if err := errors.Join(p.folders.Close(), p.writeFolder.Close()); err != nil {
		p.log.Warn("closing the folders", "error", err)
	}
}

// Catalog returns the models as they are known now, of those that the caller may use; the
// first call may wait for the service. It never fails: without the service it is the
// built-in snapshot.
func (p *Provider) Catalog(ctx context.Context) *catalog.Catalog {
	return p.of(ctx).models.catalog.Get(ctx)
}

// KnownCatalog returns all models as they were last known, without any I/O; nil before the
// first [Provider.Catalog].
func (p *Provider) KnownCatalog() *catalog.Catalog { return p.catalog.Known() }

// VerifiedCatalog returns the models as the service has them now, if it can be
// reached: a name that a cached catalogue lacks may be new.
func (p *Provider) VerifiedCatalog(ctx context.Context) *catalog.Catalog {
	return p.of(ctx).models.catalog.Verified(ctx)
}

// CatalogTTL is how long a catalogue counts as fresh.
func (p *Provider) CatalogTTL() time.Duration { return p.catalog.TTL() }

// Configure replaces the named models and the defaults. Running calls keep
// the model that they have picked.
func (p *Provider) Configure(models map[string]NamedModel, d Defaults) { p.models.configure(models, d) }

// NamedModels returns the names of the configuration's models, sorted, of those that the
// caller may use.
func (p *Provider) NamedModels(ctx context.Context) []string {
	return p.of(ctx).models.namedModels(ctx)
}

// UsageReport is what was asked of the service, by model, and how the budgets stand.
type UsageReport = budget.Report

// UsageReport returns what was asked of the service since the provider was made: by the
// caller of the context, or by all if it has none.
func (p *Provider) UsageReport(ctx context.Context) UsageReport { return p.accounts.Report(ctx) }

// CallerBudgets returns the limits of the callers that called in the current day or month.
func (p *Provider) CallerBudgets() []budget.CallerBudget { return p.accounts.CallerBudgets() }

// MaxBudget is the highest budget that can be set, in EUR a day.
const MaxBudget = budget.Max

// ErrSpending is why [New] fails when the day's spending cannot be kept on disk.
var ErrSpending = budget.ErrSpending

// ErrNoPrices is why [New] fails when there is a budget and nothing tells a price.
var ErrNoPrices = errors.New("a budget needs prices, and there are none")

// ErrFolder is why [New] fails when a folder of [Options].AllowDirs cannot be opened.
var ErrFolder = folder.ErrFolder

// RateLimit is how many requests a minute go out to each model.
type RateLimit int

// The limits that are not a number.
const (
	NoRateLimit   RateLimit = 0
	AutoRateLimit RateLimit = -1 // the catalogue's figures, with or without a key
)

// CheckURL returns an error for what cannot be the address of the service or of its
// catalogue. It repeats no password.
func CheckURL(raw string) error {
	_, err := parseURL(raw)
	return err
}

// withoutQuery identifies a service: a query may hold a secret.
func withoutQuery(base *url.URL) string {
	plain := *base
	plain.RawQuery, plain.Fragment = "", ""
	return plain.String()
}

// IsAIEndpoints reports whether a base URL is on the service's own host.
func IsAIEndpoints(baseURL string) bool {
	u, err := parseURL(baseURL)
	return err == nil && isAIEndpoints(u)
}

func isAIEndpoints(base *url.URL) bool {
	return strings.HasPrefix(DefaultBaseURL, "https://"+base.Host+"/")
}

func parseURL(raw string) (*url.URL, error) {
	u, err := url.Parse(raw)
	switch {
	case err != nil:
		// url.Error repeats its input, which may hold a password.
		return nil, errors.New("not a URL")
	case u.Scheme != "https" && u.Scheme != "http", u.Host == "":
		return nil, fmt.Errorf("%q is not an http(s) URL", u.Redacted())
	case u.User != nil:
		return nil, errors.New("a user or password in the URL is not supported")
	}
	if _, err := url.ParseQuery(u.RawQuery); err != nil {
		return nil, errors.New("the query of the URL cannot be read")
	}
	return u, nil
}

// newHTTPClient has no timeout for answers, since a reasoning model may think
// for minutes before its first byte; the call's deadline bounds them.
func newHTTPClient() *http.Client {
	return &http.Client{Transport: &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSHandshakeTimeout:   10 * time.Second,
		ExpectContinueTimeout: time.Second,
		ForceAttemptHTTP2:     true,
		MaxIdleConnsPerHost:   1024, // as many as requests may be in flight by default
		IdleConnTimeout:       90 * time.Second,
	}}
}
