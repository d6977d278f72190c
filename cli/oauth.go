package cli

import (
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd/callers"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd/oauth"
)

// oauth returns the verifier of the tokens of the OAuth issuer, nil without one.
func (o *options) oauth(a *app) (*oauth.Verifier, error) {
	if o.OAuthIssuer == "" {
		return nil, nil
	}
	offered := callers.ExpandTools(o.Tools, toolNames)
	if len(offered) == 0 {
		offered = toolNames()
	}
	verifier, err := oauth.New(oauth.Options{
		Issuer: o.OAuthIssuer, Audiences: o.OAuthAudiences, CallerClaim: o.OAuthClaim, Tools: offered, Path: o.Path, Logger: a.log,
	})
	if err != nil {
		return nil, usageError{err, "check --oauth-issuer and --oauth-audience"}
	}
	return verifier, nil
}
