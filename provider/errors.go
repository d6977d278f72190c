package provider

import (
	"context"
	"errors"
	"strings"
	"time"
)

// Code names a kind of failure. The set is closed: clients branch on it.
type Code string

// The codes, with what each is for.
const (
	CodeInvalidArgument     Code = "invalid_argument"     // missing, blank or out of range for any model
	CodeQuerySyntax         Code = "query_syntax"         // a virtual-model query that does not parse
	CodeNoMatch             Code = "no_match"             // a query that no model satisfies
	CodeUnknownModel        Code = "unknown_model"        // no model of that name
	CodeUnsupported         Code = "unsupported"          // what this model lacks
	CodeAuthFailed          Code = "auth_failed"          // the key was refused
	CodePaymentRequired     Code = "payment_required"     // the project has no payment method
	CodeRateLimited         Code = "rate_limited"         // too many requests for this model
	CodePayloadTooLarge     Code = "payload_too_large"    // the request body is over the service's limit
	CodeContextTooLong      Code = "context_too_long"     // the prompt does not fit the model's context
	CodeImageUnreadable     Code = "image_unreadable"     // a picture that was not fetched or not decodable, or is too large
	CodePathNotAllowed      Code = "path_not_allowed"     // a file outside the allowed folders
	CodeURLBlocked          Code = "url_blocked"          // a refused scheme, host or address
	CodeSchemaInvalid       Code = "schema_invalid"       // the caller's JSON Schema cannot be used
	CodeExtractionInvalid   Code = "extraction_invalid"   // no answer was valid against the schema
	CodeUpstreamRejected    Code = "upstream_rejected"    // any other 4xx
	CodeUpstreamUnavailable Code = "upstream_unavailable" // 5xx, or an answer that is none
	CodeUpstreamTimeout     Code = "upstream_timeout"     // nothing usable before the deadline
	CodeUpstreamUnreachable Code = "upstream_unreachable" // no connection
	CodeStreamInterrupted   Code = "stream_interrupted"   // the stream broke before any text
	CodeBudgetExceeded      Code = "budget_exceeded"      // the day's budget cannot pay the call
	CodeCancelled           Code = "cancelled"            // the caller gave up
	CodeInternal            Code = "internal"             // a defect of this program
)

// Error is every failure that the provider reports. Message says what failed
// and keeps the service's own words; Hint says what to do. Neither ever holds
// the API key.
type Error struct {
	Code       Code
	Message    string
	Hint       string
	Status     int           // HTTP status of the service; 0 without an answer
	Retryable  bool          // the same call may succeed later
	RetryAfter time.Duration // when; 0 is unknown
	Attempts   []Attempt     // what was tried upstream, in order

	wholeWindow bool // the service named no time, and RetryAfter is its whole minute
	cause       error
}

// Error gives the text that a model is shown:
// "CODE: what failed. Hint: what to do."
func (e *Error) Error() string {
	text := string(e.Code) + ": " + strings.TrimRight(e.Message, ". ")
	switch {
	case e.Hint == "":
		return text
	case strings.HasSuffix(text, "?"):
		return text + " Hint: " + e.Hint
	default:
		return text + ". Hint: " + e.Hint
	}
}

// Unwrap gives the cause, for errors.Is.
func (e *Error) Unwrap() error { return e.cause }

// InvalidArgument is the error for a parameter that is missing, blank or out of
// range. The message names the parameter; allowed says what it takes.
func InvalidArgument(message, allowed string) *Error {
	return &Error{Code: CodeInvalidArgument, Message: message, Hint: allowed}
}

// AsError gives err as an [Error], whatever it was: a context's end becomes
// cancelled or upstream_timeout, anything else is internal and its text, which
// may hold anything, stays out of the message.
func AsError(err error) *Error {
	var known *Error
	switch {
	case errors.As(err, &known):
		return known
	case errors.Is(err, context.Canceled):
		return &Error{Code: CodeCancelled, Message: "the call was cancelled", cause: err}
	case errors.Is(err, context.DeadlineExceeded):
		return &Error{Code: CodeUpstreamTimeout, Message: "the deadline passed", Retryable: true, cause: err}
	default:
		return &Error{Code: CodeInternal, Message: "the server failed to handle the call", Hint: "see the server's log", cause: err}
	}
}

// WarningCode names a kind of warning. The set is closed.
type WarningCode string

// The warnings that this package gives.
const (
	WarnSystemCoalesced   WarningCode = "system_coalesced"
	WarnSystemHoisted     WarningCode = "system_hoisted"
	WarnEmptyResponse     WarningCode = "empty_response"
	WarnReasoningOnly     WarningCode = "reasoning_only"
	WarnTruncated         WarningCode = "truncated"
	WarnDeadline          WarningCode = "deadline"
	WarnStreamInterrupted WarningCode = "stream_interrupted"
	WarnRateLimitWait     WarningCode = "rate_limit_wait"
	WarnModelAlias        WarningCode = "model_alias"
	WarnModelUnverified   WarningCode = "model_unverified"
	WarnModelFallback     WarningCode = "model_fallback"
	WarnModelDeprecated   WarningCode = "model_deprecated"
	WarnNoLocalMatch      WarningCode = "no_local_match"
	WarnQueryExtension    WarningCode = "query_extension"
	WarnCatalogStale      WarningCode = "catalog_stale"
	WarnImageResized      WarningCode = "image_resized"
	WarnImageFirstFrame   WarningCode = "image_first_frame"
	WarnSchemaAdapted     WarningCode = "schema_adapted"
	WarnModeFallback      WarningCode = "mode_fallback"
	WarnUsageMissing      WarningCode = "usage_missing"
)

// Warning tells of something that the caller should know although the call
// succeeded.
type Warning struct {
	Code    WarningCode `json:"code"`
	Message string      `json:"message"`
}
