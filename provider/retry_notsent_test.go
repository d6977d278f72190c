package provider_test

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// anonymous limits the rate as without a key: two requests a minute, so that the
// third try would have to wait for longer than a call may.
func anonymous(o *provider.Options) {
	o.RateLimit, o.MaxWait = provider.AutoRateLimit, 45*time.Second
}

func TestALimitDoesNotHideTheFailure(t *testing.T) {
	t.Parallel()
	chat := func(t *testing.T, p *provider.Provider) error {
		_, err := ask(t, p)
		return err
	}
	embed := func(t *testing.T, p *provider.Provider) error {
		_, err := p.Embed(t.Context(), provider.EmbedRequest{Model: "bge-m3", Input: []string{"hi"}})
		return err
	}
	extract := func(t *testing.T, p *provider.Provider) error {
		_, err := p.Extract(t.Context(), provider.ExtractRequest{Model: "gpt-oss-120b", Text: "x", Schema: []byte(`{"type":"object"}`)})
		return err
	}
	down := emulator.Fault{Status: 503, Body: `{"message":"out of order"}`}
	for _, tt := range []struct {
		name   string
		call   func(*testing.T, *provider.Provider) error
		fault  emulator.Fault
		adjust func(*provider.Options)
		code   provider.Code
		status int
		says   []string
	}{
		{"chat, down", chat, down, anonymous, provider.CodeUpstreamUnavailable, 503, []string{"out of order", "2 requests a minute"}},
		{"chat, no connection", chat, emulator.Fault{DropConnection: true}, anonymous, provider.CodeUpstreamUnreachable, 0,
			[]string{"2 requests a minute"}},
		{"chat, cut before any text", chat, emulator.Fault{Cut: new(0)}, anonymous, provider.CodeStreamInterrupted, 0,
			[]string{"2 requests a minute"}},
		{"chat, a gateway's timeout", chat, emulator.Fault{Status: 504}, anonymous, provider.CodeUpstreamTimeout, 504,
			[]string{"2 requests a minute"}},
		{"chat, too many for the service", chat,
			emulator.Fault{Status: 429, Header: map[string]string{"Retry-After": "1"}, Body: `{"message":"API rate limit exceeded"}`},
			anonymous, provider.CodeRateLimited, 429, []string{"API rate limit exceeded", "2 requests a minute"}},
		{"chat, the day's budget", chat, emulator.Fault{RawEvents: []string{
			`{"choices":[],"usage":{"prompt_tokens":1000,"completion_tokens":100000}}`, `{"error":{"message":"out of order","code":503}}`,
		}}, func(o *provider.Options) { anonymous(o); o.MaxCost = 0.01 }, provider.CodeUpstreamUnavailable, 503, []string{"out of order", "today's budget of 0.01 EUR"}},
		{"embed, down", embed, down, anonymous, provider.CodeUpstreamUnavailable, 503, []string{"out of order", "2 requests a minute"}},
		{"embed, no connection", embed, emulator.Fault{DropConnection: true}, anonymous, provider.CodeUpstreamUnreachable, 0,
			[]string{"2 requests a minute"}},
		{"extract, down", extract, down, anonymous, provider.CodeUpstreamUnavailable, 503, []string{"out of order", "2 requests a minute"}},
		{"extract, no connection", extract, emulator.Fault{DropConnection: true}, anonymous, provider.CodeUpstreamUnreachable, 0,
			[]string{"2 requests a minute"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := emulator.New(emulator.Options{})
				for _, path := range []string{chatPath, embedPath} {
					tt.fault.Path, tt.fault.Times = path, -1
					e.Script(tt.fault)
				}
				p := connectInMemory(t, e, tt.adjust)
				p.Catalog(t.Context())
				start := time.Now()
				got := wantCode(t, tt.call(t, p), tt.code)
				if got.Status != tt.status || !got.Retryable || len(got.Attempts) > 2 || time.Since(start) > 3*time.Second {
					t.Errorf("after %s: %+v", time.Since(start), got)
				}
				for _, part := range tt.says {
					if !strings.Contains(got.Message, part) {
						t.Errorf("%q is not in %q", part, got.Message)
					}
				}
				aMinute := got.RetryAfter >= 55*time.Second && got.RetryAfter <= 61*time.Second
				if slices.Contains(tt.says, "2 requests a minute") && !aMinute {
					t.Errorf("retry after %s, want what is left of the minute", got.RetryAfter)
				}
			})
		})
	}
}

// An empty answer stays one: a limit does not turn it into an error.
func TestALimitDoesNotHideAnEmptyAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(emulator.Options{})
		e.Script(silent(first))
		p := connectInMemory(t, e, anonymous, func(o *provider.Options) { o.RateLimit = 1 })
		got, err := ask(t, p)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(codes(got.Warnings), provider.WarnEmptyResponse) || len(got.Attempts) != 1 {
			t.Errorf("got %+v", got)
		}
	})
}

