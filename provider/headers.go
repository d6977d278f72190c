package provider

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/openai/openai-go/v3/option"
)

// ParseHeader reads "Name: value", a header to send with each request to the base URL.
// The error does not repeat the value, which may be a secret.
func ParseHeader(text string) (name, value string, err error) {
	name, value, ok := strings.Cut(text, ":")
	name, value = http.CanonicalHeaderKey(strings.TrimSpace(name)), strings.TrimSpace(value)
	switch {
	case !ok || name == "" || strings.ContainsFunc(name, isNoToken):
		return "", "", errors.New(`not a header such as "X-Team: research"`)
	case value == "" || strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' || r > '~' }):
		return "", "", errors.New("the value of " + name + " is blank, or holds a control or non-ASCII character")
	case slices.Contains([]string{
		"Host", "Content-Length", "Content-Type", "Transfer-Encoding", "Connection", "Accept", "Accept-Encoding",
	}, name):
		return "", "", errors.New(name + " is set by each request itself")
	}
	return name, value, nil
}

// isNoToken reports whether a character cannot be in the name of a header.
func isNoToken(r rune) bool {
	isAlphanumeric := r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
	return !isAlphanumeric && !strings.ContainsRune("!#$%&'*+-.^_`|~", r)
}

// addGateway adds the headers of the configuration and the query of the base URL, which
// some gateways need, to each request.
func (c *client) addGateway(headers http.Header) option.Middleware {
	query := c.baseURL.Query()
	return func(req *http.Request, next option.MiddlewareNext) (*http.Response, error) {
		for name, values := range headers {
			req.Header[name] = values
		}
		if len(query) > 0 {
			all := req.URL.Query()
			for name, values := range query {
				all[name] = values
			}
			req.URL.RawQuery = all.Encode()
		}
		return next(req)
	}
}

// secretsOf returns what no message may repeat: the key, and what only the operator
// knows of headers and of the base URL's query, in each form that a server may echo.
func (c *client) secretsOf(headers http.Header) []string {
	secrets := []string{c.key}
	add := func(value string) {
		quoted, _ := json.Marshal(value)
		secrets = append(secrets, value, strings.Trim(string(quoted), `"`), url.QueryEscape(value), url.PathEscape(value))
	}
	for _, values := range headers {
		for _, value := range values {
			add(value)
			for word := range strings.FieldsSeq(value) { // a token without its scheme
				add(word)
			}
		}
	}
	for _, values := range c.baseURL.Query() {
		for _, value := range values {
			add(value)
		}
	}
	secrets = slices.DeleteFunc(secrets, func(secret string) bool {
		return len(secret) < shortestSecret && secret != c.key || secret == "" // a short one says nothing
	})
	slices.SortFunc(secrets, func(a, b string) int { return len(b) - len(a) }) // a part of one must not hide the rest of it
	return slices.Compact(secrets)
}
