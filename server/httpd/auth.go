package httpd

import (
	"net/http"
	"slices"
	"strings"
)

// challenge tells a client without a valid token what is wanted (RFC 6750).
const challenge = `Bearer realm="ai-endpoints-mcp"`

// authenticated lets callers with a token in, or everyone where there are no
// tokens. The header ends here in either case: whatever it holds is between the
// caller and this server, and no key for the service behind it.
func (h *Endpoint) authenticated(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h.hasTokenInQuery(r) {
			w.Header().Set("WWW-Authenticate", challenge+`, error="invalid_request"`)
			refuse(w, http.StatusBadRequest, "a token in the URL ends up in logs and is not accepted. "+
				"Hint: send it as the header Authorization: Bearer TOKEN, and replace this one")
			return
		}
		given, x := r.Header.Values("Authorization"), exchangeFrom(r.Context())
		r = r.Clone(r.Context()) // the header is others' too
		r.Header.Del("Authorization")
		if h.Tokens == nil {
			next.ServeHTTP(w, r)
			return
		}
		name, wrong := h.caller(given)
		if name == "" {
			w.Header().Set("WWW-Authenticate", challenge+wrong)
			w.Header().Set("Connection", "close") // net/http would wait for the body first
			refuse(w, http.StatusUnauthorized, "this server needs a token. "+
				"Hint: send the header Authorization: Bearer TOKEN, with a token of this server, not a key of AI Endpoints")
			return
		}
		x.token = name
		next.ServeHTTP(w, r)
	})
}

// caller gives the name of the token in the one Authorization header, or "" and
// what the challenge says about it.
func (h *Endpoint) caller(given []string) (name, wrong string) {
	if len(given) == 0 {
		return "", "" // RFC 6750 wants no error where nothing was tried
	}
	scheme, token, _ := strings.Cut(given[0], " ")
	if len(given) > 1 || !strings.EqualFold(scheme, "Bearer") {
		return "", `, error="invalid_request"`
	}
	name, ok := h.Tokens.name(strings.TrimSpace(token))
	if !ok {
		return "", `, error="invalid_token"`
	}
	return name, ""
}

// hasTokenInQuery recognizes the names under which clients put tokens there,
// and the tokens themselves.
func (h *Endpoint) hasTokenInQuery(r *http.Request) bool {
	usual := []string{"access_token", "token", "auth_token", "authorization", "bearer", "api_key", "apikey", "api-key", "key"}
	for name, values := range r.URL.Query() {
		if slices.Contains(usual, strings.ToLower(name)) {
			return true
		}
		for _, value := range append(values, name) {
			if h.Tokens == nil {
				break
			}
			if _, known := h.Tokens.name(strings.TrimPrefix(value, "Bearer ")); known {
				return true
			}
		}
	}
	return false
}
