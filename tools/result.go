package tools

import (
	"math"
	"strings"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
)

// common holds the fields that every tool's result has. None is required, since
// an error has none of them but error itself.
type common struct {
	Model          string             `json:"model,omitempty" jsonschema_description:"that answered"`
	RequestedModel string             `json:"requested_model,omitempty"`
	ResolvedBy     string             `json:"resolved_by,omitempty"`
	Usage          *usage             `json:"usage,omitempty"`
	Cost           *cost              `json:"cost,omitempty"`
	LatencyMS      int64              `json:"latency_ms,omitempty"`
	FirstTokenMS   int64              `json:"first_token_ms,omitempty"`
	Attempts       []attempt          `json:"attempts,omitempty"`
	Warnings       []provider.Warning `json:"warnings,omitempty"`
	Error          *failure           `json:"error,omitempty" jsonschema_description:"code, message, hint"`
}

type usage struct {
	PromptTokens     int `json:"prompt_tokens"`
	CompletionTokens int `json:"completion_tokens"`
	TotalTokens      int `json:"total_tokens"`
	ReasoningTokens  int `json:"reasoning_tokens"`
}

type cost struct {
	Amount   float64 `json:"amount"`
	Currency string  `json:"currency"`
}

type attempt struct {
	Model      string        `json:"model"`
	Code       provider.Code `json:"code,omitempty"` // absent when it succeeded
	WaitMS     int64         `json:"wait_ms"`
	DurationMS int64         `json:"duration_ms"`
}

func newCommon(m provider.Meta) common {
	c := common{
		Model: m.Model, RequestedModel: m.RequestedModel, ResolvedBy: m.ResolvedBy,
		LatencyMS: milliseconds(m.Latency), FirstTokenMS: milliseconds(m.FirstToken),
		Attempts: attempts(m.Attempts), Warnings: m.Warnings,
	}
	if m.Usage != nil {
		c.Usage = &usage{m.Usage.PromptTokens, m.Usage.CompletionTokens, m.Usage.TotalTokens, m.Usage.ReasoningTokens}
	}
	if m.Cost != nil {
		c.Cost = &cost{math.Round(*m.Cost*1e12) / 1e12, "EUR"}
	}
	return c
}

func attempts(made []provider.Attempt) []attempt {
	var all []attempt
	for _, a := range made {
		all = append(all, attempt{a.Model, a.Code, milliseconds(a.Wait), milliseconds(a.Duration)})
	}
	return all
}

// milliseconds rounds up, so that what took any time is not shown as absent.
func milliseconds(d time.Duration) int64 {
	return int64((d + time.Millisecond - 1) / time.Millisecond)
}

// notes gives the warnings as a text of their own, so that an answer in JSON
// stays parseable; nothing when there are none.
func notes(warnings []provider.Warning) []string {
	if len(warnings) == 0 {
		return nil
	}
	lines := []string{"Notes:"}
	for _, w := range warnings {
		lines = append(lines, "- "+string(w.Code)+": "+w.Message)
	}
	return []string{strings.Join(lines, "\n")}
}
