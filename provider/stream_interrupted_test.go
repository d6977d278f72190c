package provider_test

import (
	"context"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// cutAfter tears the connection down after these events.
func cutAfter(events ...string) emulator.Fault {
	return emulator.Fault{Path: chatPath, RawEvents: events, Cut: new(len(events))}
}

// hangAfter sends nothing more after these events.
func hangAfter(events ...string) emulator.Fault {
	return emulator.Fault{Path: chatPath, RawEvents: events, Hang: true}
}

func TestInterruptedStreamKeepsItsText(t *testing.T) {
	t.Parallel()
	partial := []provider.WarningCode{provider.WarnStreamInterrupted, provider.WarnUsageMissing}
	wholeCall := calling(`{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}`)
	halfCall := calling(`{"index":1,"id":"b","function":{"name":"g","arguments":"{\"x\":"}}`)
	tests := []struct {
		name  string
		fault emulator.Fault
		want  outcome
	}{
		{"a connection cut after text", cutAfter(wrote("Hel"), wrote("lo")), outcome{Content: "Hello", Warnings: partial}},
		{"an end without a finish reason", emulator.Fault{Path: chatPath, RawEvents: []string{wrote("Hello")}},
			outcome{Content: "Hello", Warnings: partial}},
		{"DONE without a finish reason", emulator.Fault{Path: chatPath, RawEvents: []string{wrote("Hello"), done}},
			outcome{Content: "Hello", Warnings: partial}},
		{"an error event after text",
			emulator.Fault{Path: chatPath, RawEvents: []string{wrote("Hello"), `{"error":{"message":"out of memory","code":500}}`}},
			outcome{Content: "Hello", Warnings: partial}},
		{"an event that is not JSON after text", emulator.Fault{Path: chatPath, RawEvents: []string{wrote("Hello"), `{"choices":[{"ind`}},
			outcome{Content: "Hello", Warnings: partial}},
		{"half a tool call is dropped, a whole one is not", cutAfter(wrote("Hello"), wholeCall, halfCall),
			outcome{Content: "Hello", ToolCalls: []provider.ToolCall{call("a", "f", "{}")}, Warnings: slices.Insert(slices.Clone(partial), 1, provider.WarnToolCallDropped)}},
		{"only the tail after the finish reason was lost", cutAfter(wrote("Hello"), stopped),
			outcome{Content: "Hello", FinishReason: "stop", Warnings: []provider.WarningCode{provider.WarnUsageMissing}}},
		{"only the tail after tool calls was lost", cutAfter(wholeCall, callsEnd),
			outcome{
				ToolCalls: []provider.ToolCall{call("a", "f", "{}")}, FinishReason: "tool_calls",
				Warnings: []provider.WarningCode{provider.WarnUsageMissing},
			}},
		{"an error event after finished tool calls",
			emulator.Fault{Path: chatPath, RawEvents: []string{wholeCall, callsEnd, `{"error":{"message":"late"}}`}},
			outcome{
				ToolCalls: []provider.ToolCall{call("a", "f", "{}")}, FinishReason: "tool_calls",
				Warnings: []provider.WarningCode{provider.WarnUsageMissing},
			}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := emulator.New(emulator.Options{})
			e.Script(tt.fault)
			got, err := ask(t, connect(t, e))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, outcomeOf(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestErrorEventAfterTextKeepsItsWords(t *testing.T) {
	t.Parallel()
	got, err := replay(t, eventStream, events(wrote("Hello"), `{"error":{"message":"out of memory"}}`))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(got.Warnings[0].Message, "out of memory") {
		t.Errorf("got warning %q", got.Warnings[0])
	}
}

func TestStreamWithoutAnswerFails(t *testing.T) {
	t.Parallel()
	halfCall := calling(`{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":"}}`)
	tests := []struct {
		name   string
		fault  emulator.Fault
		code   provider.Code
		status int
		words  string
	}{
		{"a cut before anything", cutAfter(), provider.CodeStreamInterrupted, 0, ""},
		{"a cut after the opening", cutAfter(opening), provider.CodeStreamInterrupted, 0, ""},
		{"a cut after reasoning", cutAfter(delta("reasoning", "Hm.")), provider.CodeStreamInterrupted, 0, ""},
		{"a cut in a tool call", cutAfter(halfCall), provider.CodeStreamInterrupted, 0, ""},
		{"an error event with a status as number", hangAfter(`{"error":{"message":"the engine is gone","code":503}}`),
			provider.CodeUpstreamUnavailable, 503, "the engine is gone"},
		{"an error event with a status as string", hangAfter(`{"error":{"message":"slow down","code":"429"}}`),
			provider.CodeRateLimited, 429, "slow down"},
		{"an error event with a word as code", hangAfter(`{"error":{"message":"the engine is gone","code":"engine_error"}}`),
			provider.CodeUpstreamUnavailable, 0, "the engine is gone"},
		{"an error event without a code", hangAfter(opening, `{"error":{"message":"the engine is gone"}}`),
			provider.CodeUpstreamUnavailable, 0, "the engine is gone"},
		{"an error event that is only text", hangAfter(`{"error":"the engine is gone"}`),
			provider.CodeUpstreamUnavailable, 0, "the engine is gone"},
		{"an error event of a prompt that is too long", hangAfter(`{"error":{"message":"maximum context length is 32768 tokens","code":400}}`),
			provider.CodeContextTooLong, 400, "32768"},
		{"an error event of a prompt that is too long, without a status",
			hangAfter(`{"error":{"message":"maximum context length is 32768 tokens"}}`),
			provider.CodeContextTooLong, 0, "32768"},
		{"an event that is not JSON", hangAfter(`<html>`), provider.CodeUpstreamUnavailable, 0, ""},
		{"a page with status 200", emulator.Fault{Path: chatPath, ContentType: "text/html", Body: "<html><body>Bad gateway</body></html>"},
			provider.CodeUpstreamUnavailable, 0, "text/html"},
		{"an error body with status 200", emulator.Fault{Path: chatPath, Body: `{"error":{"message":"no such engine","code":404}}`},
			provider.CodeUnknownModel, 404, "no such engine"},
		{"JSON with status 200 that is not a completion", emulator.Fault{Path: chatPath, Body: `{"message":"API rate limit exceeded"}`},
			provider.CodeUpstreamUnavailable, 0, "API rate limit exceeded"},
		{"an event of type error",
			emulator.Fault{Path: chatPath, ContentType: eventStream, Body: "event: error\ndata: {\"message\":\"the engine is gone\"}\n\n"},
			provider.CodeUpstreamUnavailable, 0, "the engine is gone"},
		{"half a JSON answer", emulator.Fault{Path: chatPath, Body: `{"choices":[{"message":{"content":"Hel`},
			provider.CodeUpstreamUnavailable, 0, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := emulator.New(emulator.Options{})
			e.Script(tt.fault)
			_, err := ask(t, connect(t, e))
			got := wantCode(t, err, tt.code)
			if got.Status != tt.status || !strings.Contains(got.Message, tt.words) {
				t.Errorf("got status %d and %q, want %d and %q", got.Status, got.Message, tt.status, tt.words)
			}
			if len(got.Attempts) != 1 || got.Attempts[0].Code != tt.code || got.Attempts[0].Model != "gpt-oss-120b" {
				t.Errorf("got attempts %+v", got.Attempts)
			}
		})
	}
}

func TestDeadline(t *testing.T) {
	t.Parallel()
	cut := []provider.WarningCode{provider.WarnDeadline, provider.WarnUsageMissing}
	wholeCall := calling(`{"index":0,"id":"a","function":{"name":"f","arguments":"{}"}}`)
	tests := []struct {
		name  string
		fault emulator.Fault
		want  outcome // with the zero value an upstream_timeout
	}{
		{"with text it is an answer", hangAfter(opening, wrote("Hello")),
			outcome{Content: "Hello", FinishReason: provider.FinishDeadline, Warnings: cut}},
		{"half a tool call is dropped", hangAfter(wrote("Hello"), calling(`{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":"}}`)),
			outcome{Content: "Hello", FinishReason: provider.FinishDeadline, Warnings: slices.Insert(slices.Clone(cut), 1, provider.WarnToolCallDropped)}},
		{"an answer that only waits for its usage is whole", hangAfter(wrote("Hello"), stopped),
			outcome{Content: "Hello", FinishReason: "stop", Warnings: []provider.WarningCode{provider.WarnUsageMissing}}},
		{"tool calls that only wait for their usage are whole", hangAfter(wholeCall, callsEnd),
			outcome{
				ToolCalls: []provider.ToolCall{call("a", "f", "{}")}, FinishReason: "tool_calls",
				Warnings: []provider.WarningCode{provider.WarnUsageMissing},
			}},
		{"without anything it is an error", hangAfter(), outcome{}},
		{"with reasoning alone it is an error", hangAfter(delta("reasoning", "Hm.")), outcome{}},
		{"before the headers it is an error", emulator.Fault{Path: chatPath, Delay: time.Hour}, outcome{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := emulator.New(emulator.Options{})
				e.Script(tt.fault)
				p := connectInMemory(t, e, withTimeout(time.Minute))
				start := time.Now()
				got, err := ask(t, p)
				if took := time.Since(start); took != time.Minute {
					t.Errorf("it took %s", took)
				}
				if tt.want.FinishReason == "" {
					if e := wantCode(t, err, provider.CodeUpstreamTimeout); !e.Retryable || !strings.Contains(e.Message, "1m0s") {
						t.Errorf("got %+v", e)
					}
				} else if err != nil {
					t.Fatal(err)
				} else if diff := cmp.Diff(tt.want, outcomeOf(got)); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
				synctest.Wait()
				if e.Cancelled() != 1 {
					t.Error("the upstream request was not cancelled")
				}
			})
		})
	}
}

// The caller's own deadline may come before that of the call.
func TestDeadlineOfCaller(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(emulator.Options{})
		e.Script(hangAfter())
		p := connectInMemory(t, e, withTimeout(time.Hour))
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		_, err := p.Chat(ctx, provider.ChatRequest{Model: "gpt-oss-120b", Messages: says("hi")})
		if got := wantCode(t, err, provider.CodeUpstreamTimeout); strings.Contains(got.Message, "1h0m0s") {
			t.Errorf("%q names a deadline that did not pass", got)
		}
	})
}

