package oauth

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	mcpserver "github.com/mark3labs/mcp-go/server"
)

// IsMetadataPath reports whether a path is one at which clients look for the metadata of a
// protected resource (RFC 9728).
func IsMetadataPath(path string) bool {
	rest, ok := strings.CutPrefix(path, mcpserver.WellKnownProtectedResourcePath)
	return ok && (rest == "" || rest[0] == '/')
}

// Serves reports whether [Verifier.ServeMetadata] answers a path: the bare one, and that
// with the path of the MCP endpoint, as this server or a proxy before it has it.
func (v *Verifier) Serves(path string) bool {
	path = strings.TrimSuffix(path, "/")
	return IsMetadataPath(path) && slices.Contains([]string{
		mcpserver.WellKnownProtectedResourcePath,
		mcpserver.WellKnownProtectedResourcePath + strings.TrimSuffix(v.options.Path, "/"),
		mcpserver.ProtectedResourceMetadataPath(v.publicURL()),
	}, path)
}

// ServeMetadata tells clients which issuer has tokens for this server, whether the issuer
// answers or not.
func (v *Verifier) ServeMetadata(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodOptions { // mcp-go: a browser's client sends other headers, too
		w.Header().Set("Access-Control-Allow-Origin", "*")
		w.Header().Set("Access-Control-Allow-Methods", "GET, HEAD")
		w.Header().Set("Access-Control-Allow-Headers", "*")
		w.WriteHeader(http.StatusNoContent)
		return
	}
	scopes := []string{scopeAll}
	for _, tool := range v.options.Tools {
		scopes = append(scopes, scopeAll+":"+tool)
	}
	mcpserver.NewProtectedResourceMetadataHandler(mcpserver.ProtectedResourceMetadataConfig{
		Resource:               v.resource(r),
		AuthorizationServers:   []string{v.options.Issuer},
		BearerMethodsSupported: []string{"header"},
		ScopesSupported:        scopes,
		ResourceName:           "AI Endpoints",
	}).ServeHTTP(w, r)
}

// publicURL returns the URL of the MCP endpoint as clients know it, "" if no audience is
// one.
func (v *Verifier) publicURL() string {
	if i := slices.IndexFunc(v.options.Audiences, isURL); i >= 0 {
		return v.options.Audiences[i]
	}
	return ""
}

// resource returns the URL of the MCP endpoint as the client of this request has it.
func (v *Verifier) resource(r *http.Request) string {
	if public := v.publicURL(); public != "" {
		return public
	}
	return originOf(r) + v.options.Path
}

// originOf returns how the client addresses the server. A proxy before it speaks TLS.
func originOf(r *http.Request) string {
	here := url.URL{Scheme: "https", Host: r.Host}
	if r.TLS == nil && isLoopback(here.Hostname()) {
		here.Scheme = "http"
	}
	return here.String()
}

// metadataURL returns where the metadata is, below the origin of the resource.
func (v *Verifier) metadataURL(r *http.Request) string {
	resource := v.resource(r)
	u, err := url.Parse(resource)
	if err != nil || u.Host == "" {
		return originOf(r) + mcpserver.WellKnownProtectedResourcePath
	}
	return u.Scheme + "://" + u.Host + mcpserver.ProtectedResourceMetadataPath(resource)
}
