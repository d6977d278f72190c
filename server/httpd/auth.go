package httpd

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/caller"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd/callers"
)

// challenge tells a client how to authenticate (RFC 6750).
const challenge = `Bearer realm="ai-endpoints-mcp"`

const needsToken = "this server needs a token. " +
	"Hint: send the header Authorization: Bearer TOKEN, with a token of this server, not a key of AI Endpoints"

const expiredToken = "this token has expired. Hint: ask whoever runs this server for a new one"

// registerPath is where a client registers itself for OAuth, after a 401 of a server
// that says nothing about OAuth.
const registerPath = "/register"

// refuseRegistration answers with the reason of the 401 in the form of OAuth (RFC 7591): the
// TypeScript SDK, so Claude Code and the Inspector, shows its user this answer instead.
func (e *Endpoint) refuseRegistration(w http.ResponseWriter, r *http.Request) {
	requestInfoFrom(r.Context()).reason = reasonRegistration
	body, err := json.Marshal(map[string]string{"error": "access_denied", "error_description": "there is no OAuth here: " + needsToken})
	if err != nil {
		panic(err) // two texts
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusForbidden)
	_, _ = w.Write(body) // fails only when the client is gone
}

// authenticate requires a known token, if the server has callers. It always removes the
// header, whose value is for this server and not a key for AI Endpoints.
func (e *Endpoint) authenticate(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx := r.Context()
		info := requestInfoFrom(ctx)
		if namesToken(r.URL.Query()) {
			info.reason = reasonTokenInURL
			refuseTokenInURL(w)
			return
		}
		headers := r.Header.Values("Authorization")
		r = r.Clone(ctx) // outer middleware shares the header
		r.Header.Del("Authorization")
		if e.options.Callers == nil {
			next.ServeHTTP(w, r)
			return
		}
		entry, refusal := e.identify(headers)
		var wait time.Duration
		if token, ok := bearer(headers); ok {
			wait = e.tries.check(addressOf(r), token, nameOf(entry))
		}
		switch {
		case wait > 0:
			info.reason = reasonManyTries
			w.Header().Set("Connection", "close") // otherwise net/http reads the body first
			refuseForNow(w, http.StatusTooManyRequests, wait, "too many tries with a wrong token from this address. "+
				"Hint: wait as long as Retry-After says, then try a token of this server, not a key of AI Endpoints")
		case e.hasTokenInURL(r, nameOf(entry)):
			info.reason = reasonTokenInURL
			refuseTokenInURL(w)
		case refusal != nil:
			info.reason = refusal.reason
			if entry != nil {
				info.caller = entry.Caller // for the log
			}
			w.Header().Set("WWW-Authenticate", challenge+refusal.challenge)
			w.Header().Set("Connection", "close")
			refuse(w, http.StatusUnauthorized, refusal.text)
		default:
			info.caller = entry.Caller
			next.ServeHTTP(w, r.WithContext(caller.With(ctx, entry.Caller)))
		}
	})
}

// unauthorized says why a request is not of a known caller.
type unauthorized struct {
	reason    string
	challenge string // parameters of WWW-Authenticate
	text      string
}

// identify returns the caller of the token in the one Authorization header. One whose
// token has expired is returned too, with the refusal: such a token is no guess.
func (e *Endpoint) identify(headers []string) (*callers.Entry, *unauthorized) {
	if len(headers) == 0 {
		return nil, &unauthorized{reasonNoToken, "", needsToken} // RFC 6750 wants no error when no token was sent
	}
	token, ok := bearer(headers)
	if !ok {
		return nil, &unauthorized{
			reasonNotBearer, `, error="invalid_request", error_description="send one header Authorization: Bearer TOKEN"`, needsToken,
		}
	}
	entry, ok := e.options.Callers.Set().ByToken(token)
	switch {
	case !ok:
		return nil, &unauthorized{
			reasonUnknownToken, `, error="invalid_token", error_description="this is no token of this server"`, needsToken,
		}
	case entry.Expired(time.Now()):
		return entry, &unauthorized{reasonExpired, `, error="invalid_token", error_description="this token has expired"`, expiredToken}
	}
	return entry, nil
}

// nameOf returns the name of a caller, "" for nil.
func nameOf(entry *callers.Entry) string {
	if entry == nil {
		return ""
	}
	return entry.Name
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
			if value = strings.TrimPrefix(value, "Bearer "); len(value) >= callers.MinTokenLength {
				found = append(found, value)
			}
		}
	}
	if caller == "" && len(found) != 1 {
		return false
	}
	for _, value := range found {
		entry, known := e.options.Callers.Set().ByToken(value)
		if caller == "" {
			return e.tries.check(addressOf(r), value, nameOf(entry)) == 0 && known
		}
		if known && entry.Name == caller {
			return true
		}
	}
	return false
}
