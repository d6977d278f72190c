package provider

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Code names a kind of failure. The set is closed: clients branch on it.
type Code string

// The codes; [Codes] says what each is for.
const (
	CodeInvalidArgument     Code = "invalid_argument"
	CodeQuerySyntax         Code = "query_syntax"
	CodeNoMatch             Code = "no_match"
	CodeUnknownModel        Code = "unknown_model"
	CodeUnsupported         Code = "unsupported"
	CodeAuthFailed          Code = "auth_failed"
	CodePaymentRequired     Code = "payment_required"
	CodeRateLimited         Code = "rate_limited"
	CodePayloadTooLarge     Code = "payload_too_large"
	CodeContextTooLong      Code = "context_too_long"
	CodeImageUnreadable     Code = "image_unreadable"
	CodeFileUnreadable      Code = "file_unreadable"
	CodePathNotAllowed      Code = "path_not_allowed"
	CodeURLBlocked          Code = "url_blocked"
	CodeSchemaInvalid       Code = "schema_invalid"
	CodeExtractionInvalid   Code = "extraction_invalid"
	CodeUpstreamRejected    Code = "upstream_rejected"
	CodeUpstreamUnavailable Code = "upstream_unavailable"
	CodeUpstreamTimeout     Code = "upstream_timeout"
	CodeUpstreamUnreachable Code = "upstream_unreachable"
	CodeStreamInterrupted   Code = "stream_interrupted"
	CodeBudgetExceeded      Code = "budget_exceeded"
	CodeNotPermitted        Code = "not_permitted"
	CodeOverloaded          Code = "overloaded"
	CodeCancelled           Code = "cancelled"
	CodeInternal            Code = "internal"
)

// CodeMeaning says what a code stands for.
type CodeMeaning struct {
	Code    Code
	Meaning string
}

// Codes returns the closed set of codes with their meanings.
func Codes() []CodeMeaning {
	return []CodeMeaning{
		{CodeInvalidArgument, "a parameter is missing, blank, unknown or out of range; the text names it and what is allowed"},
		{CodeUnknownModel, "no such model; the text has the nearest ids"},
		{CodeUnsupported, "this model lacks what the call needs; the text names models that have it"},
		{CodeImageUnreadable, "an image was not found, not fetched or not decodable, or is too large"},
		{CodeFileUnreadable, "a file was not found, changed while it was read, or is not text, or not audio"},
		{CodePathNotAllowed, "a file outside the allowed folders, what is no file, or a folder that cannot be written"},
		{CodeURLBlocked, "a refused scheme, host or address"},
		{CodeSchemaInvalid, "the JSON Schema cannot be used"},
		{CodeExtractionInvalid, "no answer was valid against the schema; the text has the JSON paths where it is not"},
		{CodeQuerySyntax, "a model query does not parse; the text names the column"},
		{CodeNoMatch, "no model satisfies the query"},
		{CodeAuthFailed, "the key was refused"},
		{CodePaymentRequired, "the project has no payment method"},
		{CodeRateLimited, "too many requests to this model"},
		{CodeBudgetExceeded, "the call might pass the day's `--max-cost`, or what its caller may spend"},
		{CodeNotPermitted, "the caller may not use this tool, model or batch; the text names the rule and what it may use"},
		{CodeOverloaded, "calls already hold as much memory as `--memory-limit` allows"},
		{CodePayloadTooLarge, "the request is over the service's limit"},
		{CodeContextTooLong, "the prompt does not fit the model's context"},
		{CodeUpstreamRejected, "the service refused the request; its own words are kept"},
		{CodeUpstreamUnavailable, "the service failed, or its answer cannot be read"},
		{CodeUpstreamTimeout, "nothing usable came before the deadline"},
		{CodeUpstreamUnreachable, "the service cannot be reached"},
		{CodeStreamInterrupted, "the answer broke off before any text"},
		{CodeCancelled, "the caller gave up"},
		{CodeInternal, "a defect here, logged"},
	}
}

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
	Usage      *Usage        // of answers that were paid for all the same; nil without any, or if unknown
	Cost       *float64      // EUR, likewise

	field       string // of the request, that the service names beside its words
	wholeWindow bool   // the service named no time, and RetryAfter is its whole minute
	cause       error
}

// Error returns the text that a model is shown:
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

// Unwrap returns the cause, for errors.Is.
func (e *Error) Unwrap() error { return e.cause }

// InvalidArgument is the error for a parameter that is missing, blank or out of
// range. The message names the parameter; allowed says what it takes.
func InvalidArgument(message, allowed string) *Error {
	return &Error{Code: CodeInvalidArgument, Message: message, Hint: allowed}
}

const callAgain = "call again if the answer is still wanted"

// AsError returns err as an [Error], whatever it was: a context's end becomes
// cancelled or upstream_timeout, anything else is internal and its text, which
// may hold anything, stays out of the message.
func AsError(err error) *Error {
	if known, ok := errors.AsType[*Error](err); ok {
		return known
	}
	switch {
	case errors.Is(err, context.Canceled):
		return &Error{Code: CodeCancelled, Message: "the call was cancelled", Hint: callAgain, cause: err}
	case errors.Is(err, context.DeadlineExceeded):
		return &Error{
			Code: CodeUpstreamTimeout, Message: "the deadline passed", Retryable: true, cause: err,
			Hint: "try again, ask for less, or raise --timeout",
		}
	default:
		return &Error{Code: CodeInternal, Message: "the server failed to handle the call", Hint: "see the server's log", cause: err}
	}
}

