package provider_test

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

func TestBudgetStartsAnewAtMidnightUTC(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		folder := t.TempDir()
		e := emulator.New(emulator.Options{})
		e.Script(emulator.Fault{Path: chatPath, NoUsage: true, Times: -1}) // each keeps its estimate
		p := connectInMemory(t, e, withBudget(helloEstimate), withCacheDir(folder))
		if _, err := ask(t, p); err != nil {
			t.Fatal(err)
		}
		_, err := ask(t, p)
		_ = wantCode(t, err, provider.CodeBudgetExceeded)
		<-time.After(24*time.Hour - time.Second)
		_, err = ask(t, p)
		_ = wantCode(t, err, provider.CodeBudgetExceeded)
		<-time.After(2 * time.Second)
		wantEUR(t, "spent on the new day", p.UsageReport(t.Context()).Budget.Spent, 0)
		if _, err := ask(t, p); err != nil {
			t.Errorf("on the new day: %v", err)
		}
		for range 30 {
			<-time.After(24 * time.Hour)
			if _, err := ask(t, p); err != nil {
				t.Error(err)
			}
		}
		days := dayFiles(t, folder)
		if len(days) != 8 || !strings.Contains(days[0], "2000-01-25") || !strings.Contains(days[7], "2000-02-01") {
			t.Errorf("files %q, want those of today and of a week before", days)
		}
	})
}

// A call that runs over midnight counts on the day on which it went out.
func TestBudgetOverMidnight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(emulator.Options{})
		e.Script(emulator.Fault{Path: chatPath, Delay: time.Minute, RawEvents: []string{ // more than was set aside
			`{"choices":[{"index":0,"delta":{"content":"much"},"finish_reason":"stop"}],"usage":{"prompt_tokens":0,"completion_tokens":100000}}`, "[DONE]",
		}})
		p := connectInMemory(t, e, withBudget(1))
		p.Catalog(t.Context())
		<-time.After(24*time.Hour - 30*time.Second)
		time.AfterFunc(45*time.Second, func() { p.UsageReport(t.Context()) }) // the new day has begun
		if _, err := ask(t, p); err != nil {
			t.Fatal(err)
		}
		wantEUR(t, "spent", p.UsageReport(t.Context()).Budget.Spent, 0)
	})
}

func dayFiles(t testing.TB, folder string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "spent-*.log"))
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestBudgetOutlivesTheProcess(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		folder := filepath.Join(t.TempDir(), "not there yet")
		first := connectInMemory(t, emulator.New(emulator.Options{}), withBudget(1), withCacheDir(folder))
		result, err := ask(t, first)
		if err != nil {
			t.Fatal(err)
		}
		second := connectInMemory(t, emulator.New(emulator.Options{}), withBudget(1), withCacheDir(folder))
		wantEUR(t, "after a restart", second.UsageReport(t.Context()).Budget.Spent, *result.Cost)
		if _, err := ask(t, second); err != nil {
			t.Fatal(err)
		}
		wantEUR(t, "what a process beside spends", first.UsageReport(t.Context()).Budget.Spent, 2**result.Cost)

		elsewhere := connectInMemory(t, emulator.New(emulator.Options{}), withBudget(1), withCacheDir(folder),
			func(o *provider.Options) { o.BaseURL = "http://other.test/v1" })
		wantEUR(t, "another service", elsewhere.UsageReport(t.Context()).Budget.Spent, 0)
	})
}

// Processes share their reservations too.
func TestBudgetHoldsAgainstManyProcesses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		folder := t.TempDir()
		e := emulator.New(emulator.Options{TokenDelay: 10 * time.Millisecond})
		var wg sync.WaitGroup
		for range 10 {
			p := connectInMemory(t, e, withBudget(3.5*helloEstimate), withCacheDir(folder))
			p.Catalog(t.Context())
			for range 5 {
				wg.Go(func() { _, _ = ask(t, p) })
			}
		}
		wg.Wait()
		// Two that come at the same moment may both be refused, so fewer may pass.
		if n := len(e.Calls(chatPath)); n < 1 || n > 4 {
			t.Errorf("%d requests went out; 4 fit", n)
		}
	})
}

func TestBudgetFileThatIsOdd(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, content string
		spent         float64
	}{
		{"a line that was cut", "250000000000\n1234", 0.250000001234},
		{"windows line ends", "250000000000\r\n", 0.25},
		{"less than nothing", "-500000000000\n", 0},
		{"empty", "", 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				folder := t.TempDir()
				spend := func() float64 {
					p := connectInMemory(t, emulator.New(emulator.Options{}), withBudget(1), withCacheDir(folder))
					result, err := ask(t, p)
					if err != nil {
						t.Fatal(err)
					}
					return *result.Cost
				}
				cost := spend()
				if err := os.WriteFile(dayFiles(t, folder)[0], []byte(tt.content), 0o600); err != nil {
					t.Fatal(err)
				}
				spend()
				p := connectInMemory(t, emulator.New(emulator.Options{}), withBudget(1), withCacheDir(folder))
				wantEUR(t, "spent", p.UsageReport(t.Context()).Budget.Spent, tt.spent+cost)
			})
		})
	}
	t.Run("emptied while it is used", func(t *testing.T) {
		folder := t.TempDir()
		p := connectInMemory(t, emulator.New(emulator.Options{}), withBudget(1), withCacheDir(folder))
		first, err := ask(t, p)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(dayFiles(t, folder)[0], 0); err != nil {
			t.Fatal(err)
		}
		wantEUR(t, "spent", p.UsageReport(t.Context()).Budget.Spent, *first.Cost)
		if _, err := ask(t, p); err != nil {
			t.Fatal(err)
		}
		wantEUR(t, "spent after one more", p.UsageReport(t.Context()).Budget.Spent, 2**first.Cost)
	})
}

func TestBudgetOfACallThatWaitedPastMidnight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := connectInMemory(t, emulator.New(emulator.Options{}), withBudget(1), withMaxWait(3*time.Minute), withRateLimit(1))
		p.Catalog(t.Context())
		<-time.After(24*time.Hour - 30*time.Second)
		if _, err := ask(t, p); err != nil {
			t.Fatal(err)
		}
		result, err := ask(t, p)
		if err != nil {
			t.Fatal(err)
		}
		wantEUR(t, "spent on the day on which it went out", p.UsageReport(t.Context()).Budget.Spent, *result.Cost)
	})
}
