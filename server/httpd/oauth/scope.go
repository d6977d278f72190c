package oauth

import (
	"slices"
	"strings"
)

// scopeAll is the scope that allows all tools. With a colon and the name of a tool behind
// it, it allows that one.
const scopeAll = "ai-endpoints"

// Identity is what a valid token says about its holder.
type Identity struct {
	Candidates []string // names of the caller, the first that is known counts; at least one
	Tools      []string // that the scopes allow; nil is a token without scopes, which allows all

	scopes []string // as they are written
}

// allowedBy returns which of all tools the scopes allow, never nil.
//
// A scope counts by its last part, since issuers put prefixes of their own before it, such
// as api://ID/chat.
func allowedBy(scopes, all []string) []string {
	allowed := []string{}
	for _, scope := range scopes {
		last := scope[strings.LastIndexAny(scope, ":/.")+1:]
		switch {
		case last == scopeAll || last == "tools":
			return append([]string{}, all...)
		case slices.Contains(all, last) && !slices.Contains(allowed, last):
			allowed = append(allowed, last)
		}
	}
	return allowed
}

// scopesFor returns the scopes of a token together with the one that is missing: a client
// asks for them all, and would lose those that are not named.
func scopesFor(present []string, missing string) string {
	const most = 2 << 10 // bytes: clients and proxies bound the size of headers
	all, size := []string{}, len(missing)
	for _, scope := range present {
		if size += len(scope) + 1; size > most {
			break
		}
		all = append(all, scope)
	}
	return strings.Join(append(all, missing), " ")
}

// isScope reports whether text is written as a scope (RFC 6749), so that it can stand in
// the quotes of a header.
func isScope(text string) bool {
	return !strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\\' })
}
