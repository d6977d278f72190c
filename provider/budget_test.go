package provider_test

import (
	"context"
	"math"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// helloEstimate is that of asking gpt-oss-120b "hello" without max_tokens: 110 prompt
// tokens at 0.08 and 16,384 of the answer at 0.4 EUR a million.
const helloEstimate = (110*0.08 + 16384*0.4) / 1e6

func withBudget(eur float64) func(*provider.Options) {
	return func(o *provider.Options) { o.MaxCost = eur }
}

func withCacheDir(folder string) func(*provider.Options) {
	return func(o *provider.Options) { o.CacheDir = folder }
}

func wantEUR(t testing.TB, what string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-12 {
		t.Errorf("%s: %.12f EUR, want %.12f", what, got, want)
	}
}

func TestBudgetRefusesWhatWouldPassIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(emulator.Options{})
		p := connectInMemory(t, e, withBudget(0.0017), withMaxWait(time.Minute))
		result, err := ask(t, p)
		if err != nil {
			t.Fatal(err)
		}
		wantEUR(t, "spent is the real cost", p.UsageReport(t.Context()).Budget.Spent, *result.Cost)
		// 0.0017 less the cost leaves room for one more of these, not for a longer one.
		_, err = p.Chat(t.Context(), provider.ChatRequest{Model: "gpt-oss-120b", Messages: says("hello"), MaxTokens: new(4500)})
		got := wantCode(t, err, provider.CodeBudgetExceeded)
		for _, part := range []string{
			strconv.FormatFloat(*result.Cost, 'f', 8,
				64) + " EUR of today's budget of 0.0017 EUR", "may cost 0.0018088 EUR", "110 prompt tokens and 4500 of the answer, with gpt-oss-120b",
			"--max-cost", "max_tokens", "2000-01-02 00:00 UTC",
		} {
			if !strings.Contains(got.Error(), part) {
				t.Errorf("%q is not in %q", part, got.Error())
			}
		}
		if got.Retryable || len(got.Attempts) != 0 || len(e.Calls(chatPath)) != 1 {
			t.Errorf("retryable %v, %d attempts, %d requests", got.Retryable, len(got.Attempts), len(e.Calls(chatPath)))
		}
		if _, err := ask(t, p); err != nil {
			t.Errorf("a call that fits: %v", err)
		}
		midnight := time.Date(2000, 1, 2, 0, 0, 0, 0, time.UTC)
		if report := p.UsageReport(t.Context()).Budget; report.Refused != 1 || report.Max != 0.0017 || !report.ResetsAt.Equal(midnight) {
			t.Errorf("got %+v", report)
		}
	})
}

// What is free has no cost to refuse, even when the budget is spent.
func TestBudgetLetsFreeModelsThrough(t *testing.T) {
	e := emulator.New(emulator.Options{})
	e.Script(emulator.Fault{Path: chatPath, RawEvents: []string{
		`{"choices":[{"index":0,"delta":{"content":"much"},"finish_reason":"stop"}],"usage":{"prompt_tokens":0,"completion_tokens":100000}}`, "[DONE]",
	}})
	p := connectInMemory(t, e, withBudget(0.002))
	if _, err := ask(t, p); err != nil { // it costs 0.04, which was unknown before
		t.Fatal(err)
	}
	_, err := ask(t, p)
	_ = wantCode(t, err, provider.CodeBudgetExceeded)
	if _, err := p.Chat(t.Context(), provider.ChatRequest{Model: "Qwen3Guard-Gen-0.6B", Messages: says("hello")}); err != nil {
		t.Error(err)
	}
}

