package resources

import (
	"context"
	"math"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/budget"
)

// usageDocument counts what the server sent to the service for all its callers. It
// names models and codes, but no callers.
type usageDocument struct {
	Since    time.Time             `json:"since"`
	Currency string                `json:"currency"`
	Total    modelUsage            `json:"total"`
	Models   map[string]modelUsage `json:"models"` // by id
	Budget   *budgetStatus         `json:"budget,omitempty"`
}

type modelUsage struct {
	Calls    int `json:"calls"`
	Attempts int `json:"attempts"` // requests that went out, with retries
	budget.Usage
	AudioSeconds float64        `json:"audio_seconds,omitempty"`
	CostEUR      float64        `json:"cost_eur"`
	Unpriced     int            `json:"unpriced_attempts,omitempty"` // not in the cost
	WaitedMS     int64          `json:"waited_ms"`
	Errors       map[string]int `json:"errors,omitempty"` // failed attempts, by code
}

type budgetStatus struct {
	MaxCostEUR    float64   `json:"max_cost_eur"` // a day
	SpentTodayEUR float64   `json:"spent_today_eur"`
	RemainingEUR  float64   `json:"remaining_eur"`
	ResetsAt      time.Time `json:"resets_at"`
	Refused       int       `json:"refused"`
}

func (s *Set) usageResource() mcpserver.ServerResource {
	return mcpserver.ServerResource{
		Resource: mcp.NewResource(usageURI, "usage",
			mcp.WithResourceTitle("Usage and budget (JSON)"),
			mcp.WithResourceDescription("Calls, tokens, cost, waits and errors since this server started, by model, "+
				"and what is left of the day's budget."),
			mcp.WithMIMEType(typeJSON),
			mcp.WithAnnotations([]mcp.Role{mcp.RoleUser, mcp.RoleAssistant}, 0.3, "")),
		Handler: func(ctx context.Context, request mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
			text, err := encode(newUsageDocument(s.provider.UsageReport(ctx)))
			if err != nil {
				return nil, err
			}
			return textContents(request.Params.URI, typeJSON, text), nil
		},
	}
}

func newUsageDocument(r provider.UsageReport) usageDocument {
	document := usageDocument{
		Since: r.Since.UTC().Truncate(time.Second), Currency: "EUR",
		Total: newModelUsage(r.Total), Models: map[string]modelUsage{},
	}
	for id, u := range r.Models {
		document.Models[id] = newModelUsage(u)
	}
	if b := r.Budget; b != nil {
		document.Budget = &budgetStatus{b.Max, b.Spent, b.Remaining, b.ResetsAt, b.Refused}
	}
	return document
}

func newModelUsage(u budget.ModelUsage) modelUsage {
	return modelUsage{
		Calls: u.Calls, Attempts: u.Attempts, Usage: u.Usage, AudioSeconds: math.Round(u.AudioSeconds*100) / 100,
		CostEUR: budget.RoundEUR(u.Cost), Unpriced: u.Unpriced, WaitedMS: u.Waited.Milliseconds(), Errors: u.Errors,
	}
}
