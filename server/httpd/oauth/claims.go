package oauth

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

const (
	// leeway is for clocks that differ.
	leeway = time.Minute
	// suspect is how long after its expiry a token may still be refused for a wrong clock.
	suspect = 10 * time.Minute
	// maxName is in characters.
	maxName = 128
)

// claims are those of a token whose signature is right, by their exact names.
type claims map[string]json.RawMessage

// has reports whether there is a claim with a value.
func (c claims) has(name string) bool {
	raw, ok := c[name]
	return ok && string(raw) != "null"
}

// texts returns the values of a claim that is a text or a list of texts.
func (c claims) texts(name string) (texts []string, ok bool) {
	var text string
	if json.Unmarshal(c[name], &text) == nil {
		return []string{text}, c.has(name)
	}
	return texts, json.Unmarshal(c[name], &texts) == nil
}

// time returns the value of a claim that is a time, in seconds since 1970.
func (c claims) time(name string) (t time.Time, ok bool) {
	var seconds float64
	const most = 253402300799 // the year 9999
	if !c.has(name) || json.Unmarshal(c[name], &seconds) != nil || seconds < 0 || seconds > most {
		return t, false
	}
	return time.Unix(int64(seconds), 0), true
}

// checkClaims refuses the tokens of others, for others, and of other times.
func (v *Verifier) checkClaims(c claims) error {
	if issuer, _ := c.texts("iss"); len(issuer) != 1 || issuer[0] != v.options.Issuer {
		return &Error{Reason: WrongIssuer, detail: fmt.Sprintf("its issuer (iss) is not written %q", v.options.Issuer)}
	}
	audiences, _ := c.texts("aud")
	if !slices.ContainsFunc(audiences, v.isAudience) {
		return &Error{Reason: WrongAud, detail: fmt.Sprintf("its audience (aud) is none of %q", v.options.Audiences)}
	}
	return checkTimes(c, time.Now())
}

func (v *Verifier) isAudience(found string) bool {
	return slices.ContainsFunc(v.options.Audiences, func(wanted string) bool {
		return found == wanted || isURL(wanted) && strings.TrimSuffix(found, "/") == strings.TrimSuffix(wanted, "/")
	})
}

func isURL(text string) bool {
	return strings.HasPrefix(text, "https://") || strings.HasPrefix(text, "http://")
}

func checkTimes(c claims, now time.Time) error {
	expires, ok := c.time("exp")
	if !ok {
		return unreadable("without the time when it expires (exp)")
	}
	if ago := now.Sub(expires); ago >= leeway {
		detail := fmt.Sprintf("expired %s ago", ago.Round(time.Second))
		if ago < suspect {
			detail += "; the clock of this machine may be fast, or that of the issuer slow"
		}
		return &Error{Reason: Expired, detail: detail}
	}
	for _, name := range []string{"nbf", "iat"} {
		begins, ok := c.time(name)
		if c.has(name) && !ok {
			return unreadable("with a time that is not one (" + name + ")")
		}
		if until := begins.Sub(now); ok && until > leeway {
			return &Error{Reason: NotYetValid, detail: fmt.Sprintf(
				"valid only in %s (%s); the clock of this machine may be slow, or that of the issuer fast", until.Round(time.Second), name)}
		}
	}
	return nil
}

// identity reads who the token is for and what it allows.
func (v *Verifier) identity(c claims) (*Identity, error) {
	names, _ := c.texts(v.options.CallerClaim)
	names = slices.DeleteFunc(names, func(name string) bool { return !isName(name) })
	if len(names) == 0 {
		return nil, &Error{Reason: NoCaller, detail: fmt.Sprintf(
			"its claim %q is not a name, or a list of names, of at most %d printable characters", v.options.CallerClaim, maxName)}
	}
	identity, limited := &Identity{Candidates: names}, false
	for _, claim := range []string{"scope", "scp"} {
		texts, ok := c.texts(claim)
		switch {
		case !c.has(claim):
			continue
		case !ok:
			return nil, unreadable("with scopes that are not text (" + claim + ")")
		}
		limited = true
		for _, text := range texts {
			identity.scopes = append(identity.scopes, strings.Fields(text)...)
		}
	}
	identity.scopes = slices.DeleteFunc(identity.scopes, func(s string) bool { return !isScope(s) })
	if !limited {
		return identity, nil
	}
	if identity.Tools = allowedBy(identity.scopes, v.options.Tools); len(identity.Tools) == 0 {
		return nil, &Error{Reason: NoScope, scopes: identity.scopes, detail: fmt.Sprintf(
			"it has scopes, but none that allows a tool: %s allows all, %s:TOOL one", scopeAll, scopeAll)}
	}
	return identity, nil
}

// isName reports whether a claim's value can name a caller, also in logs.
func isName(name string) bool {
	return strings.TrimSpace(name) == name && name != "" && utf8.ValidString(name) && utf8.RuneCountInString(name) <= maxName &&
		!strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) })
}