// The service may answer a query with any model, and an unlisted model may cost
// anything: the highest prices, 0.91 and 3.6 EUR a million, stand in.
func TestBudgetTakesUnknownPricesForTheHighest(t *testing.T) {
	const dearest = (110*0.91 + 4096*3.6) / 1e6
	for _, model := range []string{"llama@latest", "Qwen3-32B"} {
		p := connectInMemory(t, emulator.New(emulator.Options{}), withBudget(dearest-1e-9))
		_, err := p.Chat(t.Context(), provider.ChatRequest{Model: model, Messages: says("hello"), MaxTokens: new(4096)})
		_ = wantCode(t, err, provider.CodeBudgetExceeded)
		p = connectInMemory(t, emulator.New(emulator.Options{}), withBudget(dearest))
		if _, err := p.Chat(t.Context(), provider.ChatRequest{Model: model, Messages: says("hello"), MaxTokens: new(4096)}); err != nil {
			t.Errorf("%s: %v", model, err)
		}
	}
	p := connectInMemory(t, emulator.New(emulator.Options{}), withBudget(1e-9))
	found, err := p.Resolve(t.Context(), "llama@latest", true)
	if err != nil {
		t.Fatal(err)
	}
	_ = wantCode(t, found.Service.Err, provider.CodeBudgetExceeded)
}

func TestBudgetCountsImages(t *testing.T) {
	const model = "Qwen2.5-VL-72B-Instruct" // 0.91 EUR a million, either way
	p := connectInMemory(t, emulator.New(emulator.Options{}), withBudget(1e-9))
	_, err := p.Chat(t.Context(), provider.ChatRequest{Model: model, Messages: []provider.Message{{Role: provider.RoleUser, Content: provider.Content{Parts: []provider.Part{
		{Type: "text", Text: "what?!"}, {Type: "image_url", ImageURL: &provider.ImageURL{URL: pixel}},
	}}}}})
	if want := "(5510 prompt tokens"; !strings.Contains(wantCode(t, err, provider.CodeBudgetExceeded).Message, want) {
		t.Errorf("%q is not in %q", want, err)
	}
}

// Fifty calls at once get what the budget has room for, and no more: the last of them
// a shorter answer.
func TestBudgetHoldsAgainstManyCallsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(emulator.Options{TokenDelay: 10 * time.Millisecond})
		p := connectInMemory(t, e, withBudget(7.5*helloEstimate))
		p.Catalog(t.Context())
		var wg sync.WaitGroup
		var mu sync.Mutex
		spent, answered := 0.0, 0
		for range 50 {
			wg.Go(func() {
				result, err := ask(t, p)
				if err != nil {
					if got := provider.AsError(err).Code; got != provider.CodeBudgetExceeded {
						t.Errorf("code %s", got)
					}
					return
				}
				mu.Lock()
				defer mu.Unlock()
				spent += *result.Cost
				answered++
			})
		}
		wg.Wait()
		if answered != 8 || len(e.Calls(chatPath)) != 8 {
			t.Errorf("%d of 50 calls were answered, by %d requests; 8 fit", answered, len(e.Calls(chatPath)))
		}
		wantEUR(t, "spent", p.UsageReport(t.Context()).Budget.Spent, spent)
		if _, err := ask(t, p); err != nil {
			t.Errorf("what was reserved is not released: %v", err)
		}
	})
}

