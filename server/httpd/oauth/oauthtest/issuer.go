// Package oauthtest is an OpenID provider for tests, zitadel/oidc with a store in memory. It
// logs everybody in who asks, so it is nothing to run anywhere else.
package oauthtest

import (
	"cmp"
	"encoding/json"
	"net/http"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// ClientID is the one client that the provider knows: a public one, which must use PKCE,
// with any redirect to loopback.
const ClientID = "mcp-client"

// Options configures [New].
type Options struct {
	Subject  string        // who logs in; "" is alice
	Audience []string      // of access tokens
	Lifetime time.Duration // of access tokens; 0 is five minutes
}

// Issuer is the provider. It calls itself by the address at which it is served.
type Issuer struct {
	http.Handler
	store *store
}

// New returns a provider.
func New(o Options) (*Issuer, error) {
	o.Subject = cmp.Or(o.Subject, "alice")
	o.Lifetime = cmp.Or(o.Lifetime, 5*time.Minute)
	s, err := newStore(o)
	if err != nil {
		return nil, err
	}
	config := &op.Config{CodeMethodS256: true, SupportedScopes: []string{"openid", "ai-endpoints"}}
	provider, err := op.NewProvider(config, s, op.IssuerFromHost(""), op.WithAllowInsecure())
	if err != nil {
		return nil, err
	}
	issuer := op.NewIssuerInterceptor(provider.IssuerFromRequest)
	mux := http.NewServeMux()
	mux.Handle("/", provider)
	mux.Handle("/login", issuer.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.URL.Query().Get("id")
		if err := s.login(id); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		http.Redirect(w, r, op.AuthCallbackURL(provider)(r.Context(), id), http.StatusFound)
	}))
	return &Issuer{mux, s}, nil
}

// Sign returns a token with any claims, signed with the provider's key.
func (i *Issuer) Sign(claims map[string]any) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	key := jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: i.store.key.key, KeyID: i.store.key.id}}
	signer, err := jose.NewSigner(key, (&jose.SignerOptions{}).WithType("at+jwt"))
	if err != nil {
		return "", err
	}
	signed, err := signer.Sign(payload)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}
