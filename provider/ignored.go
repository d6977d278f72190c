package provider

import (
	"encoding/json"
	"slices"
	"strings"
)

// explainIgnored warns of arguments that an answer shows to have had no effect. Engines say
// nothing of them: a chat template may know no tools, a gateway may drop the format.
func explainIgnored(r *ChatResult, got completion) {
	if r.IsEmpty() || r.ToolCalls != nil || got.calls.dropped != "" || got.filtered || got.refused() {
		return
	}
	asText := slices.ContainsFunc(r.ending, func(w Warning) bool { return w.Code == WarnToolCallAsText })
	if demandsCall(got.sent.ToolChoice) && !asText && (got.end == endClean || got.end == endCut) {
		r.ending.add(WarnArgumentIgnored, "tool_choice had no effect: %s called no function; it may take no tools here", got.answer.model)
	}
	if demandsJSON(got.sent.ResponseFormat) && got.end == endClean && !json.Valid([]byte(strings.TrimSpace(r.Content))) {
		r.ending.add(WarnArgumentIgnored, "response_format had no effect: the answer of %s is not JSON", got.answer.model)
	}
}

// demandsCall reports whether a tool_choice leaves no choice: it is required, or names a
// function.
func demandsCall(choice json.RawMessage) bool {
	return string(choice) == `"required"` || isObject(choice)
}

func demandsJSON(format json.RawMessage) bool {
	var f struct {
		Type string `json:"type"`
	}
	return json.Unmarshal(format, &f) == nil && (f.Type == "json_object" || f.Type == "json_schema")
}