func TestCancel(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		fault emulator.Fault
	}{
		{"before the headers", emulator.Fault{Path: chatPath, Delay: time.Hour}},
		{"before any text", hangAfter(opening)},
		{"after text", hangAfter(wrote("Hello"))},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := emulator.New(emulator.Options{})
				e.Script(tt.fault)
				p := connectInMemory(t, e)
				ctx, cancel := context.WithCancel(t.Context())
				time.AfterFunc(10*time.Second, cancel)
				start := time.Now()
				_, err := p.Chat(ctx, provider.ChatRequest{Model: "gpt-oss-120b", Messages: says("hi")})
				if got := wantCode(t, err, provider.CodeCancelled); got.Retryable {
					t.Error("a cancelled call is not to be retried")
				}
				synctest.Wait()
				if took := time.Since(start); took != 10*time.Second || e.Cancelled() != 1 {
					t.Errorf("it took %s, and %d requests saw the client go away", took, e.Cancelled())
				}
			})
		})
	}
}

// TestCancelReachesUpstream is TestCancel over a real connection.
func TestCancelReachesUpstream(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan struct{})
	p := connect(t, answering(chatPath, func(w http.ResponseWriter, r *http.Request) {
		defer close(gone)
		w.Header().Set("Content-Type", eventStream)
		_, _ = w.Write([]byte(events(opening)))
		_ = http.NewResponseController(w).Flush()
		cancel()
		<-r.Context().Done()
	}))
	_, err := p.Chat(ctx, provider.ChatRequest{Model: "gpt-oss-120b", Messages: says("hi")})
	_ = wantCode(t, err, provider.CodeCancelled)
	<-gone
}

// Blank text may be that of an answer that is asked for again.
func TestTextOfAFailedAttemptIsNotEmitted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(emulator.Options{})
		e.Script(emulator.Fault{Path: chatPath, Cut: new(1), RawEvents: []string{`{"choices":[{"index":0,"delta":{"content":"\n\n"}}]}`}})
		p := connectInMemory(t, e, withMaxWait(time.Minute))
		var heard strings.Builder
		result, err := p.Chat(t.Context(), provider.ChatRequest{
			Model: "gpt-oss-120b", Messages: says("hi"), OnText: func(text string) { heard.WriteString(text) },
		})
		if err != nil || len(result.Attempts) != 2 || heard.String() != result.Content {
			t.Errorf("heard %q of %v, %v", heard.String(), result, err)
		}
	})
}
