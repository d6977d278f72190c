package provider_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/internal/linear"
)

// manyTools are n functions, named f0 and so on.
func manyTools(n int) json.RawMessage {
	tools := make([]string, n)
	for i := range tools {
		tools[i] = fmt.Sprintf(`{"type":"function","function":{"name":"f%d","description":%q}}`, i, strings.Repeat("d", 80))
	}
	return json.RawMessage("[" + strings.Join(tools, ",") + "]")
}

// inOne is a chunk with a piece of JSON in a field of its delta.
func inOne(field, value string) string {
	return `{"choices":[{"index":0,"delta":{` + fmt.Sprintf("%q", field) + `:` + value + `}}]}`
}

func TestAnswersTakeLinearTime(t *testing.T) {
	repeated := func(chunk string) func(int) string {
		return func(n int) string { return events(append(slices.Repeat([]string{chunk}, n), stopped, done)...) }
	}
	text := func(piece string) func(int) string {
		return func(n int) string { return events(wrote("a"+strings.Repeat(piece, n)), stopped, done) }
	}
	one := func(field, item string) func(int) string {
		return func(n int) string {
			return events(inOne(field, "["+strings.TrimSuffix(strings.Repeat(item+",", n), ",")+"]"), stopped, done)
		}
	}
	for _, tt := range []struct {
		name   string
		n      int
		stream func(n int) string
	}{
		{"pieces of text", 1_000, repeated(wrote("word "))},
		{"pieces of reasoning", 1_000, repeated(delta("reasoning", "word "))},
		{"pieces of a refusal", 1_000, repeated(delta("refusal", "word "))},
		{"messages", 1_000, repeated(`{"choices":[{"index":0,"message":{"content":"word "}}]}`)},
		{"events without anything", 1_000, repeated(`{}`)},
		{"pieces of a mark", 1_000, repeated(wrote("<thin"))},
		{"parts of text", 3_000, one("content", `{"type":"text","text":"word"}`)},
		{"parts of parts", 1_000, one("content", `{"text":[{"text":[{"text":"word"}]}]}`)},
		{"details of reasoning", 3_000, one("reasoning_details", `{"text":"word"}`)},
		{"details without text", 10_000, one("reasoning_details", `{}`)},
		{"values in arguments", 10_000, func(n int) string {
			return events(calling(`{"id":"a","function":{"name":"f","arguments":"`+strings.Repeat("{}", n)+`"}}`), callsEnd, done)
		}},
		{"numbers in arguments", 10_000, func(n int) string {
			return events(calling(`{"id":"a","function":{"name":"f","arguments":[`+strings.Repeat("1,", n)+`1]}}`), callsEnd, done)
		}},
		{"pieces of a name", 1_000, repeated(calling(`{"index":0,"function":{"name":"f"}}`))},
		{"indexes of one call", 5_000, func(n int) string {
			return events(crowd(n, `{"index":%d,"id":"a","function":{"name":"f"}}`), callsEnd, done)
		}},
		{"calls that are written", 500, text("<|start|>assistant<|channel|>commentary to=functions.f<|message|>{}<|call|>")},
		{"ends of messages", 5_000, text("<|end|> \n")},
		{"tags in code", 5_000, text("`</think>")},
		{"opening tags", 5_000, text("<think>")},
		{"brackets", 30_000, text("<")},
		{"lines", 100_000, text("\n")},
		{"lines that begin like a call", 20_000, text("\n  <tool_")},
		{"comments", 30_000, func(n int) string { return strings.Repeat(":\n", n) + events(wrote("a"), stopped, done) }},
		{"blank lines", 30_000, func(n int) string { return strings.Repeat("\n", n) + events(wrote("a"), stopped, done) }},
		{"lines of data", 10_000, func(n int) string {
			return "data: {\n" + strings.Repeat("data: \n", n) + "data: }\n\n" + events(wrote("a"), stopped, done)
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, p := newScripted(t)
			tools := manyTools(100)
			linear.Check(t, tt.n, func(n int) func() {
				stream := tt.stream(n)
				return func() { _, _ = chatScripted(t.Context(), s, p, tools, strings.NewReader(stream)) }
			})
		})
	}
}

