package resources

import (
	"context"
	"math"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/budget"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/caller"
)

// usageDocument counts what the server sent to the service: for the caller that reads it,
// which learns nothing of the others, or for all where callers have no names.
type usageDocument struct {
	Since    time.Time             `json:"since"`
	Caller   string                `json:"caller,omitempty"` // that reads it, and whose usage it is
	Currency string                `json:"currency"`
	Total    modelUsage            `json:"total"`
	Models   map[string]modelUsage `json:"models"`            // by id
	Callers  map[string]modelUsage `json:"callers,omitempty"` // totals by name; never for a caller
	// Budget is the day's: the server's (--max-cost) or, for a caller, the one of which less
	// is left of its own (max_cost) and, if it uses the server's key, the server's. Its rule
	// says which.
	Budget      *budgetStatus      `json:"budget,omitempty"`
	BudgetMonth *budgetMonthStatus `json:"budget_month,omitempty"` // of the caller (max_cost_month)
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
	Rule          string    `json:"rule,omitempty"` // whose budget it is, for a caller
}

type budgetMonthStatus struct {
	MaxCostEUR    float64   `json:"max_cost_eur"` // a calendar month
	SpentMonthEUR float64   `json:"spent_month_eur"`
	RemainingEUR  float64   `json:"remaining_eur"`
	ResetsAt      time.Time `json:"resets_at"`
	Refused       int       `json:"refused"`
	Rule          string    `json:"rule"`
}

func (s *Set) usageResource() mcpserver.ServerResource {
	return mcpserver.ServerResource{
		Resource: mcp.NewResource(usageURI, "usage",
			mcp.WithResourceTitle("Usage and budget (JSON)"),
			mcp.WithResourceDescription("Calls, tokens, cost, waits and errors since this server started, by model, "+
				"and what is left of the budgets: of the caller that reads it, if callers have names."),
			mcp.WithMIMEType(typeJSON),
			mcp.WithAnnotations([]mcp.Role{mcp.RoleUser, mcp.RoleAssistant}, 0.3, "")),
		Handler: func(ctx context.Context, request mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
			text, err := encode(s.usage(ctx))
			if err != nil {
				return nil, err
			}
			return textContents(request.Params.URI, typeJSON, text), nil
		},
	}
}

func (s *Set) usage(ctx context.Context) usageDocument {
	return newUsageDocument(caller.From(ctx), s.provider.UsageReport(ctx))
}

func newUsageDocument(who *caller.Caller, r provider.UsageReport) usageDocument {
	document := usageDocument{
		Since: r.Since.UTC().Truncate(time.Second), Currency: "EUR",
		Total: newModelUsage(r.Total), Models: newModelUsages(r.Models), Callers: newModelUsages(r.Callers),
	}
	if b := r.Budget; b != nil {
		document.Budget = &budgetStatus{b.Max, b.Spent, b.Remaining, b.ResetsAt, b.Refused, ""}
	}
	if who == nil {
		return document
	}
	document.Caller = who.Name
	if document.Budget != nil {
		document.Budget.Rule = r.Budget.Rule
	}
	if b := r.BudgetMonth; b != nil {
		document.BudgetMonth = &budgetMonthStatus{b.Max, b.Spent, b.Remaining, b.ResetsAt, b.Refused, b.Rule}
	}
	return document
}

func newModelUsages(usages map[string]budget.ModelUsage) map[string]modelUsage {
	made := map[string]modelUsage{}
	for name, u := range usages {
		made[name] = newModelUsage(u)
	}
	return made
}

func newModelUsage(u budget.ModelUsage) modelUsage {
	return modelUsage{
		Calls: u.Calls, Attempts: u.Attempts, Usage: u.Usage, AudioSeconds: math.Round(u.AudioSeconds*100) / 100,
		CostEUR: budget.RoundEUR(u.Cost), Unpriced: u.Unpriced, WaitedMS: u.Waited.Milliseconds(), Errors: u.Errors,
	}
}
