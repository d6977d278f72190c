package oauth

import (
	"context"
	"crypto/rsa"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
	"golang.org/x/sync/singleflight"
)

const (
	// fetchInterval is the shortest time between two fetches of the keys, since anybody can
	// send tokens whose key is not known. A new key is found within it.
	fetchInterval = 10 * time.Second
	maxKeys       = 100
	leastRSABits  = 2048 // RFC 7518
)

// keySet has the public keys of the issuer. Unlike go-oidc's RemoteKeySet, it does not
// fetch them for every forged token, forgets keys that the issuer has withdrawn, and tells
// apart why a signature cannot be verified.
type keySet struct {
	url    string
	client *http.Client
	log    *slog.Logger
	flight singleflight.Group

	mu      sync.Mutex
	keys    []jose.JSONWebKey
	fetched time.Time // when the last fetch began
	failure error     // of the last fetch
}

func newKeySet(url string, client *http.Client, log *slog.Logger) *keySet {
	return &keySet{url: url, client: client, log: log}
}

// verification is the verification of one token. go-oidc flattens the errors of its key
// set, so the error is kept here.
type verification struct {
	keys *keySet
	err  error
}

// VerifySignature implements oidc.KeySet.
func (v *verification) VerifySignature(ctx context.Context, token string) (payload []byte, err error) {
	signed, err := jose.ParseSignedCompact(token, algorithms())
	if err != nil {
		return nil, err // go-oidc has parsed it already
	}
	payload, v.err = v.keys.verify(ctx, signed)
	return payload, v.err
}

// verify fetches the keys once more if none of them fits. That the keys cannot be fetched
// matters only if it is not known whether the issuer has the key.
func (k *keySet) verify(ctx context.Context, signed *jose.JSONWebSignature) ([]byte, error) {
	payload, refusal := k.verifyWith(k.current(), signed)
	if refusal == nil {
		return payload, nil
	}
	if err := k.refresh(ctx); err != nil && refusal.Reason == UnknownKey {
		return nil, &Error{Reason: Unavailable, detail: "the keys of the issuer cannot be fetched: " + err.Error()}
	}
	if payload, refusal = k.verifyWith(k.current(), signed); refusal != nil {
		return nil, refusal
	}
	return payload, nil
}

func (k *keySet) verifyWith(keys []jose.JSONWebKey, signed *jose.JSONWebSignature) ([]byte, *Error) {
	header := signed.Signatures[0].Header
	known := false
	for _, key := range keys {
		if header.KeyID != "" && key.KeyID != header.KeyID || key.Algorithm != "" && key.Algorithm != header.Algorithm {
			continue
		}
		known = true
		if payload, err := signed.Verify(key); err == nil {
			return payload, nil
		}
	}
	if known {
		return nil, &Error{Reason: BadSignature, detail: "the signature is not that of the key"}
	}
	return nil, &Error{Reason: UnknownKey, detail: "the issuer has no such key; the token may be of another issuer"}
}

func (k *keySet) current() []jose.JSONWebKey {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.keys
}

// refresh fetches the keys, unless they were fetched a moment ago: then it returns the error
// of that fetch. After a failure, the old keys are kept.
func (k *keySet) refresh(ctx context.Context) error {
	done := k.flight.DoChan("", func() (any, error) {
		k.mu.Lock()
		soon, failure := time.Since(k.fetched) < fetchInterval, k.failure
		k.mu.Unlock()
		if soon {
			return nil, failure
		}
		return nil, k.fetchAndKeep(context.WithoutCancel(ctx)) // others wait for it, too
	})
	select {
	case result := <-done:
		return result.Err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (k *keySet) fetchAndKeep(ctx context.Context) error {
	began := time.Now()
	keys, err := k.fetch(ctx)
	k.mu.Lock()
	defer k.mu.Unlock()
	switch {
	case err == nil && k.failure != nil:
		k.log.Info("the keys of the OAuth issuer were fetched again")
	case err != nil && (k.failure == nil || k.failure.Error() != err.Error()):
		k.log.Warn("the keys of the OAuth issuer could not be fetched, those known are kept", "reason", err.Error(), "known", len(k.keys))
	}
	k.fetched, k.failure = began, err
	if err != nil {
		return err
	}
	if k.keys = keys; len(keys) == 0 {
		k.log.Warn("the OAuth issuer has no key that can verify signatures")
	}
	return nil
}

func (k *keySet) fetch(ctx context.Context) ([]jose.JSONWebKey, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, k.url, nil)
	if err != nil {
		return nil, fetchError{"the URL of the keys is not one"}
	}
	answer, err := k.client.Do(r)
	if err != nil {
		return nil, reasonOfFetch(err, "it cannot be reached")
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body) // bounded by the transport
	if err != nil {
		return nil, reasonOfFetch(err, "its answer cannot be read")
	}
	return parseKeys(body)
}

// parseKeys reads a JWK set. Keys of a kind that is not used here are left out, as RFC 7517
// wants it: for encryption, symmetric, private, weak.
func parseKeys(body []byte) ([]jose.JSONWebKey, error) {
	var set struct {
		Keys []json.RawMessage `json:"keys"`
	}
	if err := json.Unmarshal(body, &set); err != nil || set.Keys == nil {
		return nil, errors.New("its answer is not a set of keys")
	}
	if len(set.Keys) > maxKeys {
		return nil, errors.New("it has more than 100 keys")
	}
	var keys []jose.JSONWebKey
	for _, raw := range set.Keys {
		var key jose.JSONWebKey
		if json.Unmarshal(raw, &key) != nil || key.Use == "enc" || !key.IsPublic() {
			continue
		}
		if public, ok := key.Key.(*rsa.PublicKey); ok && public.N.BitLen() < leastRSABits {
			continue
		}
		keys = append(keys, key)
	}
	return keys, nil // an issuer that withdraws all keys is believed
}
