package server_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/limit"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server"
)

// What a request over stdio allocates does not depend on the machine, so that it is bounded
// here: about an eighth above what it was, for what a new version of Go or of a library
// changes. Who exceeds a bound on purpose raises it with the reason; who saves lowers it.
func TestAllocationsOfARequestAreBounded(t *testing.T) {
	chat := `"tools/call","params":{"name":"chat","arguments":{"prompt":"Why is the sky blue?","model":"Meta-Llama-3_3-70B-Instruct"}}`
	progress := strings.TrimSuffix(chat, "}") + `,"_meta":{"progressToken":1}}`
	tests := []struct {
		name   string
		method string // and parameters, as JSON without the end
		chunks int    // of the upstream's answer
		allocs int64
		bytes  int64
	}{
		// The upstream in memory is in it, by about ten allocations.
		{"a chat", chat, 20, 470, 42_000},
		// Two notifications, of the first chunk and of the rest.
		{"a chat with progress", progress, 20, 575, 48_500},
		// The text of a chunk is decoded and appended, by two allocations and 0.1 kB: it is like the one before.
		{"an answer of 1,020 chunks", chat, 1020, 2_800, 148_000},
		// All candidates and why others are not, twice: as text and as structured content.
		{"a model query resolved", `"tools/call","params":{"name":"resolve-virtual-model","arguments":{"query":"text_generation@biggest?input_cost<0.2"}}`, 0, 335, 25_000},
		// The schemas are copied into the answer, of 19 kB.
		{"the list of tools", `"tools/list","params":{}`, 0, 390, 66_000},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := serveBytes(t, chatStream(test.chunks))
			request := []byte(`{"jsonrpc":"2.0","id":7,"method":` + test.method + "}\n")
			s.exchange(t, request) // what is made once, is
			got := testing.Benchmark(func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					s.exchange(b, request)
				}
			})
			if got.N == 0 {
				t.Fatal("the work failed")
			}
			t.Logf("%d allocations, %d bytes", got.AllocsPerOp(), got.AllocedBytesPerOp())
			if got.AllocsPerOp() > test.allocs || got.AllocedBytesPerOp() > test.bytes {
				t.Errorf("%d allocations of %d bytes, more than %d of %d", got.AllocsPerOp(), got.AllocedBytesPerOp(), test.allocs, test.bytes)
			}
		})
	}
}

// chatStream is an answer of so many chunks, as a service streams it.
func chatStream(chunks int) []byte {
	const event = `data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1767225600,"model":"Meta-Llama-3_3-70B-Instruct",%s}` + "\n\n"
	var b bytes.Buffer
	for i := range chunks {
		fmt.Fprintf(&b, event, fmt.Sprintf(`"choices":[{"index":0,"delta":{"role":"assistant","content":"word%d "},"finish_reason":null}]`, i))
	}
	fmt.Fprintf(&b, event, `"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]`)
	fmt.Fprintf(&b, event, `"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":21,"total_tokens":33}`)
	b.WriteString("data: [DONE]\n\n")
	return b.Bytes()
}

// fixedUpstream answers each chat with the same bytes, and allocates little for it.
type fixedUpstream struct{ chat []byte }

func (u fixedUpstream) RoundTrip(r *http.Request) (*http.Response, error) {
	listed, served := catalog.SnapshotPayloads()
	body, contentType := listed, "application/json"
	switch r.URL.Path {
	case "/v1/models":
		body = served
	case "/v1/chat/completions":
		body, contentType = u.chat, "text/event-stream"
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return nil, err
		}
	}
	return &http.Response{
		StatusCode: http.StatusOK, ProtoMajor: 1, ProtoMinor: 1, Request: r,
		Header: http.Header{"Content-Type": {contentType}}, Body: io.NopCloser(bytes.NewReader(body)),
	}, nil
}

// serveBytes starts a server over stdio that answers from an upstream in memory.
func serveBytes(t *testing.T, chat []byte) bytesOverStdio {
	t.Helper()
	memory := limit.NewMemory(512<<20, false)
	p, err := provider.New(provider.Options{
		BaseURL: "http://upstream.test/v1", CatalogURL: "http://upstream.test/catalog", HTTPClient: &http.Client{Transport: fixedUpstream{chat}},
		Timeout: provider.DefaultTimeout, Memory: memory,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.Close)
	srv, err := server.New(p, server.Options{Version: "test", Memory: memory})
	if err != nil {
		t.Fatal(err)
	}
	in, toServer := io.Pipe()
	fromServer, out := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- srv.ServeStdio(t.Context(), in, out, maxWait)
		out.Close()
	}()
	t.Cleanup(func() {
		toServer.Close()
		_, _ = io.Copy(io.Discard, fromServer)
	})
	return bytesOverStdio{toServer, bufio.NewReaderSize(fromServer, 1<<20), ended}
}

// exchange sends a request, and reads what comes until its answer. The client allocates
// nothing.
func (b bytesOverStdio) exchange(t testing.TB, request []byte) {
	t.Helper()
	if _, err := b.toServer.Write(request); err != nil {
		t.Fatal(err)
	}
	for {
		line, err := b.fromServer.ReadSlice('\n')
		switch {
		case err != nil || bytes.Contains(line, []byte(`"isError":true`)) || bytes.Contains(line, []byte(`"id":7,"error"`)):
			t.Fatalf("%v: %.300s", err, line)
		case bytes.Contains(line[:min(len(line), 60)], []byte(`"id":7`)):
			return
		}
	}
}