func TestOtherRequestsInFlightDoNotHideTheFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(emulator.Options{})
		e.Script(broken(first, 503, 1), slow(second, time.Hour))
		p := connectInMemory(t, e, withMaxInFlight(1), withTimeout(time.Minute), withMaxWait(45*time.Second))
		p.Catalog(t.Context())
		time.AfterFunc(time.Millisecond, func() {
			_, _ = p.Chat(t.Context(), provider.ChatRequest{Model: second, Messages: says("hi")})
		})
		start := time.Now()
		_, err := ask(t, p)
		got := wantCode(t, err, provider.CodeUpstreamUnavailable)
		if time.Since(start) != time.Minute || !strings.Contains(got.Message, "requests were in flight") {
			t.Errorf("after %s: %q", time.Since(start), got)
		}
	})
}

func TestTheDeadlineDoesNotHideTheFailureBefore(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(emulator.Options{})
		e.Script(emulator.Fault{Path: chatPath, DropConnection: true}, emulator.Fault{Path: chatPath, Hang: true})
		_, err := ask(t, connectInMemory(t, e, withTimeout(time.Minute), withMaxWait(45*time.Second)))
		got := wantCode(t, err, provider.CodeUpstreamTimeout)
		const want = "no answer within 1m0s (the try before failed: the connection to upstream.test failed"
		if len(got.Attempts) != 2 || !strings.Contains(got.Message, want) {
			t.Errorf("got %+v", got)
		}
	})
}

// A fallback that may not be asked yet hides neither the failure before it, nor an
// empty answer.
func TestAFallbacksLimitDoesNotHideTheFailure(t *testing.T) {
	t.Parallel()
	for name, fault := range map[string]emulator.Fault{"down": broken(first, 503, -1), "empty": silent(first)} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := emulator.New(emulator.Options{})
				e.Script(fault)
				p := connectInMemory(t, e, withFallback(second), anonymous)
				for range 2 { // what the fallback takes in a minute
					if _, err := p.Chat(t.Context(), provider.ChatRequest{Model: second, Messages: says("hi")}); err != nil {
						t.Fatal(err)
					}
				}
				got, err := p.Chat(t.Context(), provider.ChatRequest{Model: "quick", Messages: says("hi")})
				if name == "empty" {
					if err != nil || !slices.Contains(codes(got.Warnings), provider.WarnEmptyResponse) || len(got.Attempts) != 2 {
						t.Errorf("got %+v, %v", got, err)
					}
					return
				}
				failed := wantCode(t, err, provider.CodeUpstreamUnavailable)
				if len(failed.Attempts) != 2 || !strings.Contains(failed.Message, second+" takes 2 requests a minute") {
					t.Errorf("got %+v", failed)
				}
			})
		})
	}
	t.Run("a fallback is announced", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			e := emulator.New(emulator.Options{})
			e.Script(broken(first, 503, -1))
			p := connectInMemory(t, e, withFallback(second), anonymous)
			got, err := p.Chat(t.Context(), provider.ChatRequest{Model: "quick", Messages: says("hi")})
			if err != nil {
				t.Fatal(err)
			}
			if notes := fallbackNotes(got); len(notes) != 1 || notes[0] != first+" failed (upstream_unavailable), so "+second+" was asked" {
				t.Errorf("notes %q", notes)
			}
		})
	})
}

// What is wrong with an answer is reported when it could not be sent back.
func TestALimitDoesNotHideAnInvalidAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(emulator.Options{})
		e.Script(emulator.Fault{Path: chatPath, RawEvents: []string{wrote("no JSON"), stopped, done}, Times: -1})
		p := connectInMemory(t, e, anonymous, func(o *provider.Options) { o.RateLimit = 1 })
		_, err := p.Extract(t.Context(), provider.ExtractRequest{Model: first, Text: "x", Schema: []byte(`{"type":"object"}`), MaxRepairs: 1})
		got := wantCode(t, err, provider.CodeExtractionInvalid)
		if len(got.Attempts) != 1 || !strings.Contains(got.Message, "no JSON") || !strings.Contains(got.Message, "takes 1 requests a minute") {
			t.Errorf("got %+v", got)
		}
	})
}

// The same on a real network, without a key.
func TestUnreachableWithoutAKey(t *testing.T) {
	t.Parallel()
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	untrusted := httptest.NewUnstartedServer(emulator.New(emulator.Options{}))
	untrusted.Config.ErrorLog = log.New(io.Discard, "", 0)
	untrusted.StartTLS()
	t.Cleanup(untrusted.Close)
	down := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }))
	t.Cleanup(down.Close)
	for _, tt := range []struct {
		name, origin string
		code         provider.Code
		says         string
	}{
		{"a port without a server", closed.URL, provider.CodeUpstreamUnreachable, "refused"},
		{"a certificate that is not trusted", untrusted.URL, provider.CodeUpstreamUnreachable, "certificate"},
		{"a service that is down", down.URL, provider.CodeUpstreamUnavailable, "503"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := newProvider(t, tt.origin, &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}, anonymous)
			_, err := ask(t, p)
			if got := wantCode(t, err, tt.code); !strings.Contains(got.Message, tt.says) || len(got.Attempts) != 2 {
				t.Errorf("got %+v, want two attempts and %q", got, tt.says)
			}
		})
	}
}
