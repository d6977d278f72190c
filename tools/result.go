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
	provider.Usage               // zero is unknown, or counted before
	CostEUR        *float64      // nil is unknown, 0 also counted before
	FirstTokenMS   int64         // 0 is unknown
	Code           provider.Code // of the failure; "" is success
	Warnings       []provider.WarningCode
}

func newSummary(m provider.Meta) Summary {
	s := Summary{Model: m.Model, CostEUR: roundedCost(m), FirstTokenMS: milliseconds(m.FirstToken)}
	switch {
	case m.CountedBefore:
		s.CostEUR = new(float64)
	case m.Usage != nil:
		s.Usage = *m.Usage
	}
	for _, warning := range m.Warnings {
		s.Warnings = append(s.Warnings, warning.Code)
	}
	return s
}

// result returns what the client gets. Some hosts show a model only the text, some only
// the structured content, so each is complete.
func (o output) result() Result {
	o.structured.set(newResultMeta(o.meta))
	result := &mcp.CallToolResult{StructuredContent: o.structured}
	for _, text := range append(o.text, notes(o.meta.Warnings)...) {
		result.Content = append(result.Content, mcp.NewTextContent(text))
	}
	if o.link != nil {
		result.Content = append(result.Content, *o.link)
	}
	result.Meta = metaOf(o.meta)
	if o.untrusted {
		result.Meta.AdditionalFields["ai-endpoints-mcp/untrusted"] = true
	}
	return Result{result, newSummary(o.meta)}
}

// Mark adds to both halves of a result who answered, if it was not a model.
func (r Result) Mark(answered string) {
	r.Content = append(r.Content, mcp.NewTextContent(answered))
	if content, ok := r.StructuredContent.(interface{ mark(string) }); ok {
		content.mark(answered)
	}
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
	Sandbox        string             `json:"sandbox,omitempty" jsonschema_description:"no model answered"`
	Error          *errorInfo         `json:"error,omitempty" jsonschema_description:"code, message, hint"`
	Model          string             `json:"model,omitempty" jsonschema_description:"that answered"`
	RequestedModel string             `json:"requested_model,omitempty"`
	ResolvedBy     string             `json:"resolved_by,omitempty"`
	Usage          *provider.Usage    `json:"usage,omitempty"`
	Cost           *cost              `json:"cost,omitempty"`
	LatencyMS      int64              `json:"latency_ms,omitempty"`
	Attempts       []attempt          `json:"attempts,omitempty"`
	Warnings       []provider.Warning `json:"warnings,omitempty"`
}

func (m *resultMeta) set(meta resultMeta)  { *m = meta }
func (m *resultMeta) mark(answered string) { m.Sandbox = answered }

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

// newResultMeta leaves out what says nothing new: which model was asked if that one
// answered, and the attempts if there was one.
func newResultMeta(m provider.Meta) resultMeta {
	meta := resultMeta{
		Model: m.Model, ResolvedBy: m.ResolvedBy, Usage: m.Usage, LatencyMS: milliseconds(m.Latency), Warnings: m.Warnings,
	}
	if m.RequestedModel != m.Model {
		meta.RequestedModel = m.RequestedModel
	}
	if len(m.Attempts) > 1 {
		meta.Attempts = newAttempts(m.Attempts)
	}
	if eur := roundedCost(m); eur != nil {
		meta.Cost = &cost{*eur, "EUR"}
	}
	return meta
}

// bookkeeping is the rest of what is known of a call, which no model needs. It stands in
// _meta.
type bookkeeping struct {
	RequestedModel string    `json:"requested_model,omitempty"`
	FirstTokenMS   int64     `json:"first_token_ms,omitempty"`
	Attempts       []attempt `json:"attempts,omitempty"`
}

// metaOf returns the _meta of a result.
func metaOf(m provider.Meta) *mcp.Meta {
	shown := newResultMeta(m)
	b := bookkeeping{FirstTokenMS: milliseconds(m.FirstToken)}
	if shown.RequestedModel == "" {
		b.RequestedModel = m.RequestedModel
	}
	if shown.Attempts == nil {
		b.Attempts = newAttempts(m.Attempts)
	}
	fields := map[string]any{}
	if b.FirstTokenMS > 0 || b.RequestedModel != "" || b.Attempts != nil {
		fields["ai-endpoints/call"] = b
	}
	return mcp.NewMetaFromMap(fields)
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

// Fail returns the result of a call that failed. It is the one place where an error
// becomes what a model sees: "CODE: what failed. Hint: what to do.", and the same as
// structured content, beside what the output schema requires.
func (t *Tool) Fail(err error) Result {
	e := provider.AsError(err)
	meta := resultMeta{
		Error: &errorInfo{e.Code, e.Message, e.Hint, e.Status, e.Retryable, int(math.Ceil(e.RetryAfter.Seconds()))},
	}
	if len(e.Attempts) > 1 {
		meta.Attempts = newAttempts(e.Attempts)
	}
	result := mcp.NewToolResultError(e.Error())
	if t.failed != nil {
		result.StructuredContent = t.failed(meta)
	}
	if len(e.Attempts) == 1 {
		result.Meta = metaOf(provider.Meta{Attempts: e.Attempts})
	}
	return Result{result, failureSummary(e)}
}

// failureSummary has what answers of a call cost that failed all the same.
func failureSummary(e *provider.Error) Summary {
	m := provider.Meta{Usage: e.Usage, Cost: e.Cost}
	if last := len(e.Attempts) - 1; e.Usage != nil && last >= 0 {
		m.Model = e.Attempts[last].Model
	}
	s := newSummary(m)
	s.Code = e.Code
	return s
}
