package provider

import "strings"

// ending is what a finish reason says of an answer.
type ending int

const (
	endNone     ending = iota // there is no finish reason of the service
	endClean                  // the model was done, or called tools
	endCut                    // at a limit of tokens
	endFiltered               // by a content filter
	endRefused                // the model would not answer
	endUnknown                // aborted, failed, or a word that nobody knows
)

// endingOf is the one place that decides what a finish reason means, whichever engine
// or gateway wrote it.
func endingOf(reason string) ending {
	switch strings.ReplaceAll(strings.ToLower(strings.TrimSpace(reason)), "-", "_") {
	case "":
		return endNone
	case "stop", "stopped", "tool_calls", "tool_call", "tool_use", "function_call", "eos", "eos_token", "eos_token_id", "end_id", "end",
		"end_turn", "end_of_text", "stop_sequence", "stop_sequences", "stop_word", "stop_words", "stop_token", "stop_str",
		"complete", "completed", "finish", "finished", "done":
		return endClean
	case "length", "max_tokens", "max_token", "max_length", "max_output_tokens", "max_new_tokens", "max_completion_tokens", "model_length",
		"token_limit", "limit", "context_length", "context_length_exceeded", "model_context_window_exceeded":
		return endCut
	case "content_filter", "content_filtered", "safety", "recitation", "blocklist", "prohibited_content", "spii", "sensitive",
		"guardrail_intervened", "error_toxic", "image_safety":
		return endFiltered
	case "refusal", "refused":
		return endRefused
	default:
		return endUnknown
	}
}

// explainEnd adds the warnings for an answer that was cut, filtered, refused or broken
// off, and for one without text and without a tool call.
func explainEnd(r *ChatResult, got completion) {
	switch r.end = got.end; r.end {
	case endCut:
		r.truncation = "the answer was cut at " + got.truncation
		r.ending.add(WarnTruncated, "%s", r.truncation)
	case endUnknown:
		r.ending.add(WarnStreamInterrupted, "the answer ended with %q; it may not be whole", excerpt(r.FinishReason))
	}
	filtered, refused := got.filtered || r.end == endFiltered, got.refused() || r.end == endRefused
	r.refused = refused
	if filtered {
		r.ending.add(WarnContentFiltered, "%s", filteredText(r))
	}
	if refused {
		r.ending.add(WarnRefused, "%s", refusedText(r, got.refusal.String()))
	}
	if !r.IsEmpty() || filtered || refused || got.calls.dropped != "" {
		return
	}
	if r.Reasoning != "" {
		r.ending.add(WarnReasoningOnly,
			"the model spent all its tokens on reasoning and wrote no answer; raise max_tokens or lower reasoning_effort")
		return
	}
	r.ending.add(WarnEmptyResponse, "%s", emptyText(got))
}

func filteredText(r *ChatResult) string {
	if r.IsEmpty() {
		return "a content filter of the service held the answer back; reword the messages"
	}
	return "a content filter of the service cut the answer; this is the text so far"
}

func refusedText(r *ChatResult, refusal string) string {
	switch {
	case r.IsEmpty():
		return "the model refused to answer, without a word; reword the messages"
	case refusal == "" || strings.TrimSpace(refusal) == strings.TrimSpace(r.Content):
		return "the model refused to answer; its text is the refusal"
	default:
		return "the model refused to go on: " + excerpt(refusal)
	}
}

// emptyText says why an answer may be empty.
func emptyText(got completion) string {
	text := "the model answered nothing. "
	switch {
	case got.rateLimitLikely && got.noKey != "":
		text += "Rate limiting is likely: the free tier of 2 requests a minute can answer so instead of 429. " +
			"Wait a minute, or set a key. " + got.noKey
	case got.rateLimitLikely:
		text += "Rate limiting is likely: the service can answer so instead of 429. Wait a minute"
	default:
		text += "Rate limiting is unlikely; try again, reword the messages, or name another model"
	}
	if got.empty > 1 {
		text += ". It was asked twice"
	}
	return text
}
