package provider_test

import (
	"context"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

func withRateLimit(perMinute provider.RateLimit) func(*provider.Options) {
	return func(o *provider.Options) { o.RateLimit = perMinute }
}

// throttled answers 429 and names the seconds after which to come again.
func throttled(path, seconds string, times int) emulator.Fault {
	return emulator.Fault{Path: path, Status: 429, Header: map[string]string{"Retry-After": seconds}, Times: times}
}

func TestEachQueuedCallIsAnnounced(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := connectInMemory(t, emulator.New(emulator.Options{}), withMaxWait(5*time.Minute), withRateLimit(2))
		p.Catalog(t.Context())
		announced := make([][]string, 6)
		var all sync.WaitGroup
		for i := range announced {
			all.Go(func() {
				if _, err := p.Chat(t.Context(), provider.ChatRequest{
					Model: "gpt-oss-120b", Messages: says("hi"), OnWait: func(why string) { announced[i] = append(announced[i], why) },
				}); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait() // so that they queue in this order
		}
		all.Wait()
		minute, two := []string{"rate limited: retrying in 1m0s"}, []string{"rate limited: retrying in 2m1s"}
		if diff := cmp.Diff([][]string{nil, nil, minute, minute, two, two}, announced); diff != "" {
			t.Errorf("announced (-want +got):\n%s", diff)
		}
	})
}

// The third call waits for the second, for its own slot, and then the service asks
// for more than is left.
func TestMaxWaitIsForAllWaitsTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(emulator.Options{})
		p := connectInMemory(t, e, withMaxWait(150*time.Second), withRateLimit(1))
		p.Catalog(t.Context())
		wait := queue(t, p, t.Context(), "gpt-oss-120b", "gpt-oss-120b", "gpt-oss-120b")
		start := time.Now()
		<-time.After(100 * time.Second)
		e.Script(throttled(chatPath, "80", -1))
		_, errs := wait()
		_ = wantCode(t, errs[2], provider.CodeRateLimited)
		if took := time.Since(start); took != 2*(time.Minute+250*time.Millisecond) {
			t.Errorf("it ended after %s, want 2m0.5s: 80 s more would be over 150 s", took)
		}
	})
}

func TestBatchesThatWaitAtTheSameTimeSpendItTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(emulator.Options{})
		e.Script(throttled(embedPath, "20", 4))
		p := connectInMemory(t, e, withMaxWait(45*time.Second))
		start := time.Now()
		result, err := p.Embed(t.Context(), provider.EmbedRequest{Model: "bge-m3", Input: texts(100)})
		if err != nil || time.Since(start) != 20*time.Second {
			t.Fatalf("got %v after %s, want vectors after 20s", err, time.Since(start))
		}
		want := []provider.Warning{{Code: provider.WarnRateLimitWait, Message: "the call waited 20s for the model's rate limit"}}
		if diff := cmp.Diff(want, result.Warnings); diff != "" {
			t.Errorf("warnings (-want +got):\n%s", diff)
		}
	})
}

func TestAWaitThatTheDeadlineForbidsIsNotAnnounced(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(emulator.Options{})
		e.Script(throttled(chatPath, "31", -1))
		p := connectInMemory(t, e, withMaxWait(45*time.Second), withTimeout(20*time.Second))
		start := time.Now()
		_, err := p.Chat(t.Context(), provider.ChatRequest{
			Model: "gpt-oss-120b", Messages: says("hi"), OnWait: func(why string) { t.Errorf("announced %q", why) },
		})
		_ = wantCode(t, err, provider.CodeRateLimited)
		if time.Since(start) != 0 {
			t.Errorf("it ended after %s, want at once", time.Since(start))
		}
	})
}

func TestACallThatIsOverIsNotSent(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := connectInMemory(t, emulator.New(emulator.Options{}), withBudget(1))
		p.Catalog(t.Context())
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := p.Chat(ctx, provider.ChatRequest{Model: "gpt-oss-120b", Messages: says("hi")})
		if got := wantCode(t, err, provider.CodeCancelled); len(got.Attempts) != 0 {
			t.Errorf("attempts %v, want none", got.Attempts)
		}
		wantEUR(t, "spent", p.UsageReport(t.Context()).Budget.Spent, 0)
	})
}

