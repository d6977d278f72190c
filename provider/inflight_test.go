package provider_test

import (
	"context"
	"net/http"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

func withMaxInFlight(n int) func(*provider.Options) {
	return func(o *provider.Options) { o.MaxInFlight = n }
}

// slow makes every chat of a model, "" is any, take that long.
func slow(model string, d time.Duration) emulator.Fault {
	return emulator.Fault{Path: chatPath, Model: model, Delay: d, Times: -1}
}

// queue starts a chat with each model, in order, while earlier ones run.
func queue(t *testing.T, p *provider.Provider, ctx context.Context, models ...string) (wait func() ([]*provider.ChatResult, []error)) {
	t.Helper()
	results, errs := make([]*provider.ChatResult, len(models)), make([]error, len(models))
	var all sync.WaitGroup
	for i, model := range models {
		all.Go(func() {
			results[i], errs[i] = p.Chat(ctx, provider.ChatRequest{Model: model, Messages: says("hi")})
		})
		synctest.Wait() // so that they queue in this order
	}
	return func() ([]*provider.ChatResult, []error) {
		all.Wait()
		return results, errs
	}
}

// arrivals returns when the chats reached the service, since start.
func arrivals(e *emulator.Emulator, start time.Time) []time.Duration {
	var at []time.Duration
	for _, call := range e.Calls(chatPath) {
		at = append(at, call.At.Sub(start))
	}
	return at
}

// byTurn returns models two by two, each pair in alphabetical order.
func byTurn(models []string) [][]string {
	var turns [][]string
	for turn := range slices.Chunk(models, 2) {
		turns = append(turns, slices.Sorted(slices.Values(turn)))
	}
	return turns
}

func TestRequestsInFlightAreCapped(t *testing.T) {
	t.Parallel()
	for name, limit := range map[string]provider.RateLimit{"without a rate limit": provider.NoRateLimit, "with one": 400} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := emulator.New(emulator.Options{})
				e.Script(slow("", 10*time.Second))
				// Without max-wait: the wait for the cap is not one for a rate limit.
				p := connectInMemory(t, e, withMaxInFlight(2), func(o *provider.Options) { o.RateLimit = limit })
				p.Catalog(t.Context())
				start := time.Now()
				models := []string{first, first, first, second, second, third, first}
				results, errs := queue(t, p, t.Context(), models...)()
				var want []time.Duration
				for i := range models {
					turn := time.Duration(i/2) * 10 * time.Second
					want = append(want, turn)
					if errs[i] != nil || results[i].Attempts[0].Wait != turn || results[i].Attempts[0].Duration != 10*time.Second {
						t.Errorf("call %d: %v, %+v, want one that waited %s", i, errs[i], results[i], turn)
					} else if len(results[i].Warnings) > 0 {
						t.Errorf("call %d has the warnings %v", i, results[i].Warnings)
					}
				}
				if diff := cmp.Diff(want, arrivals(e, start)); diff != "" {
					t.Errorf("arrivals (-want +got):\n%s", diff)
				}
				// The two of a turn go out at the same moment, in any order.
				if diff := cmp.Diff(byTurn(models), byTurn(sentModels(t, e, 0))); diff != "" {
					t.Errorf("it was not first come, first served (-want +got):\n%s", diff)
				}
			})
		})
	}
}

func TestACancelledCallLeavesTheQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(emulator.Options{})
		e.Script(slow("", 10*time.Second))
		p := connectInMemory(t, e, withMaxInFlight(1))
		p.Catalog(t.Context())
		start := time.Now()
		ctx, cancel := context.WithCancel(t.Context())
		running := queue(t, p, t.Context(), first)
		leaving := queue(t, p, ctx, second)
		waiting := queue(t, p, t.Context(), third)
		cancel()
		_, errs := leaving()
		if failed := wantCode(t, errs[0], provider.CodeCancelled); time.Since(start) != 0 || len(failed.Attempts) != 0 {
			t.Errorf("it left after %s with %+v", time.Since(start), failed)
		}
		running()
		waiting()
		if diff := cmp.Diff([]string{first, third}, sentModels(t, e, 0)); diff != "" || time.Since(start) != 20*time.Second {
			t.Errorf("after %s (-want +got):\n%s", time.Since(start), diff)
		}
	})
}

// lingering ends a failed request a second late. All calls have the same deadline
// here, and the slot of one that it ends must not be free at that moment.
type lingering struct{ http.RoundTripper }

func (l lingering) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := l.RoundTripper.RoundTrip(req)
	if err != nil {
		<-time.After(time.Second)
	}
	return resp, err
}

