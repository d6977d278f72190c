package httpd

import (
	"net/http"
	"slices"
	"strings"
)

// challenge tells a client how to authenticate (RFC 6750).
const challenge = `Bearer realm="ai-endpoints-mcp"`

// authenticate requires a known token, if the server has tokens. It always removes the
// header, whose value is for this server and not a key for AI Endpoints.
func (e *Endpoint) authenticate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if e.hasTokenInQuery(r) {
			w.Header().Set("WWW-Authenticate", challenge+`, error="invalid_request"`)
			refuse(w, http.StatusBadRequest, "a token in the URL ends up in logs and is not accepted. "+
				"Hint: send it as the header Authorization: Bearer TOKEN, and replace this one")
			return
		}
		headers, info := r.Header.Values("Authorization"), requestInfoFrom(r.Context())
		r = r.Clone(r.Context()) // outer middleware shares the header
		r.Header.Del("Authorization")
		if e.options.Tokens == nil {
			next.ServeHTTP(w, r)
			return
		}
		name, challengeError := e.caller(headers)
		if name == "" {
			w.Header().Set("WWW-Authenticate", challenge+challengeError)
			w.Header().Set("Connection", "close") // otherwise net/http reads the body first
			refuse(w, http.StatusUnauthorized, "this server needs a token. "+
				"Hint: send the header Authorization: Bearer TOKEN, with a token of this server, not a key of AI Endpoints")
			return
		}
		info.caller = name
		next.ServeHTTP(w, r)
	})
}

// caller returns the name of the token in the one Authorization header, or "" and
// the error parameter of the challenge.
func (e *Endpoint) caller(headers []string) (name, challengeError string) {
	if len(headers) == 0 {
		return "", "" // RFC 6750 wants no error when no token was sent
	}
	scheme, token, _ := strings.Cut(headers[0], " ")
	if len(headers) > 1 || !strings.EqualFold(scheme, "Bearer") {
		return "", `, error="invalid_request"`
	}
	name, ok := e.options.Tokens.name(strings.TrimSpace(token))
	if !ok {
		return "", `, error="invalid_token"`
	}
	return name, ""
}

// hasTokenInQuery recognizes the parameters in which clients put tokens, and the
// tokens themselves.
func (e *Endpoint) hasTokenInQuery(r *http.Request) bool {
	names := []string{"access_token", "token", "auth_token", "authorization", "bearer", "api_key", "apikey", "api-key", "key"}
	for name, values := range r.URL.Query() {
		if slices.Contains(names, strings.ToLower(name)) {
			return true
		}
		for _, value := range append(values, name) {
			if e.options.Tokens == nil {
				break
			}
			if _, known := e.options.Tokens.name(strings.TrimPrefix(value, "Bearer ")); known {
				return true
			}
		}
	}
	return false
}
