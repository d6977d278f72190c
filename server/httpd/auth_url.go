package httpd

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd/callers"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd/oauth"
)

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
			value = strings.TrimPrefix(value, "Bearer ")
			if e.options.OAuth != nil && oauth.IsToken(value) {
				return true
			}
			if len(value) >= callers.MinTokenLength {
				found = append(found, value)
			}
		}
	}
	if e.options.Callers == nil || caller == "" && len(found) != 1 {
		return false
	}
	for _, value := range found {
		entry, known := e.options.Callers.Set().ByToken(value)
		name := ""
		if known {
			name = entry.Name
		}
		if caller == "" {
			return e.tries.check(addressOf(r), value, name) == 0 && known
		}
		if known && name == caller {
			return true
		}
	}
	return false
}
