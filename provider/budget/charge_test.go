package budget_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/budget"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

func TestChargePrices(t *testing.T) {
	t.Parallel()
	const unknown = -1 // as a cost
	usage := &budget.Usage{PromptTokens: 500, CompletionTokens: 100, TotalTokens: 600}
	succeeded := budget.Outcome{Worked: true}
	failed := budget.Outcome{Code: "upstream_error"}
	for _, tt := range []struct {
		name               string
		model              string
		prompt, completion int
		answered           string
		usage              *budget.Usage
		outcome            budget.Outcome
		reserved           float64 // EUR, for the request
		cost               float64 // EUR, as the caller is told, or unknown
		spent              float64 // EUR of the budget, after the attempt
	}{
		{"by usage", "small", 1000, 1000, "small", usage, succeeded, 0.003, 0.0007, 0.0007},
		{"an alias is asked", "vendor/small", 1000, 1000, "small", usage, succeeded, 0.003, 0.0007, 0.0007},
		{"another model answers", "small", 1000, 1000, "large", usage, succeeded, 0.003, 0.0035, 0.0035},
		{"no model is named in the answer", "small", 1000, 1000, "", usage, succeeded, 0.003, 0.0007, 0.0007},
		{"an unlisted model is named in the answer", "small", 1000, 1000, "new", usage, succeeded, 0.003, 0.0007, 0.0007},
		{"a query is priced like the dearest until it is answered", "llama@latest", 1000, 1000, "small", usage, succeeded, 0.015, 0.0007, 0.0007},
		{"a query that is answered by an unlisted model", "llama@latest", 1000, 1000, "new", usage, succeeded, 0.015, unknown, 0.0035},
		{"a model without prices", "unpriced", 1000, 1000, "unpriced", usage, succeeded, 0.015, unknown, 0.0035},
		{"free", "free", 1000, 1000, "free", usage, succeeded, 0, 0, 0},
		{"an embedding", "embedding", 1000, 0, "embedding", &budget.Usage{PromptTokens: 800}, succeeded, 0.001, 0.0008, 0.0008},
		{"an embedding with output", "embedding", 1000, 0, "embedding", usage, succeeded, 0.001, unknown, 0.0015},
		{"usage of nothing", "small", 1000, 1000, "small", &budget.Usage{}, succeeded, 0.003, 0, 0},
		{"no usage", "small", 1000, 1000, "small", nil, succeeded, 0.003, unknown, 0.003},
		{"failed after usage", "small", 1000, 1000, "small", usage, failed, 0.003, 0.0007, 0.0007},
		{"failed before the model worked", "small", 1000, 1000, "", nil, failed, 0.003, unknown, 0},
		{"failed when the model may have worked", "small", 1000, 1000, "", nil,
			budget.Outcome{Code: "timeout", Worked: true}, 0.003, unknown, 0.003},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := newAccounts(t, budget.Options{MaxCost: 1})
			c := budget.NewCharge(models(), tt.model, tt.prompt, tt.completion)
			reserve(t, a, c)
			wantSpent(t, "reserved", a, tt.reserved)
			c.Answered(tt.answered, tt.usage)
			switch cost := c.Cost(); {
			case (cost == nil) != (tt.cost == unknown):
				t.Errorf("got cost %v, want %v", cost, tt.cost)
			case cost != nil && math.Abs(*cost-tt.cost) > 1e-12:
				t.Errorf("got cost %v, want %v", *cost, tt.cost)
			}
			a.Record(t.Context(), c, tt.outcome)
			wantSpent(t, "recorded", a, tt.spent)
			if c.Cost() != nil {
				t.Error("the answer of an attempt outlives it")
			}
		})
	}
}

