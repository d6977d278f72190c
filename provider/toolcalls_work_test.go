package provider_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/internal/linear"
)

// pieceOf is a chunk with a piece of a call's arguments; head is what stands before
// the function, and name is its name.
func pieceOf(head, name, arguments string) string {
	quoted, _ := json.Marshal(arguments)
	return calling(fmt.Sprintf(`{%s"function":{"name":%q,"arguments":%s}}`, head, name, quoted))
}

// written is a stream whose one call has arguments of n bytes in pieces of four.
func written(n int, head, name string) string {
	arguments := `{"text":"` + strings.Repeat("a", n-11) + `"}`
	chunks := []string{calling(`{` + head + `"id":"a","function":{"name":"write"}}`)}
	if name != "" {
		chunks = nil // an engine that repeats the name has no ids
	}
	for piece := range slices.Chunk([]byte(arguments), 4) {
		chunks = append(chunks, pieceOf(head, name, string(piece)))
	}
	return events(append(chunks, callsEnd, done)...)
}

// askScripted asks once and answers with a stream.
func askScripted(ctx context.Context, s *scripted, p *provider.Provider, stream ...io.Reader) (*provider.ChatResult, error) {
	scriptStream(s, "")
	s.body = stream
	return p.Chat(ctx, provider.ChatRequest{Model: "gpt-oss-120b", Messages: says("hello"), OnText: func(string) {}})
}

// scriptStream makes a stream the next answer.
func scriptStream(s *scripted, stream string) {
	s.status, s.header, s.body = http.StatusOK, http.Header{"Content-Type": {eventStream}}, []io.Reader{strings.NewReader(stream)}
}

// engines stream the arguments of calls each in their way.
var engines = []struct{ name, head, functionName string }{
	{"with an index", `"index":0,`, ""},
	{"without an index", "", ""},
	{"repeating the name", "", "write"},
	{"repeating name and index", `"index":0,`, "write"},
}

func TestLongToolCallsTakeLinearTime(t *testing.T) {
	s, p := newScripted(t)
	for _, engine := range engines {
		t.Run(engine.name, func(t *testing.T) {
			linear.Check(t, 16_000, func(n int) func() {
				stream := written(n, engine.head, engine.functionName)
				return func() {
					got, err := askScripted(t.Context(), s, p, strings.NewReader(stream))
					if err != nil || len(got.ToolCalls) != 1 || len(got.ToolCalls[0].Function.Arguments) != n {
						t.Fatalf("got %d calls, %v", len(got.ToolCalls), err)
					}
				}
			})
		})
	}
	// Whole arguments, and then what can never be JSON: the call is dropped.
	t.Run("what follows whole arguments", func(t *testing.T) {
		linear.Check(t, 16_000, func(n int) func() {
			chunks := []string{pieceOf("", "write", `{"text":"`+strings.Repeat("a", n)+`"}`+"x")}
			for range n / 4 {
				chunks = append(chunks, pieceOf("", "write", "more"))
			}
			stream := events(append(chunks, callsEnd, done)...)
			return func() {
				got, err := askScripted(t.Context(), s, p, strings.NewReader(stream))
				if err != nil || !slices.Contains(codes(got.Warnings), provider.WarnToolCallDropped) {
					t.Fatalf("got %v, %v", got, err)
				}
			}
		})
	})
	t.Run("blank text", func(t *testing.T) {
		linear.Check(t, 2_000, func(n int) func() {
			stream := events(append(slices.Repeat([]string{wrote(" ")}, n), wrote("Hello"), stopped, done)...)
			return func() {
				if _, err := askScripted(t.Context(), s, p, strings.NewReader(stream)); err != nil {
					t.Fatal(err)
				}
			}
		})
	})
}

// crowd is an event with n calls.
func crowd(n int, format string) string {
	calls := make([]string, n)
	for i := range calls {
		calls[i] = fmt.Sprintf(format, i)
	}
	return calling(strings.Join(calls, ","))
}

