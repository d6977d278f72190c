package provider

import "fmt"

// Warning tells of something that the caller should know although the call
// succeeded.
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
	WarnToolCallDropped   WarningCode = "tool_call_dropped"
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
)

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
		{WarnTruncated, "the answer was cut at its token limit, or at what the day's budget pays for"},
		{WarnDeadline, "the call's deadline cut the answer; this is the text so far"},
		{WarnStreamInterrupted, "the answer broke off; this is the text so far"},
		{WarnToolCallDropped, "a tool call was left out, because there were too many"},
		{WarnImageResized, "a picture was scaled down"},
		{WarnImageFirstFrame, "only the first frame of an animation was sent"},
		{WarnSchemaAdapted, "the schema was sent without what the service does not take; the data was checked against all of it"},
		{WarnModeFallback, "the service refused a way of asking for JSON, so another was used"},
		{WarnSystemCoalesced, "system messages were joined, because the models take only one"},
		{WarnSystemHoisted, "system messages were moved to the front, because the models take them only there"},
		{WarnModelAlias, "the model's name was an alias; the exact id was used"},
		{WarnModelUnverified, "the model's name could not be checked"},
		{WarnModelDeprecated, "the model is being retired; names a replacement"},
		{WarnModelFallback, "the model failed, and a fallback of the config file answered"},
		{WarnQueryExtension, "the query used an extension of the documented grammar"},
		{WarnNoLocalMatch, "no listed model matches the query; the service was asked all the same"},
		{WarnCatalogStale, "the catalogue could not be refreshed, and how old it is"},
		{WarnRateLimitWait, "the call waited for the model's rate limit"},
		{WarnUsageMissing, "the service did not count tokens, or its counts cannot be right, so there is no cost"},
	}
}

// warnings collects the warnings of one call.
type warnings []Warning

func (w *warnings) add(code WarningCode, format string, args ...any) {
	*w = append(*w, Warning{code, fmt.Sprintf(format, args...)})
}
