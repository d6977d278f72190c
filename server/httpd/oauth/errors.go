package oauth

import (
	"net/http"
	"time"
)

// Reason is why a token is refused. It goes into logs and metrics.
type Reason string

// The reasons.
const (
	Malformed    Reason = "malformed"     // not a signed JWT, or claims of a wrong type
	Algorithm    Reason = "algorithm"     // not signed with a key pair
	UnknownKey   Reason = "unknown_key"   // the issuer has no such key
	BadSignature Reason = "bad_signature" // changed, or signed with another key
	WrongIssuer  Reason = "wrong_issuer"
	WrongAud     Reason = "wrong_audience" // for another resource
	Expired      Reason = "expired"
	NotYetValid  Reason = "not_yet_valid"
	NoCaller     Reason = "no_caller" // the claim with the caller's name is missing
	NoScope      Reason = "no_scope"  // its scopes allow nothing here
	Unavailable  Reason = "unavailable"
)

// RetryAfter is when a client may send a token again that could not be verified.
const RetryAfter = 5 * time.Second

// Error is the refusal of a token. Nothing of it is from the token, except durations.
type Error struct {
	Reason Reason
	detail string
	scopes []string // that the token has, if they are too few

	isSigned bool // by the issuer, although it is malformed
}

// Error says why in a sentence, for the log of the server.
func (e *Error) Error() string { return string(e.Reason) + ": " + e.detail }

// Status returns the HTTP status of the answer.
func (e *Error) Status() int {
	switch e.Reason {
	case Unavailable:
		return http.StatusServiceUnavailable
	case NoCaller, NoScope: // another token of this kind would not help
		return http.StatusForbidden
	}
	return http.StatusUnauthorized
}

// Hint says what the client, or whoever runs the server, can do.
func (e *Error) Hint() string {
	switch e.Reason {
	case Malformed, Algorithm:
		return "send a token of the OAuth issuer or one of this server, not a key of AI Endpoints"
	case NoCaller:
		return "ask whoever runs this server which claim must name you"
	case NoScope:
		return "let your client log in again and ask for the scopes of WWW-Authenticate"
	case Unavailable:
		return "try again as Retry-After says; the log of the server has the cause"
	}
	return "let your client log in again"
}

// IsGuess reports whether anybody could have made the token: the issuer has not signed it,
// or could not be asked.
func (e *Error) IsGuess() bool {
	switch e.Reason {
	case Malformed:
		return !e.isSigned
	case Algorithm, UnknownKey, BadSignature:
		return true
	}
	return false
}

// Description is for the client, in words that are always the same.
func (e *Error) Description() string {
	switch e.Reason {
	case Malformed:
		return "the token is not one of this server, and not a signed JWT of its issuer"
	case Algorithm:
		return "the token is signed with an algorithm that is not accepted"
	case UnknownKey:
		return "the token is signed with a key that the issuer does not have"
	case BadSignature:
		return "the signature of the token is wrong"
	case WrongIssuer:
		return "the token is of another issuer"
	case WrongAud:
		return "the token is for another resource"
	case Expired:
		return "the token has expired"
	case NotYetValid:
		return "the token is not valid yet, or a clock is wrong"
	case NoCaller:
		return "the token does not name a caller"
	case NoScope:
		return "the scopes of the token allow no tool of this server"
	}
	return "tokens cannot be verified now, the issuer does not answer"
}
