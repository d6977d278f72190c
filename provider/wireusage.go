package provider

import (
	"encoding/json"
	"math"
	"strconv"
)

// maxTokens bounds each count of tokens: no request and no answer comes near it.
const maxTokens = 1_000_000_000

// wireUsage is the field "usage" of an answer. Decoding it never fails, and all that
// is decoded can be trusted: a usage that cannot be read or cannot be right is the
// zero value, which costs the usage and never the answer.
type wireUsage Usage

// UnmarshalJSON implements [json.Unmarshaler].
func (u *wireUsage) UnmarshalJSON(data []byte) error {
	*u = wireUsage{}
	var wire struct {
		Prompt     tokenCount      `json:"prompt_tokens"`
		Completion tokenCount      `json:"completion_tokens"`
		Total      tokenCount      `json:"total_tokens"`
		Details    json.RawMessage `json:"completion_tokens_details"`
	}
	if json.Unmarshal(data, &wire) != nil || wire.Prompt < 0 || wire.Completion < 0 {
		return nil
	}
	parts := wire.Prompt + wire.Completion
	if parts == 0 {
		return nil // a prompt is never empty: nobody counted
	}
	var details struct {
		Reasoning tokenCount `json:"reasoning_tokens"`
	}
	if json.Unmarshal(wire.Details, &details) != nil || details.Reasoning < 0 || details.Reasoning > wire.Completion {
		details.Reasoning = 0
	}
	*u = wireUsage{
		PromptTokens: int(wire.Prompt), CompletionTokens: int(wire.Completion),
		TotalTokens: int(max(wire.Total, parts)), ReasoningTokens: int(details.Reasoning),
	}
	return nil
}

// usage returns the counts, nil where there are none.
func (u *wireUsage) usage() *Usage {
	if u == nil || *u == (wireUsage{}) {
		return nil
	}
	return (*Usage)(u)
}

// tokenCount is a number of tokens, 0 when it is left out and -1 when it cannot be
// one: negative, above maxTokens, not whole, or no number at all.
type tokenCount int

// UnmarshalJSON implements [json.Unmarshaler].
func (c *tokenCount) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		return nil
	}
	n, err := strconv.ParseFloat(string(data), 64) // some engines write 12.0
	if err != nil || n < 0 || n > maxTokens || n != math.Trunc(n) {
		n = -1
	}
	*c = tokenCount(n)
	return nil
}
