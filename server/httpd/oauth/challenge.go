package oauth

import (
	"fmt"
	"net/http"
	"slices"
)

// Realm names this server in a challenge.
const Realm = "ai-endpoints-mcp"

// Challenge returns the value of WWW-Authenticate for a request that is refused, with err of
// [Verifier.Verify], or nil without a token: RFC 6750 wants no error then. The connectors of
// Claude and ChatGPT find the issuer by resource_metadata, and ask it for the scope. It is
// "" if another token would not help.
func (v *Verifier) Challenge(r *http.Request, err *Error) string {
	switch {
	case err == nil:
		return fmt.Sprintf(`Bearer realm=%q, resource_metadata=%q, scope=%q`, Realm, v.metadataURL(r), scopeAll)
	case err.Reason == NoScope:
		return v.scopeChallenge(r, scopesFor(err.scopes, scopeAll), err.Description())
	case err.Status() != http.StatusUnauthorized:
		return ""
	}
	return v.invalidToken(r, err.Description())
}

func (v *Verifier) invalidToken(r *http.Request, description string) string {
	return fmt.Sprintf(`Bearer realm=%q, error="invalid_token", error_description=%q, resource_metadata=%q, scope=%q`,
		Realm, description, v.metadataURL(r), scopeAll)
}

// Forbids reports whether a tool is one that the scopes of a token do not allow.
func (v *Verifier) Forbids(i *Identity, tool string) bool {
	return i.Tools != nil && !slices.Contains(i.Tools, tool) && slices.Contains(v.options.Tools, tool)
}

// ToolChallenge returns the value of WWW-Authenticate for a call of a tool that the scopes
// of the token do not allow.
func (v *Verifier) ToolChallenge(r *http.Request, i *Identity, tool string) string {
	return v.scopeChallenge(r, scopesFor(i.scopes, scopeAll+":"+tool), "the scopes of the token do not allow this tool")
}

func (v *Verifier) scopeChallenge(r *http.Request, scopes, description string) string {
	return fmt.Sprintf(`Bearer realm=%q, error="insufficient_scope", error_description=%q, scope=%q, resource_metadata=%q`,
		Realm, description, scopes, v.metadataURL(r))
}