// Warning is something that the caller should know although the call succeeded.
type Warning struct {
	Code    WarningCode `json:"code"`
	Message string      `json:"message"`
}

// WarningCode names a kind of warning. The set is closed.
type WarningCode string

// The warnings; [Warnings] says what each is for.
const (
	WarnEmptyResponse     WarningCode = "empty_response"
	WarnReasoningOnly     WarningCode = "reasoning_only"
	WarnTruncated         WarningCode = "truncated"
	WarnDeadline          WarningCode = "deadline"
	WarnStreamInterrupted WarningCode = "stream_interrupted"
	WarnRefused           WarningCode = "refused"
	WarnContentFiltered   WarningCode = "content_filtered"
	WarnToolCallDropped   WarningCode = "tool_call_dropped"
	WarnToolCallAsText    WarningCode = "tool_call_as_text"
	WarnImageResized      WarningCode = "image_resized"
	WarnImageFirstFrame   WarningCode = "image_first_frame"
	WarnSchemaAdapted     WarningCode = "schema_adapted"
	WarnModeFallback      WarningCode = "mode_fallback"
	WarnSystemCoalesced   WarningCode = "system_coalesced"
	WarnSystemHoisted     WarningCode = "system_hoisted"
	WarnModelAlias        WarningCode = "model_alias"
	WarnModelUnverified   WarningCode = "model_unverified"
	WarnModelDeprecated   WarningCode = "model_deprecated"
	WarnModelFallback     WarningCode = "model_fallback"
	WarnQueryExtension    WarningCode = "query_extension"
	WarnNoLocalMatch      WarningCode = "no_local_match"
	WarnCatalogStale      WarningCode = "catalog_stale"
	WarnRateLimitWait     WarningCode = "rate_limit_wait"
	WarnUsageMissing      WarningCode = "usage_missing"
	WarnArgumentAdapted   WarningCode = "argument_adapted"
	WarnArgumentIgnored   WarningCode = "argument_ignored"
	WarnHistoryTrimmed    WarningCode = "history_trimmed"
	WarnNotSaved          WarningCode = "not_saved"
)

// SaysWhyEmpty reports whether a warning says why an answer is empty, if it is.
func (c WarningCode) SaysWhyEmpty() bool {
	switch c {
	case WarnEmptyResponse, WarnReasoningOnly, WarnContentFiltered, WarnRefused, WarnToolCallDropped:
		return true
	default:
		return false
	}
}

// WarningMeaning says what a warning stands for.
type WarningMeaning struct {
	Code    WarningCode
	Meaning string
}

// Warnings returns the closed set of warnings with their meanings.
func Warnings() []WarningMeaning {
	return []WarningMeaning{
		{WarnEmptyResponse, "the model answered nothing; says whether rate limiting is likely"},
		{WarnReasoningOnly, "all tokens went into reasoning: raise `max_tokens` or lower `reasoning_effort`"},
		{WarnTruncated, "the answer was cut at its token limit, or at what a budget pays for"},
		{WarnDeadline, "the call's deadline cut the answer, or a batch's window ended; this is what came so far"},
		{WarnStreamInterrupted, "the answer broke off, or ended with a reason that nobody knows; this is the text so far"},
		{WarnRefused, "the model refused to answer; the text is its refusal"},
		{WarnContentFiltered, "a content filter of the service held the answer back, or cut it"},
		{WarnToolCallDropped, "a tool call was left out: its arguments were cut or there were too many"},
		{WarnToolCallAsText, "the model wrote a tool call into its text, in a form that is not read"},
		{WarnImageResized, "an image was scaled down, or a long one was cut into tiles"},
		{WarnImageFirstFrame, "only the first frame of an animation, or page of a document, was sent"},
		{WarnSchemaAdapted, "the schema was sent without what the service does not take, or checked without a pattern that nothing reads"},
		{WarnModeFallback, "the service refused a way of asking for JSON, so another was used"},
		{WarnSystemCoalesced, "system messages were joined, because the models take only one"},
		{WarnSystemHoisted, "system messages were moved to the front, because the models take them only there"},
		{WarnModelAlias, "the model's name was an alias; the exact id was used"},
		{WarnModelUnverified, "the model's name could not be checked"},
		{WarnModelDeprecated, "the model is being retired; names a replacement"},
		{WarnModelFallback, "the model failed, and a fallback of the config file answered"},
		{WarnQueryExtension, "the query used an extension of the documented grammar"},
		{WarnNoLocalMatch, "no listed model matches: the query went to the service all the same, or the default was replaced"},
		{WarnCatalogStale, "the catalogue could not be refreshed, and how old it is"},
		{WarnRateLimitWait, "the call waited for the model's rate limit"},
		{WarnArgumentAdapted, "an argument was read in another way than it was written"},
		{WarnArgumentIgnored, "an argument, or a field of a message, had no effect"},
		{WarnHistoryTrimmed, "blank turns or the oldest images of a conversation were left out"},
		{WarnNotSaved, "the result was not written to its file, and is in the answer; says why"},
		{WarnUsageMissing, "the service did not count tokens, or its counts cannot be right, so there is no cost"},
	}
}

// warnings collects what the caller of one call should know. It is passed down and
// only added to: no warning is looked up or changed.
type warnings []Warning

func (w *warnings) add(code WarningCode, format string, args ...any) {
	w.addAll(warnings{{code, fmt.Sprintf(format, args...)}})
}

// addAll adds warnings, each once: the requests of one call may warn of the same.
func (w *warnings) addAll(others warnings) {
	for _, other := range others {
		if !slices.Contains(*w, other) {
			*w = append(*w, other)
		}
	}
}
