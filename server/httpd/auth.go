package httpd

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/caller"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd/oauth"
)

// challenge tells a client how to authenticate (RFC 6750).
const challenge = `Bearer realm="` + oauth.Realm + `"`

const needsToken = "this server needs a token. " +
	"Hint: send the header Authorization: Bearer TOKEN, with a token of this server, not a key of AI Endpoints"

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

// needsAuthentication reports whether callers must present a token.
func (o *Options) needsAuthentication() bool { return o.Callers != nil || o.OAuth != nil }

// authenticate requires a known token, if the server has callers. It always removes the
// header, whose value is for this server and not a key for AI Endpoints.
func (e *Endpoint) authenticate(next http.Handler) http.Handler {
	return e.authenticateOr(next, func(w http.ResponseWriter, r *http.Request, f *refusal) { f.answer(w, requestInfoFrom(r.Context())) })
}

// authenticateOr is authenticate with another answer to a request whose token is refused.
func (e *Endpoint) authenticateOr(next http.Handler, refused func(http.ResponseWriter, *http.Request, *refusal)) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, info := r.Context(), requestInfoFrom(r.Context())
		if namesToken(r.URL.Query()) {
			info.reason = reasonTokenInURL
			refuseTokenInURL(w)
			return
		}
		headers := r.Header.Values("Authorization")
		r = r.Clone(ctx) // outer middleware shares the header
		r.Header.Del("Authorization")
		if !e.options.needsAuthentication() {
			next.ServeHTTP(w, r)
			return
		}
		found := e.identify(r, headers)
		var wait time.Duration
		if token, ok := bearer(headers); ok && !found.isSigned {
			wait = e.tries.check(addressOf(r), token, found.name)
		}
		switch {
		case wait > 0:
			info.reason = reasonManyTries
			w.Header().Set("Connection", "close") // otherwise net/http reads the body first
			refuseForNow(w, http.StatusTooManyRequests, wait, "too many tries with a wrong token from this address. "+
				"Hint: wait as long as Retry-After says, then try a token of this server, not a key of AI Endpoints")
		case e.hasTokenInURL(r, found.name):
			info.reason = reasonTokenInURL
			refuseTokenInURL(w)
		case found.refusal != nil:
			info.caller = found.caller // for the log
			refused(w, r, found.refusal)
		default:
			info.caller, info.grant = found.caller, found.grant
			next.ServeHTTP(w, r.WithContext(caller.With(ctx, found.caller)))
		}
	})
}

// bearer returns the token of the one Authorization header.
func bearer(headers []string) (token string, ok bool) {
	if len(headers) != 1 {
		return "", false
	}
	scheme, token, _ := strings.Cut(headers[0], " ")
	return strings.TrimSpace(token), strings.EqualFold(scheme, "Bearer")
}
