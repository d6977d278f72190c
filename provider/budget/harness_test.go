package budget_test

import (
	"log/slog"
	"math"
	"testing"

	"go.uber.org/goleak"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/budget"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// models has prices of whole EUR a million tokens, so that a test can be computed by
// hand: 1000 tokens at 2 EUR a million are 0.002 EUR.
func models() *catalog.Catalog {
	return catalog.New([]catalog.Model{
		{ID: "small", Aliases: []string{"vendor/small"}, InputPrice: new(1.0), OutputPrice: new(2.0)},
		{ID: "large", InputPrice: new(5.0), OutputPrice: new(10.0)},
		{ID: "free", InputPrice: new(0.0), OutputPrice: new(0.0)},
		{ID: "embedding", InputPrice: new(1.0)},
		{ID: "unpriced"},
	}, nil)
}

func newAccounts(t testing.TB, o budget.Options) *budget.Accounts {
	t.Helper()
	o.Logger = slog.New(slog.DiscardHandler)
	a, err := budget.New(o)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func reserve(t testing.TB, a *budget.Accounts, c *budget.Charge) {
	t.Helper()
	if err := a.Reserve(t.Context(), c); err != nil {
		t.Fatal(err)
	}
}

func wantSpent(t testing.TB, when string, a *budget.Accounts, want float64) {
	t.Helper()
	if got := a.Report(t.Context()).Budget.Spent; math.Abs(got-want) > 1e-12 {
		t.Errorf("%s: %.12f EUR are spent, want %.12f", when, got, want)
	}
}