func TestCallsBeyondTheLimitAreDropped(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, format string }{
		{"with index and id", `{"index":%[1]d,"id":"c%[1]d","function":{"name":"f"}}`},
		{"with an index", `{"index":%d,"function":{"name":"f","arguments":"{}"}}`},
		{"with an id", `{"id":"c%d","function":{"name":"f","arguments":"{}"}}`},
		{"with ids at one index", `{"index":0,"id":"c%d","function":{"name":"f"}}`},
		{"with neither", `{"function":{"name":"f%d","arguments":"{}"}}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s, p := newScripted(t)
			dropped := []provider.WarningCode{provider.WarnToolCallDropped}
			for n, warned := range map[int][]provider.WarningCode{128: nil, 129: dropped, 450_000: dropped} {
				// What continues a call that was dropped is not part of another.
				late := calling(`{"function":{"arguments":"late"}}`)
				if n <= 128 {
					late = opening
				}
				got, err := askScripted(t.Context(), s, p, strings.NewReader(events(crowd(n, tt.format), late, callsEnd, lateUsage, done)))
				if err != nil {
					t.Fatal(err)
				}
				if len(got.ToolCalls) != 128 || !slices.Equal(codes(got.Warnings), warned) {
					t.Errorf("%d calls became %d, with %v", n, len(got.ToolCalls), got.Warnings)
				}
				ids := map[string]bool{}
				for _, call := range got.ToolCalls {
					if ids[call.ID] = true; call.Function.Arguments != "{}" {
						t.Errorf("call %s has arguments %q", call.ID, call.Function.Arguments)
					}
				}
				if len(ids) != 128 {
					t.Errorf("128 calls have %d ids", len(ids))
				}
			}
		})
	}
}

// A call that was begun in time gets all of its pieces.
func TestPiecesAfterTheLimitStillCount(t *testing.T) {
	t.Parallel()
	got, err := replay(t, eventStream, events(
		calling(`{"index":0,"id":"a","function":{"name":"f","arguments":"{\"x\":"}}`),
		crowd(300, `{"index":%[1]d,"id":"a%[1]d","function":{"name":"f","arguments":""}}`),
		calling(`{"index":0,"function":{"arguments":"1}"}},{"index":1,"function":{"arguments":"{\"y\":2}"}},{"index":200,"function":{"arguments":"late"}}`),
		callsEnd, lateUsage, done))
	if err != nil {
		t.Fatal(err)
	}
	// The crowd's first is at index 0 with an id of its own, while the arguments there
	// are not whole: the same call.
	want := []provider.ToolCall{call("a", "f", `{"x":1}`), call("a1", "f", `{"y":2}`), call("a2", "f", "{}")}
	if diff := cmp.Diff(want, got.ToolCalls[:3]); diff != "" || len(got.ToolCalls) != 128 {
		t.Errorf("%d calls (-want +got):\n%s", len(got.ToolCalls), diff)
	}
}

func TestIDsThatAreMadeUpDiffer(t *testing.T) {
	t.Parallel()
	got, err := replay(t, eventStream, events(calling(
		`{"index":0,"function":{"name":"f"}},{"index":1,"function":{"name":"f"}},{"index":2,"id":"call_1","function":{"name":"f"}}`), callsEnd, done))
	if err != nil {
		t.Fatal(err)
	}
	want := []provider.ToolCall{call("call_2", "f", "{}"), call("call_3", "f", "{}"), call("call_1", "f", "{}")}
	if diff := cmp.Diff(want, got.ToolCalls); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// reading calls a function when it is read.
type reading func()

func (r reading) Read([]byte) (int, error) {
	r()
	return 0, io.EOF
}

// The context ends when all has come and nothing of it is read yet.
func TestACancelledCallReadsNoFurther(t *testing.T) {
	t.Parallel()
	s, p := newScripted(t)
	for name, event := range map[string]string{
		"calls in one event": crowd(100_000, `{"index":%[1]d,"id":"c%[1]d","function":{"name":"f"}}`),
		"choices":            `{"choices":[` + strings.Repeat(`{},`, 250_000) + `{}]}`,
		"events":             strings.Repeat(wrote("Hello")+"\n\ndata: ", 25_000) + opening,
	} {
		ctx, cancel := context.WithCancel(t.Context())
		start := time.Now()
		_, err := askScripted(ctx, s, p, strings.NewReader("data: "+event), reading(cancel), strings.NewReader("\n\n"+events(callsEnd, done)))
		if _ = wantCode(t, err, provider.CodeCancelled); time.Since(start) > 20*time.Second {
			t.Errorf("%s: the call ended %s later", name, time.Since(start))
		}
	}
}

func TestTheDeadlineEndsALongEvent(t *testing.T) {
	t.Parallel()
	const timeout = 100 * time.Millisecond
	s, _ := newScripted(t)
	p := newProvider(t, "http://upstream.test", &http.Client{Transport: s}, withTimeout(timeout))
	p.Catalog(t.Context())
	start := time.Now()
	event := crowd(100_000, `{"index":%[1]d,"id":"c%[1]d","function":{"name":"f"}}`)
	deadlinePasses := reading(func() { <-time.After(2 * timeout) })
	_, err := askScripted(t.Context(), s, p, strings.NewReader("data: "+event), deadlinePasses,
		strings.NewReader("\n\n"+events(callsEnd, done)))
	if _ = wantCode(t, err, provider.CodeUpstreamTimeout); time.Since(start) > 20*time.Second {
		t.Errorf("the call ended %s later", time.Since(start))
	}
}

// BenchmarkToolCalls reports what a byte of arguments costs, which does not depend on
// how many there are.
func BenchmarkToolCalls(b *testing.B) {
	for _, engine := range engines {
		b.Run(strings.ReplaceAll(engine.name, " ", "-"), func(b *testing.B) {
			s, p := newScripted(b)
			perByte := map[int]float64{}
			for _, n := range []int{200_000, 800_000} {
				stream := written(n, engine.head, engine.functionName)
				b.Run(fmt.Sprintf("%dkB", n/1000), func(b *testing.B) {
					b.ReportAllocs()
					for b.Loop() {
						if got, err := askScripted(b.Context(), s, p, strings.NewReader(stream)); err != nil || len(got.ToolCalls) != 1 {
							b.Fatalf("got %v, %v", got, err)
						}
					}
					perByte[n] = float64(b.Elapsed()) / float64(b.N) / float64(n)
					b.ReportMetric(perByte[n], "ns/byte")
				})
			}
			if small, large := perByte[200_000], perByte[800_000]; small > 0 && large > 2*small {
				b.Errorf("a byte costs %.0f ns of 200 kB and %.0f ns of 800 kB", small, large)
			}
		})
	}
}
