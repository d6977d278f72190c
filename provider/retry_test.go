package provider_test

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

func withMaxWait(d time.Duration) func(*provider.Options) {
	return func(o *provider.Options) { o.MaxWait = d }
}

// Each failure is met as often as the fault says; the clock is virtual.
func TestRetries(t *testing.T) {
	t.Parallel()
	status := func(code int, headers ...string) emulator.Fault {
		f := emulator.Fault{Path: chatPath, Status: code, Body: `{"message":"no"}`, Times: -1, Header: map[string]string{}}
		for i := 0; i < len(headers); i += 2 {
			f.Header[headers[i]] = headers[i+1]
		}
		return f
	}
	once := func(f emulator.Fault) emulator.Fault { f.Times = 0; return f }
	empty := emulator.Fault{Path: chatPath, RawEvents: []string{"[DONE]"}, Times: -1}
	for _, tt := range []struct {
		name     string
		fault    emulator.Fault
		requests int
		waited   [2]time.Duration // at least, at most
		code     provider.Code    // "" is an answer
		warns    []provider.WarningCode
	}{
		{"500 for ever", status(500), 3, [2]time.Duration{500 * time.Millisecond, 3 * time.Second}, provider.CodeUpstreamUnavailable, nil},
		{"503 once", once(status(503)), 2, [2]time.Duration{100 * time.Millisecond, time.Second}, "", nil},
		{"408 once", once(status(408)), 2, [2]time.Duration{100 * time.Millisecond, time.Second}, "", nil},
		{"409 once", once(status(409)), 2, [2]time.Duration{100 * time.Millisecond, time.Second}, "", nil},
		{"429 with a reset in 31 s", once(status(429, "Retry-After", "31")), 2, [2]time.Duration{31 * time.Second, 31 * time.Second}, "",
			[]provider.WarningCode{provider.WarnRateLimitWait}},
		{"429 with milliseconds", once(status(429, "Retry-After-Ms", "1500")), 2,
			[2]time.Duration{1500 * time.Millisecond, 1500 * time.Millisecond}, "", []provider.WarningCode{provider.WarnRateLimitWait}},
		{"429 that asks for no pause", once(status(429, "Retry-After", "0")), 2, [2]time.Duration{100 * time.Millisecond, time.Second}, "", nil},
		{"429 until a date that passed, by the service's clock",
			once(status(429, "Retry-After", "Wed, 21 Oct 2015 07:28:00 GMT", "Date", "Wed, 21 Oct 2015 07:28:01 GMT")), 2,
			[2]time.Duration{100 * time.Millisecond, time.Second}, "", nil},
		{"429 until a date, by the service's clock",
			once(status(429, "Retry-After", "Wed, 21 Oct 2015 07:28:31 GMT", "Date", "Wed, 21 Oct 2015 07:28:00 GMT")), 2,
			[2]time.Duration{31 * time.Second, 31 * time.Second}, "", []provider.WarningCode{provider.WarnRateLimitWait}},
		{"429 that asks for more than there is", status(429, "Retry-After", "46"), 1, [2]time.Duration{}, provider.CodeRateLimited, nil},
		{"429 that names no time: a minute is too long", status(429), 1, [2]time.Duration{}, provider.CodeRateLimited, nil},
		{"429 twice, together more than there is", status(429, "Retry-After", "30"), 2, [2]time.Duration{30 * time.Second, 30 * time.Second},
			provider.CodeRateLimited, nil},
		{"400", status(400), 1, [2]time.Duration{}, provider.CodeUpstreamRejected, nil},
		{"401", status(401), 1, [2]time.Duration{}, provider.CodeAuthFailed, nil},
		{"403", status(403), 1, [2]time.Duration{}, provider.CodeAuthFailed, nil},
		{"404 of a listed model", status(404), 1, [2]time.Duration{}, provider.CodeUnknownModel, nil},
		{"413", status(413), 1, [2]time.Duration{}, provider.CodePayloadTooLarge, nil},
		{"422", status(422), 1, [2]time.Duration{}, provider.CodeUpstreamRejected, nil},
		{"a connection that drops", once(emulator.Fault{Path: chatPath, DropConnection: true}), 2,
			[2]time.Duration{100 * time.Millisecond, time.Second}, "", nil},
		{"an empty stream for ever", empty, 2, [2]time.Duration{100 * time.Millisecond, time.Second}, "",
			[]provider.WarningCode{provider.WarnEmptyResponse, provider.WarnUsageMissing}},
		{"an empty stream once", once(empty), 2, [2]time.Duration{100 * time.Millisecond, time.Second}, "", nil},
		{"a stream cut before any text", once(emulator.Fault{Path: chatPath, Cut: new(0)}), 2,
			[2]time.Duration{100 * time.Millisecond, time.Second}, "", nil},
		{"a stream cut after some text",
			emulator.Fault{Path: chatPath, Cut: new(1), RawEvents: []string{`{"choices":[{"index":0,"delta":{"content":"so far"}}]}`}, Times: -1},
			1, [2]time.Duration{}, "", []provider.WarningCode{provider.WarnStreamInterrupted, provider.WarnUsageMissing}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := emulator.New(emulator.Options{})
				e.Script(tt.fault)
				p := connectInMemory(t, e, withMaxWait(45*time.Second))
				p.Catalog(t.Context())
				start := time.Now()
				result, err := ask(t, p)
				took := time.Since(start)
				if n := len(e.Calls(chatPath)); n != tt.requests {
					t.Errorf("%d requests, want %d", n, tt.requests)
				}
				if took < tt.waited[0] || took > tt.waited[1] {
					t.Errorf("it took %s, want %s to %s", took, tt.waited[0], tt.waited[1])
				}
				var attempts []provider.Attempt
				if tt.code != "" {
					attempts = wantCode(t, err, tt.code).Attempts
				} else if err != nil {
					t.Fatal(err)
				} else {
					attempts = result.Attempts
					if diff := cmp.Diff(tt.warns, codes(result.Warnings)); diff != "" {
						t.Errorf("warnings (-want +got):\n%s", diff)
					}
				}
				if len(attempts) != tt.requests {
					t.Fatalf("%d attempts are reported, want %d", len(attempts), tt.requests)
				}
				var waits time.Duration
				for _, a := range attempts {
					waits += a.Wait
				}
				if waits != took {
					t.Errorf("the attempts waited %s, the call %s", waits, took)
				}
			})
		})
	}
}

