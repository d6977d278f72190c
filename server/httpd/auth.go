package httpd

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// challenge tells a client how to authenticate (RFC 6750).
const challenge = `Bearer realm="ai-endpoints-mcp"`

const needsToken = "this server needs a token. " +
	"Hint: send the header Authorization: Bearer TOKEN, with a token of this server, not a key of AI Endpoints"

// registerPath is where a client registers itself for OAuth, after a 401 of a server
// that says nothing about OAuth.
const registerPath = "/register"

// refuseRegistration answers with the reason of the 401 in the form of OAuth (RFC 7591): the
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
		if namesToken(r.URL.Query()) {
			refuseTokenInURL(w)
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
		var wait time.Duration
		if token, ok := bearer(headers); ok {
			wait = e.tries.check(addressOf(r), token, name)
		}
		switch {
		case wait > 0:
			w.Header().Set("Connection", "close") // otherwise net/http reads the body first
			refuseForNow(w, http.StatusTooManyRequests, wait, "too many tries with a wrong token from this address. "+
				"Hint: wait as long as Retry-After says, then try a token of this server, not a key of AI Endpoints")
		case e.hasTokenInURL(r, name):
			refuseTokenInURL(w)
		case name == "":
			w.Header().Set("WWW-Authenticate", challenge+challengeError)
			w.Header().Set("Connection", "close")
			refuse(w, http.StatusUnauthorized, needsToken)
		default:
			info.caller = name
			next.ServeHTTP(w, r)
		}
	})
}

// caller returns the name of the token in the one Authorization header, or "" and
// the error parameter of the challenge.
func (e *Endpoint) caller(headers []string) (name, challengeError string) {
	if len(headers) == 0 {
		return "", "" // RFC 6750 wants no error when no token was sent
	}
	token, ok := bearer(headers)
	if !ok {
		return "", `, error="invalid_request", error_description="send one header Authorization: Bearer TOKEN"`
	}
	name, ok = e.options.Tokens.name(token)
	if !ok {
		return "", `, error="invalid_token", error_description="this is no token of this server"`
	}
	return name, ""
}

// bearer returns the token of the one Authorization header.
func bearer(headers []string) (token string, ok bool) {
	if len(headers) != 1 {
		return "", false
	}
	scheme, token, _ := strings.Cut(headers[0], " ")
	return strings.TrimSpace(token), strings.EqualFold(scheme, "Bearer")
}

func refuseTokenInURL(w http.ResponseWriter) {
	w.Header().Set("WWW-Authenticate", challenge+`, error="invalid_request"`)
	refuse(w, http.StatusBadRequest, "a token in the URL ends up in logs and is not accepted. "+
		"Hint: send it as the header Authorization: Bearer TOKEN, and replace this one")
}

// namesToken recognizes the parameters in which clients put tokens.
func namesToken(query url.Values) bool {
	names := []string{"access_token", "token", "auth_token", "authorization", "bearer", "api_key", "apikey", "api-key", "key"}
	for name := range query {
		if slices.Contains(names, strings.ToLower(name)) {
			return true
		}
	}
	return false
}

// hasTokenInURL recognizes the caller's own token in a parameter of any name. Of a
// caller who is not known yet, the one value that may be a token is a try like that in
// the header: otherwise tokens could be guessed in the URL, and many at once.
func (e *Endpoint) hasTokenInURL(r *http.Request, caller string) bool {
	if r.URL.RawQuery == "" {
		return false
	}
	var found []string
	for name, values := range r.URL.Query() {
		for _, value := range append(values, name) {
			if value = strings.TrimPrefix(value, "Bearer "); len(value) >= minTokenLength {
				found = append(found, value)
			}
		}
	}
	if caller == "" && len(found) != 1 {
		return false
	}
	for _, value := range found {
		name, known := e.options.Tokens.name(value)
		if caller == "" {
			return e.tries.check(addressOf(r), value, name) == 0 && known
		}
		if known && name == caller {
			return true
		}
	}
	return false
}
