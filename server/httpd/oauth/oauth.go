// Package oauth makes the HTTP endpoint an OAuth 2.0 resource server: it verifies the
// access tokens of one issuer, reads the caller's name and the allowed tools from them, and
// tells clients where to get one (RFC 6750, RFC 9728, MCP's authorization).
//
// Start with [New] and [Verifier.Start]. [Verifier.Verify] refuses a token with an [Error],
// which contains nothing of the token.
package oauth

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
	"github.com/coreos/go-oidc/v3/oidc"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
)

const (
	// DefaultCallerClaim is the claim with the caller's name.
	DefaultCallerClaim = "sub"
	// refreshKeys is how often the issuer's keys are fetched although no token needs it, so
	// that a key which the issuer has withdrawn is no longer accepted.
	refreshKeys = 10 * time.Minute
	// maxPause is the longest pause between two tries to reach an issuer.
	maxPause = 30 * time.Second
)

// Options configures a [Verifier].
type Options struct {
	Issuer      string   // URL of the issuer, exactly as its tokens have it
	Audiences   []string // a token must be for one of them
	CallerClaim string   // of the caller's name; "" is DefaultCallerClaim
	Tools       []string // names that scopes can allow
	Path        string   // of the MCP endpoint

	Logger     *slog.Logger // nil discards
	HTTPClient *http.Client // for requests to the issuer; nil is one with the usual proxies
}

// Verifier verifies access tokens. It is safe for concurrent use.
type Verifier struct {
	options Options
	log     *slog.Logger
	client  *http.Client

	mu          sync.Mutex
	keys        *keySet // nil until the issuer was discovered
	unavailable string  // why it was not
}

// New returns a verifier. The error names the option that is wrong.
func New(o Options) (*Verifier, error) {
	o.CallerClaim = cmp.Or(o.CallerClaim, DefaultCallerClaim)
	if err := CheckIssuer(o.Issuer); err != nil {
		return nil, err
	}
	if len(o.Audiences) == 0 || slices.ContainsFunc(o.Audiences, func(a string) bool { return !IsAudience(a) }) {
		return nil, errors.New("an audience is needed, without blanks and quotes: the URL of the MCP endpoint, " +
			"or the name that the issuer has for it")
	}
	return &Verifier{
		options: o, log: cmp.Or(o.Logger, slog.New(slog.DiscardHandler)), client: boundedClient(o.HTTPClient),
		unavailable: "it was not asked for its keys yet",
	}, nil
}

// CheckIssuer returns why a text cannot be the URL of an issuer, without showing it.
func CheckIssuer(issuer string) error {
	u, err := url.Parse(issuer)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http":
		return errors.New("the issuer must be a URL such as https://id.example.com")
	case u.User != nil || u.RawQuery != "" || u.ForceQuery || strings.Contains(issuer, "#"):
		return errors.New("the issuer's URL must have no user, query and fragment")
	case !isSecure(u):
		return errors.New("the issuer's URL must be https, or http of this machine")
	}
	return nil
}

// isSecure reports whether what is fetched from u comes from u.
func isSecure(u *url.URL) bool {
	return u.Scheme == "https" || u.Scheme == "http" && isLoopback(u.Hostname())
}

func isLoopback(host string) bool {
	return strings.EqualFold(host, "localhost") || net.ParseIP(host).IsLoopback()
}

// IsAudience reports whether audience can be one of [Options].Audiences.
func IsAudience(audience string) bool { return audience != "" && isScope(audience) }

// Start discovers the issuer in the background, as often as it takes, and then keeps its
// keys fresh, until stop is called, which waits for the end of it. Start must be called
// only once.
func (v *Verifier) Start(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		v.run(ctx)
	}()
	return func() {
		cancel()
		<-ended
	}
}

func (v *Verifier) run(ctx context.Context) {
	pauses := backoff.NewExponentialBackOff()
	pauses.MaxInterval = maxPause
	failed := ""
	keys, err := backoff.Retry(ctx, func() (*keySet, error) { return v.discover(ctx) },
		backoff.WithBackOff(pauses), backoff.WithMaxElapsedTime(0), backoff.WithNotify(func(err error, _ time.Duration) {
			v.setUnavailable(err.Error())
			if failed != err.Error() {
				failed = err.Error()
				v.log.Warn("no OAuth token can be verified: the issuer could not be asked for its keys, trying again",
					"issuer", v.options.Issuer, "reason", failed)
			}
		}))
	if err != nil {
		return // the server stops
	}
	v.mu.Lock()
	v.keys = keys
	v.mu.Unlock()
	v.log.Info("OAuth tokens of the issuer are accepted", "issuer", v.options.Issuer)
	_ = keys.refresh(ctx) // it logs, and the first token tries again
	ticker := time.NewTicker(refreshKeys)
	defer ticker.Stop()
	for {
		select {
		case <-ticker.C:
			_ = keys.refresh(ctx)
		case <-ctx.Done():
			return
		}
	}
}

// discover reads the issuer's own description (OpenID Connect Discovery).
func (v *Verifier) discover(ctx context.Context) (*keySet, error) {
	ctx = oidc.ClientContext(ctx, v.client)
	provider, err := oidc.NewProvider(ctx, v.options.Issuer)
	if mismatch, ok := errors.AsType[*oidc.IssuerMismatchError](err); ok {
		return nil, fmt.Errorf("the issuer calls itself %q: write it so, with or without a slash at its end",
			text.Excerpt(mismatch.Discovered, maxWords))
	}
	if err != nil {
		return nil, reasonOfFetch(err, "its answer is not a discovery document")
	}
	var document struct {
		KeysURL string `json:"jwks_uri"`
	}
	if err := provider.Claims(&document); err != nil {
		return nil, errors.New("its answer is not a discovery document")
	}
	u, err := url.Parse(document.KeysURL)
	issuer, _ := url.Parse(v.options.Issuer) // CheckIssuer has parsed it
	if err != nil || u.Host == "" || !isSecure(u) || u.Scheme == "http" && issuer.Scheme != "http" {
		return nil, errors.New("its discovery document names no https URL of its keys (jwks_uri)")
	}
	return newKeySet(document.KeysURL, v.client, v.log), nil
}

func (v *Verifier) setUnavailable(reason string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.unavailable = reason
}

// current returns the issuer's keys, or an [Error] while it was not discovered.
func (v *Verifier) current() (*keySet, error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.keys == nil {
		return nil, &Error{Reason: Unavailable, detail: v.unavailable}
	}
	return v.keys, nil
}