func TestOneRetryAfterAnEmptyAnswer(t *testing.T) {
	t.Parallel()
	busy, empty := emulator.Fault{Path: chatPath, Status: 503}, emulator.Fault{Path: chatPath, RawEvents: []string{"[DONE]"}}
	for _, tt := range []struct {
		name     string
		faults   []emulator.Fault
		requests int
		empty    bool
		twice    bool
	}{
		{"after a failure too", []emulator.Fault{busy, empty}, 3, false, false},
		{"never a fourth request", []emulator.Fault{busy, busy, empty}, 3, true, false},
		{"only one", []emulator.Fault{empty, busy, empty}, 3, true, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := emulator.New(emulator.Options{})
				e.Script(tt.faults...)
				result, err := ask(t, connectInMemory(t, e, withMaxWait(45*time.Second)))
				if err != nil {
					t.Fatal(err)
				}
				if n := len(e.Calls(chatPath)); n != tt.requests || len(result.Attempts) != n || (result.Content == "") != tt.empty {
					t.Errorf("%d requests, %d attempts, content %q", n, len(result.Attempts), result.Content)
				}
				if len(result.Warnings) > 0 && strings.Contains(result.Warnings[0].Message, "asked twice") != tt.twice {
					t.Errorf("warning %q, want asked twice: %v", result.Warnings[0].Message, tt.twice)
				}
			})
		})
	}
}

func TestACallbackThatPanicsCostsNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := connectInMemory(t, emulator.New(emulator.Options{}), withBudget(1), withMaxWait(5*time.Minute), withRateLimit(1))
		result, err := ask(t, p)
		if err != nil {
			t.Fatal(err)
		}
		func() {
			defer func() { _ = recover() }()
			_, err := p.Chat(t.Context(), provider.ChatRequest{Model: "gpt-oss-120b", Messages: says("hi"), OnWait: func(string) { panic("gone") }})
			t.Errorf("got %v, want a panic", err)
		}()
		wantEUR(t, "spent", p.UsageReport(t.Context()).Budget.Spent, *result.Cost)
		if _, err := ask(t, p); err != nil {
			t.Errorf("the next call: %v", err)
		}
	})
}

func TestAskingTheServiceForAQueryKeepsToTheLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(emulator.Options{})
		p := connectInMemory(t, e, withRateLimit(1))
		for i := range 2 {
			r, err := p.Resolve(t.Context(), "gpt-oss@cheapest", true)
			if err != nil {
				t.Fatal(err)
			}
			if limited := r.Service.Err != nil && r.Service.Err.Code == provider.CodeRateLimited; limited != (i > 0) {
				t.Errorf("request %d: rate limited %v", i, limited)
			}
		}
		if n := len(e.Calls(chatPath)); n != 1 {
			t.Errorf("%d requests in a minute, want 1", n)
		}
	})
}

// Without a time in the refusal, the minute counts in which this program's own
// requests went out.
func TestARefusalThatNamesNoTimeIsWaitedOutToTheEndOfTheMinute(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		before  time.Duration // of the request before, which counts
		waited  time.Duration
		refused bool
	}{
		{"the first of a minute", 0, 0, true},
		{"near the end of one", 50 * time.Second, 10250 * time.Millisecond, false},
		{"when the one before is over", 70 * time.Second, 0, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := emulator.New(emulator.Options{})
				p := connectInMemory(t, e, withMaxWait(45*time.Second), withRateLimit(400))
				p.Catalog(t.Context())
				if tt.before > 0 {
					if _, err := ask(t, p); err != nil {
						t.Fatal(err)
					}
					<-time.After(tt.before)
				}
				e.Script(emulator.Fault{Path: chatPath, Status: 429, Header: map[string]string{"X-Ratelimit-Remaining-Minute": "0"}})
				start := time.Now()
				_, err := ask(t, p)
				if tt.refused != (err != nil) || time.Since(start) != tt.waited {
					t.Errorf("after %s: %v", time.Since(start), err)
				}
				if tt.refused {
					if got := wantCode(t, err, provider.CodeRateLimited).RetryAfter; got != 60250*time.Millisecond {
						t.Errorf("retry after %s", got)
					}
				}
			})
		})
	}
}
