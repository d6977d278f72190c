package provider

import (
	"cmp"
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
	var secrets []string
	add := func(value string) {
		quoted, _ := json.Marshal(value)
		secrets = append(secrets, value, strings.Trim(string(quoted), `"`), url.QueryEscape(value), url.PathEscape(value))
	}
	add(c.key)
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
	slices.SortFunc(secrets, func(a, b string) int {
		return cmp.Or(len(b)-len(a), strings.Compare(a, b)) // a part of one must not hide the rest of it
	})
	return slices.Compact(secrets)
}

// keysOf returns those secrets of which no message may repeat even a part: the key, and
// what looks like one.
func (c *client) keysOf(secrets []string) []*keyParts {
	const shortest = 16
	likeKeys := slices.DeleteFunc(slices.Clone(secrets), func(secret string) bool {
		return secret != c.key && (len(secret) < shortest || isWords(secret))
	})
	var keys []*keyParts
	for _, secret := range likeKeys {
		holdsAnother := slices.ContainsFunc(likeKeys, func(s string) bool { return s != secret && strings.Contains(secret, s) })
		if key := newKeyParts(secret); key != nil && !holdsAnother { // "Token abc…" holds abc…
			keys = append(keys, key)
		}
	}
	return keys
}
