package e2e

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// The time of a chat over stdio compared with the same streamed request sent
// directly, as a ratio within one run on one machine.
func BenchmarkChatOverStdio(b *testing.B) {
	u := newUpstream(b, emulator.Options{})
	body := `{"model":"Meta-Llama-3_3-70B-Instruct","messages":[{"role":"user","content":"hi"}],` +
		`"stream":true,"stream_options":{"include_usage":true}}`
	direct := func() {
		resp, err := http.Post(u.flags[1]+"/chat/completions", "application/json", strings.NewReader(body))
		if err != nil {
			b.Fatal(err)
		}
		defer func() { _ = resp.Body.Close() }()
		if _, err := io.Copy(io.Discard, resp.Body); err != nil {
			b.Fatal(err)
		}
		<-u.started
		<-u.ended
	}
	a := startMCPGo(b, append([]string{"stdio", "--rate-limit", "off", "--log-level", "error"}, u.flags...))
	call := func() {
		got, err := a.call(b.Context(), "chat", map[string]any{"prompt": "hi", "model": "Meta-Llama-3_3-70B-Instruct"}, "")
		if err != nil || got.isError {
			b.Fatal(err, got.texts)
		}
		<-u.started
		<-u.ended
	}
	direct()
	call()
	var directly, overStdio time.Duration
	for b.Loop() {
		start := time.Now()
		direct()
		middle := time.Now()
		call()
		directly, overStdio = directly+middle.Sub(start), overStdio+time.Since(middle)
	}
	b.ReportMetric(float64(overStdio)/float64(directly), "x-direct")
	b.ReportMetric(float64(overStdio.Microseconds())/float64(b.N), "µs/call")
}

// The time from starting the process until initialize is answered.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		if err := startMCPGo(b, []string{"stdio", "--sandbox", "--log-level", "error"}).close(); err != nil {
			b.Fatal(err)
		}
	}
}
