package httpd

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
)

// challenge tells a client how to authenticate (RFC 6750).
const challenge = `Bearer realm="ai-endpoints-mcp"`

const needsToken = "this server needs a token. " +
	"Hint: send the header Authorization: Bearer TOKEN, with a token of this server, not a key of AI Endpoints"

// registerPath is where a client registers itself for OAuth, after a 401 of a server
// that says nothing about OAuth.
const registerPath = "/register"

// refuseRegistration gives the reason of the 401 in the form of OAuth (RFC 7591): the
// TypeScript SDK, so Claude Code and the Inspector, shows its user this answer instead.
func (e *Endpoint) refuseRegistration(w http.ResponseWriter) {
	body, err := json.Marshal(map[string]string{"error": "access_denied", "error_description": "there is no OAuth here: " + needsToken})
	if err != nil {
		panic(err) // two texts
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusForbidden)
	_, _ = w.Write(body) // fails only when the client is gone
}

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
			refuse(w, http.StatusUnauthorized, needsToken)
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
		return "", `, error="invalid_request", error_description="send one header Authorization: Bearer TOKEN"`
	}
	name, ok := e.options.Tokens.name(strings.TrimSpace(token))
	if !ok {
		return "", `, error="invalid_token", error_description="this is no token of this server"`
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
