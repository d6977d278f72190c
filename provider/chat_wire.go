package provider

import (
	"cmp"
	"encoding/json"
)

// wireChat is the request's body. The service refuses fields that it does not know,
// so a field is absent unless it is set.
type wireChat struct {
	Model            string          `json:"model"`
	Messages         []Message       `json:"messages"`
	Temperature      *float64        `json:"temperature,omitempty"`
	TopP             *float64        `json:"top_p,omitempty"`
	MaxTokens        *int            `json:"max_tokens,omitempty"`
	Stop             []string        `json:"stop,omitempty"`
	Seed             *int64          `json:"seed,omitempty"`
	PresencePenalty  *float64        `json:"presence_penalty,omitempty"`
	FrequencyPenalty *float64        `json:"frequency_penalty,omitempty"`
	ReasoningEffort  string          `json:"reasoning_effort,omitempty"`
	Tools            json.RawMessage `json:"tools,omitempty"`
	ToolChoice       json.RawMessage `json:"tool_choice,omitempty"`
	ResponseFormat   json.RawMessage `json:"response_format,omitempty"`
	User             string          `json:"user,omitempty"`
	Stream           bool            `json:"stream,omitempty"`
	StreamOptions    *streamOptions  `json:"stream_options,omitempty"`
}

type streamOptions struct {
	IncludeUsage bool `json:"include_usage"`
}

// newWireChat makes the body of a request; reserved is the max_tokens that the budget
// chose, 0 where it had no choice.
func newWireChat(req *ChatRequest, model resolvedModel, reserved int) *wireChat {
	body := &wireChat{
		Model: model.id, Messages: req.Messages, TopP: req.TopP, Stop: req.Stop,
		Temperature: cmp.Or(req.Temperature, model.settings.Temperature),
		MaxTokens:   cmp.Or(req.MaxTokens, model.settings.MaxTokens),
		Seed:        req.Seed, PresencePenalty: req.PresencePenalty, FrequencyPenalty: req.FrequencyPenalty,
		ReasoningEffort: req.ReasoningEffort, Tools: req.Tools, ToolChoice: req.ToolChoice,
		ResponseFormat: req.ResponseFormat, User: req.User, Stream: true,
	}
	if reserved > 0 {
		body.MaxTokens = &reserved
	}
	body.StreamOptions = &streamOptions{IncludeUsage: true}
	return body
}
