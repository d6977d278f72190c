package httpd

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/caller"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd/oauth"
)

const (
	expiredToken  = "this token has expired. Hint: ask whoever runs this server for a new one"
	expiredCaller = "the access of this caller has expired. Hint: ask whoever runs this server to renew it"
	needsLogin    = "this server needs a token of its OAuth issuer. " +
		"Hint: let your client log in, or send the header Authorization: Bearer TOKEN, with such a token or one of this server"
)

// identification is what the token of a request says.
type identification struct {
	caller   *caller.Caller
	grant    *grant // nil unless the token is of OAuth
	name     string // of the caller, also of one who is refused; "" for a token that may be a guess
	isSigned bool   // the token cannot be a guess, or it is not known yet whether it is one
	refusal  *refusal
}

// grant is what a token of OAuth allows a caller.
type grant struct {
	token  *oauth.Identity
	caller *caller.Caller // with the tools of its rules, before the scopes cut them
}

// refusal says why a request is not answered.
type refusal struct {
	status    int
	challenge string // WWW-Authenticate; "" is none
	text      string
	reason    string // for the log
	detail    string // for the log
}

// announce sets what an answer has in any form.
func (f *refusal) announce(w http.ResponseWriter, info *requestInfo) {
	info.reason, info.detail = f.reason, f.detail
	if f.challenge != "" {
		w.Header().Set("WWW-Authenticate", f.challenge)
	}
}

func (f *refusal) answer(w http.ResponseWriter, info *requestInfo) {
	f.announce(w, info)
	w.Header().Set("Connection", "close")
	if f.status == http.StatusServiceUnavailable {
		refuseForNow(w, f.status, oauth.RetryAfter, f.text)
		return
	}
	refuse(w, f.status, f.text)
}

// identify returns whose the token in the one Authorization header is: one of the file, or
// else one of the OAuth issuer.
func (e *Endpoint) identify(r *http.Request, headers []string) identification {
	if len(headers) == 0 {
		return e.unknown(r, reasonNoToken, "") // RFC 6750 wants no error when no token was sent
	}
	token, ok := bearer(headers)
	if !ok {
		return e.unknown(r, reasonNotBearer, `, error="invalid_request", error_description="send one header Authorization: Bearer TOKEN"`)
	}
	if found, ok := e.identifyByFile(r, token); ok {
		return found
	}
	if e.options.OAuth == nil {
		return e.unknown(r, reasonUnknownToken, `, error="invalid_token", error_description="this is no token of this server"`)
	}
	return e.identifyByOAuth(r, token)
}

func (e *Endpoint) unknown(r *http.Request, reason, parameters string) identification {
	f := &refusal{status: http.StatusUnauthorized, challenge: e.challenge(r) + parameters, text: needsToken, reason: reason}
	if e.options.OAuth != nil {
		f.text = needsLogin
	}
	return identification{refusal: f}
}

// challenge tells a client how to authenticate.
func (e *Endpoint) challenge(r *http.Request) string {
	if e.options.OAuth != nil {
		return e.options.OAuth.Challenge(r, nil)
	}
	return challenge
}

func (e *Endpoint) identifyByFile(r *http.Request, token string) (found identification, ok bool) {
	if e.options.Callers == nil {
		return found, false
	}
	entry, ok := e.options.Callers.Set().ByToken(token)
	if !ok {
		return found, false
	}
	found = identification{caller: entry.Caller, name: entry.Name}
	if entry.Expired(time.Now()) {
		found.refusal = &refusal{
			status: http.StatusUnauthorized, reason: reasonExpired, text: expiredToken,
			challenge: e.challenge(r) + `, error="invalid_token", error_description="this token has expired"`,
		}
	}
	return found, true
}

func (e *Endpoint) identifyByOAuth(r *http.Request, token string) identification {
	identity, err := e.options.OAuth.Verify(r.Context(), token)
	if refused, ok := errors.AsType[*oauth.Error](err); ok {
		return identification{isSigned: !refused.IsGuess(), refusal: &refusal{
			status: refused.Status(), challenge: e.options.OAuth.Challenge(r, refused),
			text: refused.Description() + ". Hint: " + refused.Hint(), reason: string(refused.Reason), detail: refused.Error(),
		}}
	}
	found := identification{isSigned: true}
	found.caller, found.refusal = e.callerOf(identity)
	if found.refusal == nil {
		found.grant = &grant{token: identity, caller: found.caller}
		found.name, found.caller = found.caller.Name, limitedTo(found.caller, identity.Tools)
	}
	return found
}

// callerOf returns the caller that a token names: one of the file of callers or, without
// such a file, anybody, who then uses the server's key.
func (e *Endpoint) callerOf(identity *oauth.Identity) (*caller.Caller, *refusal) {
	if !e.options.Callers.hasRules() {
		return e.anybody(identity.Candidates[0])
	}
	set := e.options.Callers.Set()
	for _, name := range identity.Candidates {
		entry, ok := set.ByName(name)
		switch {
		case !ok:
			continue
		case entry.Expired(time.Now()):
			return nil, &refusal{status: http.StatusForbidden, reason: reasonExpired, text: expiredCaller}
		}
		return entry.Caller, nil
	}
	return nil, &refusal{
		status: http.StatusForbidden, reason: reasonUnknownCaller,
		text: "the token is valid, but the caller " + quotedNames(identity.Candidates) + " is not in the file of callers. " +
			"Hint: ask whoever runs this server to add it",
	}
}

// anybody returns a caller without rules. It must not have the name of a token of the file,
// whose batches it could read then.
func (e *Endpoint) anybody(name string) (*caller.Caller, *refusal) {
	if e.options.Callers != nil {
		if _, taken := e.options.Callers.Set().ByName(name); taken {
			return nil, &refusal{
				status: http.StatusForbidden, reason: reasonNameTaken,
				text: "the token is valid, but the caller " + strconv.Quote(name) + " is another, with a token of a file. " +
					"Hint: ask whoever runs this server to rename one of them",
			}
		}
	}
	return &caller.Caller{Name: name, Rules: caller.Rules{SharedKey: true}}, nil
}

// quotedNames names the first few, for the holder of the token that has them.
func quotedNames(names []string) string {
	const most = 5
	var quoted []string
	for _, name := range names[:min(most, len(names))] {
		quoted = append(quoted, strconv.Quote(name))
	}
	return strings.Join(quoted, " or ")
}

// limitedTo returns the caller with those of its tools that are among the given ones; nil
// are all.
func limitedTo(c *caller.Caller, tools []string) *caller.Caller {
	if tools == nil {
		return c
	}
	limited := *c
	limited.Tools = slices.DeleteFunc(slices.Clone(tools), func(tool string) bool { return !c.MayCall(tool) })
	return &limited
}

// checkScopes refuses a call of a tool that the caller's rules allow, but not the scopes of
// its token: MCP's authorization wants a client to log in again for the scope.
func (e *Endpoint) checkScopes(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		info := requestInfoFrom(r.Context())
		grant := info.grant
		if grant == nil || grant.token.Tools == nil {
			next.ServeHTTP(w, r)
			return
		}
		tool := info.message.Tool()
		if !e.options.OAuth.Forbids(grant.token, tool) || !grant.caller.MayCall(tool) {
			next.ServeHTTP(w, r)
			return
		}
		info.reason = reasonScope
		w.Header().Set("WWW-Authenticate", e.options.OAuth.ToolChallenge(r, grant.token, tool))
		refuse(w, http.StatusForbidden, "the scopes of this token do not allow the tool "+tool+". "+
			"Hint: let your client log in again and ask for the scopes of WWW-Authenticate")
	})
}