func TestNoRetriesWithoutMaxWait(t *testing.T) {
	t.Parallel()
	e := emulator.New(emulator.Options{})
	e.Script(emulator.Fault{Path: chatPath, Status: 500, Times: -1})
	_, err := ask(t, connect(t, e))
	_ = wantCode(t, err, provider.CodeUpstreamUnavailable)
	if n := len(e.Calls(chatPath)); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}

func TestAWaitIsAnnounced(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(emulator.Options{})
		e.Script(emulator.Fault{Path: chatPath, Status: 429, Header: map[string]string{"Retry-After": "31"}})
		p := connectInMemory(t, e, withMaxWait(45*time.Second))
		var announced []string
		if _, err := p.Chat(t.Context(), provider.ChatRequest{
			Model: "gpt-oss-120b", Messages: says("hi"), OnWait: func(why string) { announced = append(announced, why) },
		}); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"rate limited: retrying in 31s"}, announced); diff != "" {
			t.Errorf("announced (-want +got):\n%s", diff)
		}
	})
}

func TestACancelledWaitEndsAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(emulator.Options{})
		e.Script(emulator.Fault{Path: chatPath, Status: 429, Header: map[string]string{"Retry-After": "31"}, Times: -1})
		p := connectInMemory(t, e, withMaxWait(45*time.Second))
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(5*time.Second, cancel)
		start := time.Now()
		_, err := p.Chat(ctx, provider.ChatRequest{Model: "gpt-oss-120b", Messages: says("hi")})
		_ = wantCode(t, err, provider.CodeCancelled)
		if time.Since(start) != 5*time.Second {
			t.Errorf("it ended after %s, want 5s", time.Since(start))
		}
	})
}