// chatScripted asks once with tools, and answers with a stream.
func chatScripted(
	ctx context.Context, s *scripted, p *provider.Provider, tools json.RawMessage, stream io.Reader,
) (*provider.ChatResult, error) {
	scriptStream(s, "")
	s.body = []io.Reader{stream}
	return p.Chat(ctx, provider.ChatRequest{Model: "gpt-oss-120b", Messages: says("hello"), Tools: tools, OnText: func(string) {}})
}

// inPieces reads a few bytes at a time, as a slow network does.
type inPieces struct {
	io.Reader
	size int
}

func (p inPieces) Read(into []byte) (int, error) { return p.Reader.Read(into[:min(len(into), p.size)]) }

func TestALongLineInPiecesTakesLinearTime(t *testing.T) {
	s, p := newScripted(t)
	linear.Check(t, 300_000, func(n int) func() {
		stream := events(wrote(strings.Repeat("a", n)), stopped, done)
		return func() {
			got, err := chatScripted(t.Context(), s, p, nil, inPieces{strings.NewReader(stream), 100})
			if err != nil || len(got.Content) != n {
				t.Fatalf("got %v", err)
			}
		}
	})
}

// What a model writes as a call is looked up among the tools, of which there may be many.
func TestWrittenCallsOfManyToolsAreCheap(t *testing.T) {
	t.Parallel()
	s, p := newScripted(t)
	const calls = 300
	written := strings.Repeat("<|start|>assistant<|channel|>commentary to=functions.none<|message|>{}<|call|>", calls)
	allocated := allocatedBy(func() {
		if _, err := chatScripted(t.Context(), s, p, manyTools(3_000), strings.NewReader(events(wrote(written), stopped, done))); err != nil {
			t.Fatal(err)
		}
	})
	// The tools take about a megabyte each time that they are read.
	if allocated > 100<<20 {
		t.Errorf("it took %d MB", allocated>>20)
	}
}

// Each of these took more than a gigabyte: 30 MB of JSON are millions of values.
func TestHostileAnswersTakeLittleMemory(t *testing.T) {
	const maxAllocated = 400 << 20
	list := func(item string) string {
		return "[" + strings.TrimSuffix(strings.Repeat(item+",", 28_000_000/(len(item)+1)), ",") + "]"
	}
	for _, tt := range []struct{ name, body string }{
		{"an error", events(`{"error":` + list("0") + `}`)},
		{"an error of texts", events(`{"error":{"message":` + list(`"a"`) + `}}`)},
		{"details", events(`{"detail":` + list("{}") + `}`)},
		{"errors", events(`{"errors":` + list(`"a"`) + `}`)},
		{"an event of errors", "event: error\ndata: " + list("{}") + "\n\n"},
		{"results of a filter", events(`{"choices":[{"index":0,"delta":{"content":"a"},"content_filter_results":{"a":true,"b":`+list("{}")+`}}]}`, stopped, done)},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, p := newScripted(t)
			allocated := allocatedBy(func() { _, _ = chatScripted(t.Context(), s, p, nil, strings.NewReader(tt.body)) })
			if allocated > maxAllocated {
				t.Errorf("it took %d MB", allocated>>20)
			}
		})
	}
	for _, tt := range []struct{ name, body string }{
		{"empty vectors", `{"data":` + list("{}") + `}`},
		{"an error instead of vectors", `{"detail":` + list("{}") + `}`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, p := newScripted(t)
			s.status, s.header, s.body = http.StatusOK, http.Header{}, []io.Reader{strings.NewReader(tt.body)}
			allocated := allocatedBy(func() {
				_, err := p.Embed(t.Context(), provider.EmbedRequest{Input: []string{"a"}})
				_ = wantCode(t, err, provider.CodeUpstreamUnavailable)
			})
			if allocated > maxAllocated {
				t.Errorf("it took %d MB", allocated>>20)
			}
		})
	}
}

// allocatedBy returns how many bytes work allocates.
func allocatedBy(work func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	work()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}
