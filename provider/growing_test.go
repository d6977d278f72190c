package provider_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/limit"
)

// An answer that becomes large holds memory until its call was answered, in whatever
// shape it comes.
func TestLargeAnswersQueueForMemory(t *testing.T) {
	text := strings.Repeat("x", 2<<20)
	chunk := func(content string) string {
		return fmt.Sprintf(`{"choices":[{"index":0,"delta":{"content":%q}}]}`, content)
	}
	end := `{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`
	for name, fault := range map[string]emulator.Fault{
		"one event":   {RawEvents: []string{chunk(text), end, "[DONE]"}},
		"many events": {RawEvents: append(strings.Split(strings.Repeat(chunk(text[:100_000])+"\n", 20), "\n")[:20], end, "[DONE]")},
		"no stream": {Status: http.StatusOK, Body: fmt.Sprintf(
			`{"model":"gpt-oss-20b","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":%q}}]}`, text)},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				memory := limit.NewMemory(64<<20, false)
				upstream := emulator.New(emulator.Options{})
				fault.Path, fault.Times = "/chat/completions", -1
				upstream.Script(fault)
				p := connectInMemory(t, upstream, func(o *provider.Options) { o.Memory, o.Timeout = memory, time.Hour })
				ask := func() (_ *provider.ChatResult, end func(), _ error) {
					ctx, end := limit.WithCaller(t.Context(), "")
					result, err := p.Chat(ctx, provider.ChatRequest{Model: "gpt-oss-20b", Messages: says("hi")})
					return result, end, err
				}
				got, endFirst, err := ask()
				if err != nil || len(got.Content) < 2_000_000 {
					t.Fatalf("the answer is %v, %v", got, err)
				}
				if held := memory.Work.Held(); held != 32<<20 {
					t.Errorf("the answer holds %d bytes", held)
				}
				start := time.Now()
				_, endSecond, err := ask()
				if provider.AsError(err).Code != provider.CodeOverloaded || time.Since(start) < 10*time.Second {
					t.Errorf("after %s another is answered with %v", time.Since(start), err)
				}
				endSecond()
				endFirst()
				if held := memory.Work.Held(); held != 0 {
					t.Errorf("%d bytes are held afterwards", held)
				}
				_, endThird, err := ask()
				if endThird(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}
