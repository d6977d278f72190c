package provider_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/shared/redistest"
)

// BenchmarkChatStream compares a chat with reading the same stream by a plain
// HTTP client, in the same run: "ratio" is how much longer the chat takes, and
// "overhead-ns/event" what it adds to each event of the stream.
func BenchmarkChatStream(b *testing.B) {
	const pieces = 500
	payloads := []string{opening}
	for i := range pieces {
		payloads = append(payloads, fmt.Sprintf(
			`{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1750000000,"model":"gpt-oss-120b","choices":[{"index":0,"delta":{"content":" word %d"},"finish_reason":null,"logprobs":null}]}`, i))
	}
	payloads = append(payloads, stopped, lateUsage, done)
	stream := []byte(events(payloads...))
	mux := answering(chatPath, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", eventStream)
		_, _ = w.Write(stream)
	})
	server := httptest.NewServer(mux)
	defer server.Close()
	client := server.Client()
	p := newProvider(b, server.URL, client)
	p.Catalog(b.Context()) // so that no chat waits for it

	direct := func() {
		body := strings.NewReader(`{"model":"gpt-oss-120b","messages":[{"role":"user","content":"hello"}],"stream":true,"stream_options":{"include_usage":true}}`)
		resp, err := client.Post(server.URL+"/v1"+chatPath, "application/json", body)
		if err != nil {
			b.Fatal(err)
		}
		defer resp.Body.Close()
		if n, err := io.Copy(io.Discard, resp.Body); err != nil || n != int64(len(stream)) {
			b.Fatalf("read %d bytes: %v", n, err)
		}
	}
	var plain, through time.Duration
	b.ReportAllocs()
	for b.Loop() {
		start := time.Now()
		direct()
		plain += time.Since(start)
		start = time.Now()
		result, err := ask(b, p)
		through += time.Since(start)
		if err != nil || !strings.HasSuffix(result.Content, fmt.Sprintf("word %d", pieces-1)) {
			b.Fatalf("got %v, %v", result, err)
		}
	}
	b.ReportMetric(float64(through)/float64(plain), "ratio")
	b.ReportMetric(float64(through-plain)/float64(b.N*len(payloads)), "overhead-ns/event")
}

// BenchmarkEmbedDecode compares the two forms in which 25 vectors of 1024
// numbers come.
func BenchmarkEmbedDecode(b *testing.B) {
	e := emulator.New(emulator.Options{})
	input := texts(25)
	for _, format := range []string{"float", "base64"} {
		b.Run(format, func(b *testing.B) {
			answer := embeddingAnswer(b, e, format, input)
			p := connectInMemory(b, answering(embedPath, func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				_, _ = w.Write(answer)
			}))
			p.Catalog(b.Context())
			b.ReportAllocs()
			b.SetBytes(int64(len(answer)))
			for b.Loop() {
				result, err := p.Embed(b.Context(), provider.EmbedRequest{Model: "bge-m3", Input: input})
				if err != nil || len(result.Vectors) != len(input) || len(result.Vectors[0]) != 1024 {
					b.Fatalf("got %v", err)
				}
			}
		})
	}
}

// embeddingAnswer returns what the emulator answers to input.
func embeddingAnswer(b testing.TB, e *emulator.Emulator, format string, input []string) []byte {
	b.Helper()
	body := fmt.Sprintf(`{"model":"bge-m3","encoding_format":%q,"input":["%s"]}`, format, strings.Join(input, `","`))
	recorder := httptest.NewRecorder()
	e.ServeHTTP(recorder, httptest.NewRequest(http.MethodPost, "/v1"+embedPath, bytes.NewBufferString(body)))
	if recorder.Code != http.StatusOK {
		b.Fatal(recorder.Body)
	}
	return recorder.Body.Bytes()
}

// BenchmarkSharedLimit compares a slot that replicas share on a Redis of this machine with
// one of this process alone: "ratio" is how much longer it takes. It is one round trip.
func BenchmarkSharedLimit(b *testing.B) {
	server := redistest.Start(b)
	alone, common := provider.NewCallLimiter(nil), provider.NewCallLimiter(openShared(b, server.URL()))
	const perMinute = 400
	take := func(l *provider.CallLimiter, n int) time.Duration {
		start := time.Now()
		if !l.TryAcquire(b.Context(), fmt.Sprint("caller ", n/perMinute), perMinute) {
			b.Fatalf("no slot %d", n)
		}
		return time.Since(start)
	}
	var here, there time.Duration
	n := 0
	for b.Loop() {
		here += take(alone, n)
		there += take(common, n)
		n++
	}
	b.ReportMetric(float64(here.Nanoseconds())/float64(n), "local-ns/op")
	b.ReportMetric(float64(there.Nanoseconds())/float64(n), "shared-ns/op")
	b.ReportMetric(float64(there)/float64(here), "ratio")
}
