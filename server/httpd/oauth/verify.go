package oauth

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"slices"
	"strings"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"
)

// maxToken is in bytes; real tokens have some 2 kB.
const maxToken = 16 << 10

// algorithms are those with a key pair. With any other, who can verify tokens can make them.
func algorithms() []jose.SignatureAlgorithm {
	return []jose.SignatureAlgorithm{
		jose.RS256, jose.RS384, jose.RS512, jose.PS256, jose.PS384, jose.PS512, jose.ES256, jose.ES384, jose.ES512, jose.EdDSA,
	}
}

// Verify returns who an access token is for, and what it allows. The error is an [Error].
func (v *Verifier) Verify(ctx context.Context, token string) (*Identity, error) {
	if err := checkForm(token); err != nil {
		return nil, err
	}
	keys, err := v.current()
	if err != nil {
		return nil, err
	}
	claims, err := verifySignature(ctx, keys, v.options.Issuer, token)
	if err != nil {
		return nil, err
	}
	if err := v.checkClaims(claims); err != nil {
		return nil, err
	}
	return v.identity(claims)
}

// verifySignature returns the claims of a token that the issuer has signed. The checks of
// go-oidc that follow the signature are those of ID tokens; those of access tokens are in
// checkClaims.
func verifySignature(ctx context.Context, keys *keySet, issuer, token string) (claims, error) {
	var names []string
	for _, algorithm := range algorithms() {
		names = append(names, string(algorithm))
	}
	verification := &verification{keys: keys}
	verifier := oidc.NewVerifier(issuer, verification, &oidc.Config{
		SupportedSigningAlgs: names, SkipClientIDCheck: true, SkipExpiryCheck: true, SkipIssuerCheck: true,
	})
	signed, err := verifier.Verify(ctx, token)
	if verification.err != nil {
		return nil, verification.err
	}
	var found claims
	if err != nil || signed.Claims(&found) != nil || found == nil {
		return nil, malformed("the header or the claims cannot be read") // the error would quote them
	}
	return found, nil
}

// IsToken reports whether a text has the form of an access token.
func IsToken(text string) bool { return checkForm(text) == nil }

// checkForm refuses what is not a JWT, before it costs any work. It is stricter than the
// libraries: they accept blanks, and several spellings of the same bytes.
func checkForm(token string) error {
	if len(token) > maxToken {
		return malformed("over 16 KiB")
	}
	segments := strings.Split(token, ".")
	if len(segments) == 5 {
		return malformed("encrypted: the issuer must sign access tokens only")
	}
	if len(segments) != 3 {
		return malformed("not a JWT, which has three parts")
	}
	var header struct {
		Algorithm string `json:"alg"`
		Type      string `json:"typ"`
	}
	for i, segment := range segments {
		decoded, err := base64.RawURLEncoding.Strict().DecodeString(segment)
		if err != nil || strings.ContainsAny(segment, "\r\n") {
			return malformed("not a JWT, whose parts are base64url")
		}
		if i == 0 && json.Unmarshal(decoded, &header) != nil {
			return malformed("not a JWT, whose header is JSON")
		}
	}
	if !slices.Contains(algorithms(), jose.SignatureAlgorithm(header.Algorithm)) {
		return &Error{Reason: Algorithm, detail: "not signed with a key pair; accepted are RS, PS and ES with 256, 384 or 512, and EdDSA"}
	}
	if !isAccessToken(header.Type) {
		return malformed("by its type not an access token (typ)")
	}
	return nil
}

// isAccessToken reports whether a JWT may be an access token. Most issuers still write JWT or
// nothing; those that follow RFC 9068 tell it apart from logout tokens and the like.
func isAccessToken(kind string) bool {
	kind = strings.TrimPrefix(strings.ToLower(kind), "application/")
	return kind == "" || kind == "jwt" || strings.HasSuffix(kind, "at+jwt")
}

func malformed(detail string) *Error { return &Error{Reason: Malformed, detail: detail} }

// unreadable is malformed for the claims of a token whose signature is right.
func unreadable(detail string) *Error {
	return &Error{Reason: Malformed, detail: detail, isSigned: true}
}