func TestTheDeadlineEndsTheWaitForASlot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(emulator.Options{})
		e.Script(slow("", 50*time.Second))
		p := connectInMemory(t, e, withMaxInFlight(1), withTimeout(time.Minute), withFallback(second), func(o *provider.Options) {
			o.HTTPClient = &http.Client{Transport: lingering{o.HTTPClient.Transport}}
		})
		p.Catalog(t.Context())
		_, errs := queue(t, p, t.Context(), "quick", "quick", "quick")()
		if errs[0] != nil {
			t.Error(errs[0])
		}
		_ = wantCode(t, errs[1], provider.CodeUpstreamTimeout) // it had ten seconds left
		got := wantCode(t, errs[2], provider.CodeUpstreamTimeout)
		const want = "1 requests were in flight, and none ended in time for this one within 1m0s"
		if got.Message != want || len(got.Attempts) != 0 || len(e.Calls(chatPath)) != 2 {
			t.Errorf("got %+v, and %d requests", got, len(e.Calls(chatPath)))
		}
	})
}

// A call that waits for a rate limit, or before a retry, takes no slot in flight.
func TestAWaitForARateLimitHoldsNoSlot(t *testing.T) {
	t.Parallel()
	for name, limit := range map[string]provider.RateLimit{"of this program": 1, "of the service": provider.NoRateLimit} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := emulator.New(emulator.Options{})
				if limit == provider.NoRateLimit {
					e.Script(emulator.Fault{Path: chatPath, Model: first, Status: 429, Header: map[string]string{"Retry-After": "31"}})
				}
				p := connectInMemory(t, e, withMaxInFlight(1), withMaxWait(2*time.Minute), func(o *provider.Options) { o.RateLimit = limit })
				p.Catalog(t.Context())
				start := time.Now()
				waiting := queue(t, p, t.Context(), first, first)
				queue(t, p, t.Context(), second)()
				if took := time.Since(start); took != 0 {
					t.Errorf("a call to another model took %s", took)
				}
				if _, errs := waiting(); errs[0] != nil || errs[1] != nil || time.Since(start) < 31*time.Second {
					t.Errorf("got %v after %s", errs, time.Since(start))
				}
			})
		})
	}
}

// The service counts a request when it arrives, so a slot that was taken before
// the wait for the cap would let too many arrive within a minute.
func TestAWaitForTheCapUsesNoRateLimit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(emulator.Options{RateLimit: true})
		e.Script(slow(second, 50*time.Second))
		p := connectInMemory(t, e, withMaxInFlight(1), withMaxWait(3*time.Minute), func(o *provider.Options) { o.RateLimit = 2 })
		p.Catalog(t.Context())
		start := time.Now()
		_, errs := queue(t, p, t.Context(), second, first, first, first, first)()
		for i, err := range errs {
			if err != nil {
				t.Errorf("call %d: %v", i, err)
			}
		}
		const slot, window = 50 * time.Second, time.Minute + 250*time.Millisecond
		if diff := cmp.Diff([]time.Duration{0, slot, slot, slot + window, slot + window}, arrivals(e, start)); diff != "" {
			t.Errorf("arrivals (-want +got):\n%s", diff)
		}
	})
}

func TestBatchesOfEmbeddingsAreCappedToo(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(emulator.Options{})
		e.Script(emulator.Fault{Path: embedPath, Delay: time.Second, Times: -1})
		var mu sync.Mutex
		running, most := 0, 0
		count := func(by int) {
			mu.Lock()
			defer mu.Unlock()
			running += by
			most = max(most, running)
		}
		p := connectInMemory(t, answering(embedPath, func(w http.ResponseWriter, r *http.Request) {
			count(1)
			defer count(-1)
			e.ServeHTTP(w, r)
		}), withMaxInFlight(3))
		got, err := p.Embed(t.Context(), provider.EmbedRequest{Input: texts(150)})
		if err != nil || len(got.Attempts) != 6 || most != 3 {
			t.Errorf("%v, %d requests at once, want 6 in all and 3 at once", err, most)
		}
	})
}

// A request that panics releases its slot like any other.
func TestAPanicReleasesItsSlot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := connectInMemory(t, emulator.New(emulator.Options{}), withMaxInFlight(1), withTimeout(time.Second))
		func() {
			defer func() {
				if recover() == nil {
					t.Error("the panic of OnText was swallowed")
				}
			}()
			_, _ = p.Chat(t.Context(), provider.ChatRequest{Model: first, Messages: says("hi"), OnText: func(string) { panic("of OnText") }})
		}()
		if _, err := ask(t, p); err != nil {
			t.Errorf("the next call: %v", err)
		}
	})
}
