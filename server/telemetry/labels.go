package telemetry

import (
	"slices"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
)

// Every new value of a label is a series that is kept forever, so what a caller
// can write must not become one.

// modelLabel lets only the ids of the known catalogue through.
func (m *Metrics) modelLabel(id string) string {
	if id == "" {
		return orNone(id)
	}
	if known := m.catalog(); known != nil {
		if model, _, ok := known.Lookup(id); ok && model.ID == id {
			return id
		}
	}
	return "other"
}

func orNone(name string) string {
	if name == "" {
		return "none"
	}
	return name
}

func codeLabel(code provider.Code) string {
	switch {
	case code == "":
		return "ok"
	case slices.Contains(knownCodes(), code):
		return string(code)
	default:
		return "other"
	}
}

func warningLabel(code provider.WarningCode) string {
	if slices.Contains(knownWarnings(), code) {
		return string(code)
	}
	return "other"
}

func knownCodes() []provider.Code {
	return []provider.Code{
		provider.CodeInvalidArgument, provider.CodeQuerySyntax, provider.CodeNoMatch, provider.CodeUnknownModel,
		provider.CodeUnsupported, provider.CodeAuthFailed, provider.CodePaymentRequired, provider.CodeRateLimited,
		provider.CodePayloadTooLarge, provider.CodeContextTooLong, provider.CodeImageUnreadable,
		provider.CodePathNotAllowed, provider.CodeURLBlocked, provider.CodeSchemaInvalid,
		provider.CodeExtractionInvalid, provider.CodeUpstreamRejected, provider.CodeUpstreamUnavailable,
		provider.CodeUpstreamTimeout, provider.CodeUpstreamUnreachable, provider.CodeStreamInterrupted,
		provider.CodeBudgetExceeded, provider.CodeCancelled, provider.CodeInternal,
		"empty_response", // of an attempt that was answered with nothing
	}
}

func knownWarnings() []provider.WarningCode {
	return []provider.WarningCode{
		provider.WarnSystemCoalesced, provider.WarnSystemHoisted, provider.WarnEmptyResponse,
		provider.WarnReasoningOnly, provider.WarnTruncated, provider.WarnDeadline, provider.WarnStreamInterrupted,
		provider.WarnRateLimitWait, provider.WarnModelAlias, provider.WarnModelUnverified,
		provider.WarnModelFallback, provider.WarnModelDeprecated, provider.WarnNoLocalMatch,
		provider.WarnQueryExtension, provider.WarnCatalogStale, provider.WarnImageResized,
		provider.WarnImageFirstFrame, provider.WarnSchemaAdapted, provider.WarnModeFallback,
		provider.WarnUsageMissing,
	}
}