// The prompt of an open charge is 1000 tokens of "small": 0.001 EUR, and 0.000002 EUR
// for each token of the answer.
func TestBudgetChoosesMaxTokens(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name      string
		model     string
		maxTokens int     // the most that may be chosen
		budget    float64 // EUR; 0 means none
		want      int     // 0: the call is refused
		says      string  // why an answer is cut
	}{
		{"enough for all", "small", 4000, 0.009, 4000, "the 4000 tokens that were reserved"},
		{"a token too many", "small", 4000, 0.008999, 3999, "the 3999 tokens that the rest of the day's budget pays for"},
		{"half of it", "small", 4000, 0.005, 2000, "the rest of the day's budget"},
		{"the fewest that are worth a call", "small", 4000, 0.001032, 16, "the rest of the day's budget"},
		{"too few to be worth a call", "small", 4000, 0.001031, 0, ""},
		{"not even the prompt", "small", 4000, 0.0005, 0, ""},
		{"a model that writes few tokens", "small", 10, 0.009, 10, "the 10 tokens that were reserved"},
		{"a model that writes few tokens, and no room for them", "small", 10, 0.001019, 0, ""},
		{"free", "free", 4000, 0.000001, 4000, "the 4000 tokens that were reserved"},
		{"at the dearest prices", "llama@latest", 4000, 0.045, 4000, "the 4000 tokens that were reserved"},
		{"at the dearest prices, half of it", "llama@latest", 4000, 0.025, 2000, "the rest of the day's budget"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			a := newAccounts(t, budget.Options{MaxCost: tt.budget})
			c := budget.NewOpenCharge(models(), tt.model, 1000, tt.maxTokens)
			err := a.Reserve(t.Context(), c)
			if _, refused := errors.AsType[*budget.Exceeded](err); refused != (tt.want == 0) || err != nil && !refused {
				t.Fatalf("got %v", err)
			}
			if tt.want == 0 {
				wantSpent(t, "refused", a, 0)
				return
			}
			if c.MaxTokens() != tt.want {
				t.Errorf("got max_tokens %d, want %d", c.MaxTokens(), tt.want)
			}
			if got := c.Truncation(); !strings.Contains(got, tt.says) {
				t.Errorf("got truncation %q, want %q in it", got, tt.says)
			}
			if spent := a.Report(t.Context()).Budget.Spent; spent > tt.budget {
				t.Errorf("%v EUR are reserved of %v", spent, tt.budget)
			}
		})
	}
}

// What the budget did not choose is not sent, and not named as what cut an answer.
func TestBudgetThatHasNoChoice(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		maxCost float64
		charge  func(*catalog.Catalog) *budget.Charge
	}{
		"without a budget": {0, func(c *catalog.Catalog) *budget.Charge { return budget.NewOpenCharge(c, "small", 1000, 4000) }},
		"of the caller":    {1, func(c *catalog.Catalog) *budget.Charge { return budget.NewCharge(c, "small", 1000, 4000) }},
	} {
		c := tt.charge(models())
		reserve(t, newAccounts(t, budget.Options{MaxCost: tt.maxCost}), c)
		if c.MaxTokens() != 0 || !strings.HasPrefix(c.Truncation(), "max_tokens") {
			t.Errorf("%s: max_tokens %d, truncation %q", name, c.MaxTokens(), c.Truncation())
		}
	}
}

// Each attempt chooses anew from what is left.
func TestEachReservationChoosesMaxTokens(t *testing.T) {
	t.Parallel()
	a := newAccounts(t, budget.Options{MaxCost: 0.009})
	c := budget.NewOpenCharge(models(), "small", 1000, 4000)
	reserve(t, a, c)
	c.Answered("small", &budget.Usage{PromptTokens: 1000, CompletionTokens: 1000})
	a.Record(t.Context(), c, budget.Outcome{Code: "upstream_error", Worked: true})
	reserve(t, a, c) // 0.003 EUR are spent, so 0.006 are left: 2500 tokens
	if c.MaxTokens() != 2500 {
		t.Errorf("got max_tokens %d, want 2500", c.MaxTokens())
	}
	a.Release(c)
	wantSpent(t, "released", a, 0.003)
}
