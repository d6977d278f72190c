package provider_test

import (
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// An answer that names no model does not say which one the service picked. The free
// tier answers so instead of 429.
func TestAnAnswerWithoutAModelVerifiesNothing(t *testing.T) {
	t.Parallel()
	for name, events := range map[string][]string{
		"an empty stream":            {done},
		"text of an unnamed model":   {`{"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop"}]}`, lateUsage, done},
		"a model that is left blank": {`{"model":"","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop"}]}`, done},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			e := emulator.New(emulator.Options{})
			e.Script(emulator.Fault{Path: chatPath, RawEvents: events})
			got, err := connect(t, e).Resolve(t.Context(), "gpt-oss@cheapest", true)
			if err != nil {
				t.Fatal(err)
			}
			s := got.Service
			if s.Model != "" || s.Agrees || s.Err == nil || s.Err.Code != provider.CodeUpstreamUnavailable {
				t.Errorf("got %+v, want no model and why", *s)
			}
			if len(got.Attempts) != 1 {
				t.Errorf("attempts %+v, want one", got.Attempts)
			}
		})
	}
}

func TestVerifyReportsWhatItTook(t *testing.T) {
	t.Parallel()
	const named = `{"model":"gpt-oss-20b","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":"length"}]}`
	for _, tt := range []struct {
		name   string
		events []string
		tokens int // 0 is unknown
	}{
		{"with usage", []string{named, lateUsage, done}, 12},
		{"without usage", []string{named, done}, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			e := emulator.New(emulator.Options{})
			e.Script(emulator.Fault{Path: chatPath, RawEvents: tt.events})
			got, err := connect(t, e).Resolve(t.Context(), "gpt-oss@cheapest", true)
			if err != nil {
				t.Fatal(err)
			}
			if known := tt.tokens > 0; (got.Usage != nil) != known || (got.Cost != nil) != known || known && got.Usage.TotalTokens != tt.tokens {
				t.Errorf("usage %+v, cost %v", got.Usage, got.Cost)
			}
			if got.Latency <= 0 || len(got.Attempts) != 1 || got.Service.Err != nil {
				t.Errorf("latency %s, attempts %+v, service %+v", got.Latency, got.Attempts, *got.Service)
			}
		})
	}
}
