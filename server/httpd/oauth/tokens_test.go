package oauth_test

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/json"
	"maps"
	"sync"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// key is a private key with its name and algorithm.
type key struct {
	id        string
	algorithm jose.SignatureAlgorithm
	private   crypto.Signer
}

func (k key) public() jose.JSONWebKey {
	return jose.JSONWebKey{Key: k.private.Public(), KeyID: k.id, Algorithm: string(k.algorithm), Use: "sig"}
}

func newKey(id string) key {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	return key{id, jose.ES256, private}
}

var (
	rsaKey = sync.OnceValue(func() *rsa.PrivateKey {
		private, err := rsa.GenerateKey(rand.Reader, 2048)
		if err != nil {
			panic(err)
		}
		return private
	})
	edKey = sync.OnceValue(func() ed25519.PrivateKey {
		_, private, _ := ed25519.GenerateKey(rand.Reader)
		return private
	})
)

// sign returns a token with the key. A header overrides what is written by itself.
func (k key) sign(payload any, headers ...map[string]any) string {
	return signWith(k.algorithm, k.private, k.id, payload, headers...)
}

func signWith(algorithm jose.SignatureAlgorithm, secret any, id string, payload any, headers ...map[string]any) string {
	options := (&jose.SignerOptions{}).WithType("JWT")
	if id != "" {
		options = options.WithHeader("kid", id)
	}
	for _, header := range headers {
		for name, value := range header {
			options = options.WithHeader(jose.HeaderKey(name), value)
		}
	}
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: secret}, options)
	if err != nil {
		panic(err)
	}
	text, isText := payload.(string)
	body := []byte(text)
	if !isText {
		if body, err = json.Marshal(payload); err != nil {
			panic(err)
		}
	}
	signed, err := signer.Sign(body)
	if err != nil {
		panic(err)
	}
	token, err := signed.CompactSerialize()
	if err != nil {
		panic(err)
	}
	return token
}

type claims = map[string]any

// with returns the claims of a good token, changed; nil removes one.
func with(changes claims) claims {
	now := time.Now()
	c := claims{
		"iss": issuerURL, "aud": []string{"other", audience}, "sub": "alice",
		"exp": now.Add(time.Hour).Unix(), "iat": now.Unix(), "nbf": now.Unix(),
	}
	maps.Copy(c, changes)
	maps.DeleteFunc(c, func(_ string, v any) bool { return v == nil })
	return c
}
