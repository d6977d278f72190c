package tools

import (
	"math"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/budget"
)

// Result is what a call returns to the client, and what it leaves for logs.
type Result struct {
	*mcp.CallToolResult
	Summary Summary
}

// Summary is what a log or a metric may know of a call: no content.
type Summary struct {
	Model          string        // that answered; "" is unknown
	provider.Usage               // zero is unknown
	CostEUR        *float64      // nil is unknown
	FirstTokenMS   int64         // 0 is unknown
	Code           provider.Code // of the failure; "" is success
	Warnings       []provider.WarningCode
}

func newSummary(m provider.Meta) Summary {
	s := Summary{Model: m.Model, CostEUR: roundedCost(m), FirstTokenMS: milliseconds(m.FirstToken)}
	if m.Usage != nil {
		s.Usage = *m.Usage
	}
	for _, warning := range m.Warnings {
		s.Warnings = append(s.Warnings, warning.Code)
	}
	return s
}

func (o output) result() Result {
	result := &mcp.CallToolResult{StructuredContent: o.structured}
	for _, text := range append(o.text, notes(o.meta.Warnings)...) {
		result.Content = append(result.Content, mcp.NewTextContent(text))
	}
	if o.untrusted {
		result.Meta = mcp.NewMetaFromMap(map[string]any{"ai-endpoints-mcp/untrusted": true})
	}
	return Result{result, newSummary(o.meta)}
}

// notes returns the warnings as a text of their own, so that an answer in JSON
// stays parseable.
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

// resultMeta holds the fields that every tool's result has. None is required,
// since an error has none of them but error and attempts.
type resultMeta struct {
	Model          string             `json:"model,omitempty" jsonschema_description:"that answered"`
	RequestedModel string             `json:"requested_model,omitempty"`
	ResolvedBy     string             `json:"resolved_by,omitempty"`
	Usage          *provider.Usage    `json:"usage,omitempty"`
	Cost           *cost              `json:"cost,omitempty"`
	LatencyMS      int64              `json:"latency_ms,omitempty"`
	FirstTokenMS   int64              `json:"first_token_ms,omitempty"`
	Attempts       []attempt          `json:"attempts,omitempty"`
	Warnings       []provider.Warning `json:"warnings,omitempty"`
	Error          *errorInfo         `json:"error,omitempty" jsonschema_description:"code, message, hint"`
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

func newResultMeta(m provider.Meta) resultMeta {
	meta := resultMeta{
		Model: m.Model, RequestedModel: m.RequestedModel, ResolvedBy: m.ResolvedBy, Usage: m.Usage,
		LatencyMS: milliseconds(m.Latency), FirstTokenMS: milliseconds(m.FirstToken),
		Attempts: newAttempts(m.Attempts), Warnings: m.Warnings,
	}
	if eur := roundedCost(m); eur != nil {
		meta.Cost = &cost{*eur, "EUR"}
	}
	return meta
}

func newAttempts(made []provider.Attempt) []attempt {
	var all []attempt
	for _, a := range made {
		all = append(all, attempt{a.Model, a.Code, milliseconds(a.Wait), milliseconds(a.Duration)})
	}
	return all
}

func roundedCost(m provider.Meta) *float64 {
	if m.Cost == nil {
		return nil
	}
	return new(budget.RoundEUR(*m.Cost))
}

// milliseconds rounds up, so that what took any time is not shown as absent.
func milliseconds(d time.Duration) int64 {
	return int64((d + time.Millisecond - 1) / time.Millisecond)
}

// errorInfo is the structured form of an error.
type errorInfo struct {
	Code        provider.Code `json:"code"`
	Message     string        `json:"message"`
	Hint        string        `json:"hint,omitempty"`
	Status      int           `json:"status,omitempty"` // HTTP status of the service
	Retryable   bool          `json:"retryable"`
	RetryAfterS int           `json:"retry_after_s,omitempty"`
}

// errorOutput is the structured content of a failed call.
type errorOutput struct {
	Error    errorInfo `json:"error"`
	Attempts []attempt `json:"attempts,omitempty"`
}

// ErrorResult is the one place where an error becomes what a model sees:
// "CODE: what failed. Hint: what to do.", and the same as structured content.
func ErrorResult(err error) Result {
	e := provider.AsError(err)
	structured := errorOutput{
		errorInfo{e.Code, e.Message, e.Hint, e.Status, e.Retryable, int(math.Ceil(e.RetryAfter.Seconds()))},
		newAttempts(e.Attempts),
	}
	result := mcp.NewToolResultStructured(structured, e.Error())
	result.IsError = true
	return Result{result, Summary{Code: e.Code}}
}
