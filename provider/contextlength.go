package provider

import (
	"regexp"
	"strconv"
	"strings"
)

// isContextTooLong reports whether the words of a service, or its code, say that a prompt
// does not fit the model's context. Engines say so in many ways, with status 400, 413,
// 422 and 500. That an answer may not be as long as max_tokens is another thing.
func isContextTooLong(words string) bool {
	lower := strings.ToLower(words)
	return !isAnswerTooLong(lower) && containsAny(lower,
		"context_length_exceeded", "contextwindowexceeded", "exceed_context_size",
		"max_tokens must be at least 1", // AI Endpoints, when the prompt alone fills the context
		"context length", "context size", "context window", "maximum context",
		"maximum model length", "max_model_len", "maximum input length", "max_seq_len", "maximum sequence length",
		"must have less than", "tokens + `max_new_tokens`", "too large to process",
		"prompt is too long", "prompt too long", "input is too long", "input too long", "input token count",
		"too many input tokens", "maximum prompt length", "range of input length", "reduce the length of the")
}

// isAnswerTooLong reports whether words in lower case say that it is max_tokens that
// does not fit, beside a prompt that does.
func isAnswerTooLong(words string) bool {
	if strings.Contains(words, "tokens") && regexp.MustCompile(`max_\w*tokens'? (is|are) too large`).MatchString(words) {
		return true
	}
	prompt := regexp.MustCompile(
		"(\\d+) (?:tokens )?(?:in the (?:messages|prompt|input)|from the input messages|input tokens|`inputs` tokens)").FindStringSubmatch(words)
	limit := regexp.MustCompile(`(?:maximum context length (?:is|of)|must be <=) (\d+)`).FindStringSubmatch(words)
	if prompt == nil || limit == nil {
		return false
	}
	tokens, err := strconv.Atoi(prompt[1])
	most, wrong := strconv.Atoi(limit[1])
	return err == nil && wrong == nil && tokens < most
}
