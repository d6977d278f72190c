package server_test

import (
	"bytes"
	"io"
	"net/http"
	"runtime"
	"strings"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator"
)

// words is text that is made while it is read, so that the test does not hold it.
type words struct{ left int }

func (w *words) Read(p []byte) (int, error) {
	if w.left == 0 {
		return 0, io.EOF
	}
	n := min(len(p), w.left)
	copy(p, bytes.Repeat([]byte("a"), n))
	w.left -= n
	return n, nil
}

// While a model answers, the prompt is held once: neither as it came nor as it was sent.
func TestALargePromptIsHeldOnce(t *testing.T) {
	const size = 32 << 20
	var before, during runtime.MemStats
	got := int64(0)
	catalogs := emulator.New(emulator.Options{})
	srv := newServer(t, setup{}, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/chat/completions") {
			catalogs.ServeHTTP(w, r)
			return
		}
		got, _ = io.Copy(io.Discard, r.Body)
		runtime.GC()
		runtime.ReadMemStats(&during)
		w.Header().Set("Content-Type", "text/event-stream")
		_, _ = io.WriteString(w, `data: {"choices":[{"delta":{"content":"read"},"finish_reason":"stop"}]}`+"\n\ndata: [DONE]\n\n")
	}))
	runtime.GC()
	runtime.ReadMemStats(&before)
	in := io.MultiReader(
		strings.NewReader(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"chat","arguments":{"prompt":"`),
		&words{size}, strings.NewReader(`"}}}`+"\n"),
	)
	var out bytes.Buffer
	if err := srv.ServeStdio(t.Context(), in, &out, maxWait); err != nil || !strings.Contains(out.String(), `"text":"read"`) {
		t.Fatalf("%.500s, error %v", &out, err)
	}
	if got < size {
		t.Errorf("%d bytes of a request with %d went out", got, size)
	}
	if held := int64(during.HeapAlloc) - int64(before.HeapAlloc); held > size*3/2 {
		t.Errorf("a prompt of %d MB holds %d MB while the model answers", size>>20, held>>20)
	}
}
