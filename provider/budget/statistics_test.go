package budget_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/budget"
)

func TestUsageOfCallers(t *testing.T) {
	t.Parallel()
	a := newAccounts(t, budget.Options{})
	usage := budget.Usage{PromptTokens: 1000, CompletionTokens: 500, TotalTokens: 1500, ReasoningTokens: 20, CachedTokens: 300}
	record := func(ctx context.Context, model, code string) {
		c := budget.NewCharge(models(), model, 0, 0)
		if code == "" {
			c.Answered(model, &usage)
		}
		a.Record(ctx, c, budget.Outcome{Code: code, Worked: code == ""})
	}
	alice, bob := as(t, "alice", 0, 0), as(t, "bob", 0, 0)
	record(alice, "small", "")
	record(alice, "large", "rate_limited")
	record(bob, "small", "")
	record(t.Context(), "free", "")
	var used budget.BatchUsage
	answer(&used, "small")
	a.SettleBatch(bob, "batch_1", 1, &used)
	answer(&used, "large") // changes nothing that was counted

	small := budget.ModelUsage{Calls: 1, Attempts: 1, Usage: usage, Cost: 0.002, Errors: map[string]int{}}
	large := budget.ModelUsage{Calls: 1, Attempts: 1, Errors: map[string]int{"rate_limited": 1}}
	ofAlice := small
	ofAlice.Calls, ofAlice.Attempts, ofAlice.Errors = 2, 2, large.Errors
	ofBob := budget.ModelUsage{
		Calls: 2, Attempts: 2, Usage: usage.Plus(budget.Usage{PromptTokens: 100, CompletionTokens: 100}),
		Cost: 0.002 + answerCost, Errors: map[string]int{},
	}
	for _, tt := range []struct {
		name string
		ctx  context.Context
		want budget.Report
	}{
		{"alice", alice, budget.Report{Models: map[string]budget.ModelUsage{"small": small, "large": large}, Total: ofAlice}},
		{"bob", bob, budget.Report{Models: map[string]budget.ModelUsage{"small": ofBob}, Total: ofBob}},
		{"carol, who did not call", as(t, "carol", 0, 0), budget.Report{
			Models: map[string]budget.ModelUsage{}, Total: budget.ModelUsage{Errors: map[string]int{}},
		}},
	} {
		got := a.Report(tt.ctx)
		tt.want.Since = got.Since
		if diff := cmp.Diff(tt.want, got, cmpopts.EquateApprox(0, 1e-12)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.name, diff)
		}
	}
	all := a.Report(t.Context())
	want := map[string]budget.ModelUsage{"alice": ofAlice, "bob": ofBob}
	if diff := cmp.Diff(want, all.Callers, cmpopts.EquateApprox(0, 1e-12)); diff != "" || all.Total.Calls != 5 {
		t.Errorf("%d calls; callers (-want +got):\n%s", all.Total.Calls, diff)
	}
}

// However many names there are, a report stays small, and no caller is told of the others.
func TestUsageOfManyCallersIsBounded(t *testing.T) {
	t.Parallel()
	a := newAccounts(t, budget.Options{})
	call := func(name string) {
		a.Record(as(t, name, 0, 0), budget.NewCharge(models(), "small", 0, 0), budget.Outcome{Code: "cancelled"})
	}
	call(budget.OtherCallers)
	for i := range 1999 + 7 {
		call(fmt.Sprint("made-up-", i))
	}
	got := a.Report(t.Context())
	if len(got.Callers) != 2000 || got.Total.Calls != 2007 || got.Callers["made-up-1998"].Calls != 1 {
		t.Errorf("%d callers, %d calls", len(got.Callers), got.Total.Calls)
	}
	if n := got.Callers[budget.OtherCallers].Calls; n != 8 {
		t.Errorf("%d calls of others, want 8 with the one of the caller of that name", n)
	}
	for name, want := range map[string]int{"made-up-1998": 1, "made-up-1999": 0, budget.OtherCallers: 1} {
		if got := a.Report(as(t, name, 0, 0)); got.Total.Calls != want || got.Callers != nil {
			t.Errorf("%s is told of %d calls, want %d, and of callers %v", name, got.Total.Calls, want, got.Callers)
		}
	}
}
