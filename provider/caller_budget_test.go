package provider_test

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/caller"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// from returns a context of a caller with the server's key.
func from(t testing.TB, name string, maxCost, maxCostMonth float64) context.Context {
	return caller.With(t.Context(), &caller.Caller{
		Name: name, Rules: caller.Rules{SharedKey: true, MaxCost: maxCost, MaxCostMonth: maxCostMonth},
	})
}

func TestACallerIsRefusedWhileOthersGoOn(t *testing.T) {
	e := emulator.New(emulator.Options{})
	p := connectInMemory(t, e, withBudget(1), withCacheDir(t.TempDir()))
	chat := func(ctx context.Context) (*provider.ChatResult, error) {
		return p.Chat(ctx, provider.ChatRequest{Model: "gpt-oss-120b", Messages: says("hello"), MaxTokens: new(4500)})
	}
	embed := func(ctx context.Context) error {
		_, err := p.Embed(ctx, provider.EmbedRequest{Model: "bge-m3", Input: []string{strings.Repeat("text ", 1000)}})
		return err
	}
	for _, tt := range []struct {
		ctx  context.Context
		says []string
	}{
		{from(t, "alice", 1e-6, 0), []string{"that alice may spend a day (max_cost)", "raise max_cost,", "ask whoever runs this server"}},
		{from(t, "bob", 1, 1e-6), []string{"that bob may spend a month (max_cost_month)", "raise max_cost_month,", "-01 00:00 UTC"}},
	} {
		_, err := chat(tt.ctx)
		for _, err := range []error{err, embed(tt.ctx)} {
			refused := wantCode(t, err, provider.CodeBudgetExceeded)
			for _, part := range tt.says {
				if !strings.Contains(refused.Error(), part) {
					t.Errorf("%q is not in %q", part, refused)
				}
			}
			if strings.Contains(refused.Error(), "--max-cost") {
				t.Errorf("the server's rule is named: %q", refused)
			}
		}
	}
	if n := len(e.Calls(chatPath)) + len(e.Calls(embedPath)); n != 0 {
		t.Errorf("%d requests of refused callers went out", n)
	}
	result, err := chat(from(t, "carol", 1, 1))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := chat(t.Context()); err != nil {
		t.Error(err)
	}
	own := p.UsageReport(from(t, "carol", 0.5, 1))
	wantEUR(t, "carol's day", own.Budget.Spent, *result.Cost)
	wantEUR(t, "carol's month", own.BudgetMonth.Spent, *result.Cost)
	wantEUR(t, "carol's usage", own.Total.Cost, *result.Cost)
	wantEUR(t, "all", p.UsageReport(t.Context()).Budget.Spent, 2**result.Cost)
	if got := p.UsageReport(t.Context()).Callers; len(got) != 1 || got["carol"].Calls != 1 {
		t.Errorf("callers %+v", got)
	}
}

func TestAnAnswerThatALimitOfTheCallerCuts(t *testing.T) {
	p := connectInMemory(t, exhaustive(emulator.New(emulator.Options{})), withBudget(1))
	result, err := chatAs(from(t, "alice", 1, (110*0.08+1000*0.4)/1e6), p)
	if err != nil {
		t.Fatal(err)
	}
	want := "the 1000 tokens that the rest of what alice may spend a month pays for; ask whoever runs this server to raise max_cost_month"
	if len(result.Warnings) != 1 || !strings.Contains(result.Warnings[0].Message, want) {
		t.Errorf("got %+v, want %q", result.Warnings, want)
	}
}

func TestASpendingFileOfACallerThatIsDamaged(t *testing.T) {
	folder := t.TempDir()
	e := emulator.New(emulator.Options{})
	if _, err := chatAs(from(t, "alice", 1, 0), connectInMemory(t, e, withCacheDir(folder))); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(dayFiles(t, filepath.Join(folder, "callers", "*"))[0], []byte("noise\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	var log logBuffer
	p := connectInMemory(t, e, withCacheDir(folder), func(o *provider.Options) {
		o.Logger = slog.New(slog.NewTextHandler(&log, nil))
	})
	_, err := chatAs(from(t, "alice", 1, 0), p)
	refused := wantCode(t, err, provider.CodeInternal)
	if !strings.Contains(refused.Error(), "what this caller spent cannot be read") || strings.Contains(refused.Error(), folder) {
		t.Errorf("got %q", refused)
	}
	if got := log.String(); !strings.Contains(got, folder) || !strings.Contains(got, "alice") {
		t.Errorf("the log is %s", got)
	}
	if _, err := chatAs(from(t, "bob", 1, 0), p); err != nil {
		t.Error(err)
	}
}

// What a model costs does not depend on which models its caller may use: one without a price
// of its own may cost as much as any.
func TestPricesAreThoseOfAllModels(t *testing.T) {
	const unlisted = "Qwen3-32B"
	e := emulator.New(emulator.Options{})
	rules := caller.Rules{SharedKey: true, MaxCost: 1e-6}
	for name, patterns := range map[string][]string{"its own alone": {unlisted}, "beside a cheap one": {unlisted, "bge-*"}} {
		p := connectInMemory(t, e, withKey("sk-server"))
		_, err := p.Chat(as(t, name, rules, patterns...), provider.ChatRequest{Model: unlisted, Messages: says("hello")})
		_ = wantCode(t, err, provider.CodeBudgetExceeded)
		_, err = p.Chat(as(t, name, rules, patterns...), provider.ChatRequest{Model: unlisted, Messages: says("hello"), MaxTokens: new(100)})
		_ = wantCode(t, err, provider.CodeBudgetExceeded)
		_, err = p.Embed(as(t, name, rules, patterns...), provider.EmbedRequest{Model: unlisted, Input: []string{strings.Repeat("text ", 1000)}})
		_ = wantCode(t, err, provider.CodeBudgetExceeded)
	}
	p := connectInMemory(t, e, withKey("sk-server"), withBudget(1e-6))
	_, err := p.Chat(as(t, "alice", caller.Rules{SharedKey: true}, unlisted), provider.ChatRequest{Model: unlisted, Messages: says("hello")})
	if refused := wantCode(t, err, provider.CodeBudgetExceeded); !strings.Contains(refused.Error(), "--max-cost") {
		t.Errorf("got %q", refused)
	}
}

func TestLimitsOfCallersNeedPrices(t *testing.T) {
	p := connectInMemory(t, emulator.New(emulator.Options{}), func(o *provider.Options) { o.CatalogURL = "" })
	_, err := chatAs(from(t, "alice", 1, 0), p)
	if refused := wantCode(t, err, provider.CodeBudgetExceeded); !strings.Contains(refused.Error(), "no prices") {
		t.Errorf("got %q", refused)
	}
	if _, err := chatAs(from(t, "bob", 0, 0), p); err != nil {
		t.Error(err)
	}
}

func chatAs(ctx context.Context, p *provider.Provider) (*provider.ChatResult, error) {
	return p.Chat(ctx, provider.ChatRequest{Model: "gpt-oss-120b", Messages: says("hello")})
}