// burst sends so many chats at once, in order, and returns when each ended.
func burst(t *testing.T, p *provider.Provider, models []string, calls int) (ended []time.Duration, errs []error) {
	t.Helper()
	ended, errs = make([]time.Duration, calls), make([]error, calls)
	start := time.Now()
	var all sync.WaitGroup
	for i := range calls {
		all.Go(func() {
			_, errs[i] = p.Chat(t.Context(), provider.ChatRequest{Model: models[i%len(models)], Messages: says("call " + strconv.Itoa(i))})
			ended[i] = time.Since(start)
		})
		synctest.Wait() // so that they queue in this order
	}
	all.Wait()
	return ended, errs
}

func TestAnonymousBurstQueues(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(emulator.Options{RateLimit: true})
		p := connectInMemory(t, e, withMaxWait(3*time.Minute), func(o *provider.Options) { o.RateLimit = provider.AutoRateLimit })
		p.Catalog(t.Context())
		ended, errs := burst(t, p, []string{"gpt-oss-120b", "gpt-oss-20b"}, 10)
		for i, err := range errs {
			// Two calls a minute to each of the two models.
			window := time.Duration(i/4) * (time.Minute + 250*time.Millisecond)
			if err != nil || ended[i] != window {
				t.Errorf("call %d: error %v after %s, want an answer after %s", i, err, ended[i], window)
			}
		}
		if n := len(e.Calls(chatPath)); n != 10 {
			t.Errorf("%d requests went out, want 10: none was refused and sent again", n)
		}
	})
}

func TestABurstFailsFastWithoutMaxWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(emulator.Options{RateLimit: true})
		p := connectInMemory(t, e, withMaxWait(5*time.Second), func(o *provider.Options) { o.RateLimit = provider.AutoRateLimit })
		p.Catalog(t.Context())
		ended, errs := burst(t, p, []string{"gpt-oss-120b"}, 5)
		for i, err := range errs {
			if ended[i] != 0 {
				t.Errorf("call %d ended after %s, want at once", i, ended[i])
			}
			if i < 2 {
				if err != nil {
					t.Errorf("call %d: %v", i, err)
				}
				continue
			}
			if e := wantCode(t, err, provider.CodeRateLimited); e.RetryAfter != 60250*time.Millisecond {
				t.Errorf("call %d: retry after %s, want 60.25s", i, e.RetryAfter)
			}
		}
		if n := len(e.Calls(chatPath)); n != 2 {
			t.Errorf("%d requests went out, want 2", n)
		}
	})
}

func TestACancelledCallReleasesItsSlot(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := connectInMemory(t, emulator.New(emulator.Options{RateLimit: true}), withMaxWait(3*time.Minute),
			func(o *provider.Options) { o.RateLimit = 1 })
		p.Catalog(t.Context())
		start := time.Now()
		if _, err := ask(t, p); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var all sync.WaitGroup
		all.Go(func() {
			_, err := p.Chat(ctx, provider.ChatRequest{Model: "gpt-oss-120b", Messages: says("second")})
			if !errors.Is(err, context.Canceled) {
				t.Errorf("the cancelled call: %v", err)
			}
		})
		synctest.Wait()
		all.Go(func() {
			if _, err := ask(t, p); err != nil || time.Since(start) != time.Minute+250*time.Millisecond {
				t.Errorf("the third call: %v after %s, want an answer after 1m0.25s", err, time.Since(start))
			}
		})
		synctest.Wait()
		cancel()
		all.Wait()
	})
}

func TestEmbeddingBatchesAreRetried(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(emulator.Options{})
		e.Script(emulator.Fault{Path: embedPath, Status: http.StatusBadGateway, Times: 2})
		result, err := connectInMemory(t, e, withMaxWait(45*time.Second)).Embed(t.Context(), provider.EmbedRequest{Input: texts(60)})
		if err != nil {
			t.Fatal(err)
		}
		if len(result.Attempts) != 5 || len(e.Calls(embedPath)) != 5 {
			t.Errorf("%d attempts, %d requests, want 5: three batches and two new tries", len(result.Attempts), len(e.Calls(embedPath)))
		}
	})
}
