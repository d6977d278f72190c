package provider_test

import (
	"io"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

func withIdleTimeout(d time.Duration) func(*provider.Options) {
	return func(o *provider.Options) { o.IdleTimeout = d }
}

func TestAStreamThatStallsIsGivenUp(t *testing.T) {
	t.Parallel()
	partial := []provider.WarningCode{provider.WarnStreamInterrupted, provider.WarnUsageMissing}
	always := func(f emulator.Fault) emulator.Fault { f.Times = -1; return f }
	const aMinute, pauses = time.Minute, 3 * time.Second
	tests := []struct {
		name     string
		fault    emulator.Fault
		requests int
		took     time.Duration // and up to pauses more when it was tried again
		code     provider.Code // "" is an answer
		want     outcome       // with the zero value the emulator's own answer
	}{
		{"after text it is a partial answer", hangAfter(opening, wrote("Hel"), wrote("lo")), 1, aMinute, "",
			outcome{Content: "Hello", Warnings: partial}},
		{"half a tool call is dropped", hangAfter(wrote("Hello"), calling(`{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":"}}`)),
			1, aMinute, "",
			outcome{Content: "Hello", Warnings: slices.Insert(slices.Clone(partial), 1, provider.WarnToolCallDropped)}},
		{"after the finish reason it is whole", hangAfter(wrote("Hello"), stopped), 1, aMinute, "",
			outcome{Content: "Hello", FinishReason: "stop", Warnings: []provider.WarningCode{provider.WarnUsageMissing}}},
		{"before any text it is tried again", hangAfter(opening), 2, aMinute, "", outcome{}},
		{"after reasoning it is tried again", hangAfter(delta("reasoning", "Hm.")), 2, aMinute, "", outcome{}},
		{"again and again it is an error", always(hangAfter(opening)), 3, 3 * aMinute, provider.CodeStreamInterrupted, outcome{}},
		{"before the first byte a model may think", emulator.Fault{Path: chatPath, Delay: 4 * time.Minute}, 1, 4 * time.Minute, "", outcome{}},
		{"so it may after the headers, up to the deadline", hangAfter(), 1, 5 * time.Minute, provider.CodeUpstreamTimeout, outcome{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				e := emulator.New(emulator.Options{})
				e.Script(tt.fault)
				p := connectInMemory(t, e, withIdleTimeout(aMinute), withMaxWait(45*time.Second))
				start := time.Now()
				got, err := ask(t, p)
				took := time.Since(start)
				if took < tt.took || took > tt.took+pauses || tt.requests == 1 && took != tt.took {
					t.Errorf("it took %s, want %s", took, tt.took)
				}
				if n := len(e.Calls(chatPath)); n != tt.requests {
					t.Errorf("%d requests, want %d", n, tt.requests)
				}
				switch {
				case tt.code != "":
					if failed := wantCode(t, err, tt.code); !failed.Retryable || len(failed.Attempts) != tt.requests {
						t.Errorf("got %+v", failed)
					}
				case err != nil:
					t.Fatal(err)
				case tt.want.Content == "":
					if len(got.Warnings) > 0 || got.FinishReason != "stop" || len(got.Attempts) != tt.requests {
						t.Errorf("got %+v", got)
					}
				default:
					if diff := cmp.Diff(tt.want, outcomeOf(got)); diff != "" {
						t.Errorf("(-want +got):\n%s", diff)
					}
				}
				synctest.Wait()
				if tt.fault.Hang && e.Cancelled() == 0 {
					t.Error("the upstream request was not cancelled")
				}
			})
		})
	}
}

// pieces answers with the parts of a body, each after a pause.
func pieces(status int, contentType string, every time.Duration, parts ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		for _, part := range parts {
			select {
			case <-time.After(every):
				_, _ = io.WriteString(w, part)
				_ = http.NewResponseController(w).Flush()
			case <-r.Context().Done():
				return
			}
		}
	}
}

func TestASlowBodyIsNotAStall(t *testing.T) {
	t.Parallel()
	const comment = ": keep-alive\n\n"
	for name, body := range map[string]http.HandlerFunc{
		"text now and then": pieces(200, eventStream, 59*time.Second, events(opening), events(wrote("Hel")), events(wrote("lo")),
			events(stopped, lateUsage, done)),
		"comments only": pieces(200, eventStream, 59*time.Second, comment, comment, comment,
			events(wrote("Hello"), stopped, lateUsage, done)),
		"JSON in pieces": pieces(200, "application/json", 59*time.Second, `{"choices":[{"message":`,
			`{"content":"Hello"},"finish_reason":"stop"}],`,
			`"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}`),
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				got, err := ask(t, connectInMemory(t, answering(chatPath, body), withIdleTimeout(time.Minute)))
				if err != nil {
					t.Fatal(err)
				}
				if got.Content != "Hello" || got.FinishReason != "stop" || len(got.Warnings) > 0 {
					t.Errorf("got %+v", got)
				}
			})
		})
	}
}

func TestASlowOnTextIsNotAStall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		e := emulator.New(emulator.Options{})
		e.Script(emulator.Fault{Path: chatPath, RawEvents: []string{wrote("Hel"), wrote("lo"), stopped, lateUsage, done}})
		p := connectInMemory(t, e, withIdleTimeout(time.Second))
		got, err := p.Chat(t.Context(), provider.ChatRequest{
			Model: "gpt-oss-120b", Messages: says("hi"), OnText: func(string) { <-time.After(time.Minute) },
		})
		if err != nil {
			t.Fatal(err)
		}
		if got.Content != "Hello" || got.FinishReason != "stop" || len(got.Warnings) > 0 {
			t.Errorf("got %+v", got)
		}
	})
}

func TestABodyThatStallsIsGivenUp(t *testing.T) {
	t.Parallel()
	chat := func(t *testing.T, p *provider.Provider) error { _, err := ask(t, p); return err }
	embed := func(t *testing.T, p *provider.Provider) error {
		_, err := p.Embed(t.Context(), provider.EmbedRequest{Input: []string{"a"}})
		return err
	}
	tests := []struct {
		name   string
		path   string
		status int
		begin  string // of the body, which has no end
		call   func(*testing.T, *provider.Provider) error
		code   provider.Code
	}{
		{"a JSON answer", chatPath, 200, `{"choices":[`, chat, provider.CodeStreamInterrupted},
		{"embeddings", embedPath, 200, `{"data":[`, embed, provider.CodeStreamInterrupted},
		{"an error keeps its status", chatPath, 503, `{"message":"overloaded`, chat, provider.CodeUpstreamUnavailable},
		{"so does one that never begins", embedPath, 403, "", embed, provider.CodeAuthFailed},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				left := make(chan struct{})
				p := connectInMemory(t, answering(tt.path, func(w http.ResponseWriter, r *http.Request) {
					defer close(left)
					pieces(tt.status, "application/json", 0, tt.begin)(w, r)
					<-r.Context().Done()
				}), withIdleTimeout(time.Minute))
				p.Catalog(t.Context())
				start := time.Now()
				_ = wantCode(t, tt.call(t, p), tt.code)
				if took := time.Since(start); took != time.Minute {
					t.Errorf("it took %s, want a minute", took)
				}
				<-left
			})
		})
	}
}