// The cost of attempts that failed.
func TestBudgetAfterFailures(t *testing.T) {
	t.Parallel()
	const usage = `{"choices":[],"usage":{"prompt_tokens":1000,"completion_tokens":1000,"total_tokens":2000}}`
	const used = (1000*0.08 + 1000*0.4) / 1e6
	text := `{"choices":[{"index":0,"delta":{"content":"so far"}}]}`
	for _, tt := range []struct {
		name  string
		fault emulator.Fault
		leave time.Duration // after which the caller gives up; 0 is never
		spent float64
	}{
		{"refused", emulator.Fault{Status: 400, Body: `{"message":"no"}`}, 0, 0},
		{"too many requests", emulator.Fault{Status: 429, Header: map[string]string{"Retry-After": "100"}, Body: `{"message":"no"}`}, 0, 0},
		{"down for ever", emulator.Fault{Status: 503, Times: -1}, 0, 0},
		{"a gateway's timeout", emulator.Fault{Status: 504, Times: -1}, 0, 0},
		{"no connection", emulator.Fault{DropConnection: true, Times: -1}, 0, 0},
		{"without usage", emulator.Fault{NoUsage: true}, 0, helloEstimate},
		{"with usage that cannot be",
			emulator.Fault{RawEvents: []string{text, `{"choices":[],"usage":{"prompt_tokens":-5,"completion_tokens":-7}}`, "[DONE]"}}, 0,
			helloEstimate},
		{"with more tokens than there can be",
			emulator.Fault{RawEvents: []string{text, `{"choices":[],"usage":{"prompt_tokens":5,"completion_tokens":9223372036854775807}}`,
				"[DONE]"}},
			0, helloEstimate},
		{"with usage of nothing",
			emulator.Fault{RawEvents: []string{text, `{"choices":[],"usage":{"prompt_tokens":0,"completion_tokens":0}}`, "[DONE]"}}, 0,
			helloEstimate},
		{"interrupted with text", emulator.Fault{RawEvents: []string{text}}, 0, helloEstimate},
		{"broken off after the usage", emulator.Fault{RawEvents: []string{usage, `{"error":{"message":"no","code":400}}`}}, 0, used},
		{"empty for ever, with usage", emulator.Fault{RawEvents: []string{usage, "[DONE]"}, Times: -1}, 0, 2 * used},
		{"empty for ever, without usage", emulator.Fault{RawEvents: []string{"[DONE]"}, Times: -1}, 0, 0},
		{"cancelled", emulator.Fault{RawEvents: []string{text}, Hang: true}, time.Second, helloEstimate},
		{"at the deadline", emulator.Fault{RawEvents: []string{text}, Hang: true}, 0, helloEstimate},
		{"silent until the deadline", emulator.Fault{Hang: true}, 0, helloEstimate},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := emulator.New(emulator.Options{})
				tt.fault.Path = chatPath
				e.Script(tt.fault)
				p := connectInMemory(t, e, withBudget(1), withTimeout(time.Minute), withMaxWait(45*time.Second))
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				p.Catalog(ctx)
				if tt.leave > 0 {
					time.AfterFunc(tt.leave, cancel)
				}
				_, _ = p.Chat(ctx, provider.ChatRequest{Model: "gpt-oss-120b", Messages: says("hello")})
				wantEUR(t, "spent", p.UsageReport(t.Context()).Budget.Spent, tt.spent)
			})
		})
	}
}

// The reservation of a call that never went out is released.
func TestBudgetAfterWaitingInVain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(emulator.Options{})
		p := connectInMemory(t, e, withBudget(1), withMaxWait(2*time.Minute), func(o *provider.Options) { o.RateLimit = 1 })
		result, err := ask(t, p)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err = p.Chat(ctx, provider.ChatRequest{Model: "gpt-oss-120b", Messages: says("hello")})
		if err == nil || len(e.Calls(chatPath)) != 1 {
			t.Fatalf("error %v after %d requests", err, len(e.Calls(chatPath)))
		}
		wantEUR(t, "spent", p.UsageReport(t.Context()).Budget.Spent, *result.Cost)
	})
}

// A long embedding is refused as a whole, not after some of its batches.
func TestBudgetOfEmbeddings(t *testing.T) {
	e := emulator.New(emulator.Options{})
	p := connectInMemory(t, e, withBudget(90*4*0.01/1e6)) // 90 texts of 4 tokens with bge-m3
	texts := make([]string, 100)
	for i := range texts {
		texts[i] = "hello"
	}
	_, err := p.Embed(t.Context(), provider.EmbedRequest{Model: "bge-m3", Input: texts})
	_ = wantCode(t, err, provider.CodeBudgetExceeded)
	if n := len(e.Calls(embedPath)); n != 0 {
		t.Errorf("%d batches went out", n)
	}
	result, err := p.Embed(t.Context(), provider.EmbedRequest{Model: "bge-m3", Input: texts[:90]})
	if err != nil {
		t.Fatal(err)
	}
	wantEUR(t, "spent", p.UsageReport(t.Context()).Budget.Spent, *result.Cost)
}

func TestBudgetsThatCannotBe(t *testing.T) {
	for _, eur := range []float64{-1, math.NaN(), math.Inf(1), provider.MaxBudget * 2} {
		if _, err := provider.New(provider.Options{MaxCost: eur}); err == nil {
			t.Errorf("%v was taken", eur)
		}
	}
}
