package schema

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
)

// maxValues bounds how many values of an answer are tried.
const maxValues = 64

// findJSON returns the JSON values in an answer, the likeliest first: the whole
// answer, else the last of its values, which stand in Markdown fences or, if they are
// objects or lists, between other text; what comes before is a draft. A value that is
// cut off or broken is skipped: nothing is added that the model did not write. There are
// none once ctx ends.
func findJSON(ctx context.Context, answer string) []json.RawMessage {
	for _, whole := range []string{answer, finalChannel(answer)} {
		answer = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(whole), "\uFEFF"))
		if json.Valid([]byte(answer)) {
			return []json.RawMessage{json.RawMessage(answer)}
		}
	}
	found := append(fences(ctx, answer), embedded(ctx, answer)...)
	// The outermost first, of those that begin at the same place.
	slices.SortFunc(found, func(a, b span) int { return cmp.Or(a.start-b.start, b.end-a.end) })
	var values []json.RawMessage
	end := 0
	for _, s := range found {
		if s.end > end && ctx.Err() == nil { // not a part of the one before
			values = append(values, json.RawMessage(answer[s.start:s.end]))
			end = s.end
		}
	}
	slices.Reverse(values)
	return values[:min(len(values), maxValues)]
}

// span is a part of a text.
type span struct{ start, end int }

// finalChannel returns what a model answers, without the reasoning that some engines
// leave before it: up to </think>, or in another channel than gpt-oss's final one.
func finalChannel(answer string) string {
	const final, message = "<|channel|>final", "<|message|>"
	if start := strings.LastIndex(answer, final); start >= 0 {
		_, answer, _ = strings.Cut(answer[start:], message)
		for _, mark := range []string{"<|end|>", "<|return|>", "<|start|>"} {
			answer, _, _ = strings.Cut(answer, mark)
		}
		return answer
	}
	if strings.Contains(answer, "<|channel|>") {
		return "" // it ended before the final channel
	}
	if _, after, ok := strings.Cut(answer, "</think>"); ok {
		return after
	}
	if strings.HasPrefix(strings.TrimSpace(answer), "<think>") {
		return "" // it ended while the model was thinking
	}
	return answer
}

// fences returns the contents of Markdown code fences that are JSON values.
func fences(ctx context.Context, text string) []span {
	const mark = "```"
	var found []span
	for at := 0; ; {
		opening := strings.Index(text[at:], mark)
		if opening < 0 || ctx.Err() != nil {
			return found
		}
		at += opening + len(mark)
		line := strings.IndexByte(text[at:], '\n') // after the language
		if line < 0 {
			return found
		}
		at += line
		length := strings.Index(text[at:], mark)
		if length < 0 {
			length = len(text) - at
		}
		inside := text[at : at+length]
		start := at + len(inside) - len(strings.TrimLeft(inside, " \t\r\n"))
		end := at + len(strings.TrimRight(inside, " \t\r\n"))
		if start < end && json.Valid([]byte(text[start:end])) {
			found = lastOf(append(found, span{start, end}), 0)
		}
		at = min(at+length+len(mark), len(text))
	}
}
