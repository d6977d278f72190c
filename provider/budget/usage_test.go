package budget_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/budget"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/caller"
)

func TestReport(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := newAccounts(t, budget.Options{})
		start := time.Now()
		record := func(c *budget.Charge, answered string, usage *budget.Usage, o budget.Outcome) {
			c.Answered(answered, usage)
			a.Record(t.Context(), c, o)
		}
		usage := budget.Usage{PromptTokens: 1000, CompletionTokens: 500, TotalTokens: 1500, ReasoningTokens: 100}

		retried := budget.NewCharge(models(), "vendor/small", 0, 0)
		record(retried, "", nil, budget.Outcome{Code: "rate_limited", Wait: time.Second})
		record(retried, "small", &usage, budget.Outcome{Wait: 2 * time.Second, Worked: true})
		record(budget.NewCharge(models(), "small", 0, 0), "small", nil, budget.Outcome{Worked: true})
		record(budget.NewCharge(models(), "small", 0, 0), "small", &usage, budget.Outcome{Code: "cancelled", Worked: true})
		record(budget.NewCharge(models(), "small", 0, 0), "large", &usage, budget.Outcome{Worked: true})
		record(budget.NewCharge(models(), "unpriced", 0, 0), "unpriced", &usage, budget.Outcome{Worked: true})
		for i := range 100 { // whatever a caller sends as a model
			record(budget.NewCharge(models(), fmt.Sprint("made-up-", i), 0, 0), "", nil, budget.Outcome{Code: "model_not_found"})
		}
		<-time.After(time.Hour)

		got := a.Report(t.Context())
		want := budget.Report{
			Since: start,
			Models: map[string]budget.ModelUsage{
				"small": {
					Calls: 3, Attempts: 4, Usage: usage.Plus(usage), Cost: 0.004, Unpriced: 1, Waited: 3 * time.Second,
					Errors: map[string]int{"rate_limited": 1, "cancelled": 1},
				},
				"large":            {Calls: 1, Attempts: 1, Usage: usage, Cost: 0.01, Errors: map[string]int{}},
				"unpriced":         {Calls: 1, Attempts: 1, Usage: usage, Unpriced: 1, Errors: map[string]int{}},
				budget.OtherModels: {Calls: 100, Attempts: 100, Errors: map[string]int{"model_not_found": 100}},
			},
			Total: budget.ModelUsage{
				Calls: 105, Attempts: 106, Usage: budget.Usage{PromptTokens: 4000, CompletionTokens: 2000, TotalTokens: 6000, ReasoningTokens: 400},
				Cost: 0.014, Unpriced: 2, Waited: 3 * time.Second,
				Errors: map[string]int{"rate_limited": 1, "cancelled": 1, "model_not_found": 100},
			},
		}
		nearly := cmpopts.EquateApprox(0, 1e-12)
		if diff := cmp.Diff(want, got, nearly); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		got.Models["small"].Errors["cancelled"]++
		got.Total.Errors["cancelled"]++
		if diff := cmp.Diff(want, a.Report(t.Context()), nearly); diff != "" {
			t.Errorf("a change of the report changed the accounts (-want +got):\n%s", diff)
		}
	})
}

func TestReportOfNothing(t *testing.T) {
	t.Parallel()
	report := newAccounts(t, budget.Options{MaxCost: 1}).Report(t.Context())
	if len(report.Models) > 0 || report.Total.Calls != 0 || report.Budget.Remaining != 1 {
		t.Errorf("got %+v", report)
	}
}

// The day's budget of a caller's report is the one that will refuse it first.
func TestWhichBudgetIsReported(t *testing.T) {
	t.Parallel()
	a := newAccounts(t, budget.Options{MaxCost: 0.01})
	reserve(t, a, cost(2))
	for _, tt := range []struct {
		name  string
		rules caller.Rules
		want  string
	}{
		{"the server's", caller.Rules{SharedKey: true}, "--max-cost"},
		{"its own, of which less is left", caller.Rules{SharedKey: true, MaxCost: 0.007}, "max_cost"},
		{"as much of both", caller.Rules{SharedKey: true, MaxCost: 0.008}, "max_cost"},
		{"the server's, of which less is left", caller.Rules{SharedKey: true, MaxCost: 0.009}, "--max-cost"},
		{"a key of its own", caller.Rules{Key: "own", MaxCost: 1}, "max_cost"},
		{"a key of its own, and no limit", caller.Rules{Key: "own"}, ""},
		{"no key", caller.Rules{MaxCostMonth: 1}, ""},
	} {
		report := a.Report(with(t, tt.name, tt.rules))
		got := ""
		if report.Budget != nil {
			got = report.Budget.Rule
		}
		if got != tt.want || (report.BudgetMonth != nil) != (tt.rules.MaxCostMonth > 0) {
			t.Errorf("%s: the day is that of %q, want %q; the month %+v", tt.name, got, tt.want, report.BudgetMonth)
		}
	}
}
