package httpd_test

import (
	"flag"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd"
)

var streamsFor = flag.Duration("streams", 2*time.Second, "how long the thousand streams last; make load takes a minute")

// slow is an upstream that streams at least four words, for a given time.
type slow struct{ lasts time.Duration }

func (s *slow) around(other http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !strings.HasSuffix(r.URL.Path, "/chat/completions") {
			other.ServeHTTP(w, r)
			return
		}
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "text/event-stream")
		word, end := time.NewTicker(min(s.lasts/5, time.Second/2)), time.After(s.lasts)
		defer word.Stop()
		for running := true; running; {
			select {
			case <-word.C:
				fmt.Fprintf(w, "data: %s\n\n", piece("word "))
				_ = http.NewResponseController(w).Flush()
			case <-end:
				running = false
			case <-r.Context().Done():
				return
			}
		}
		fmt.Fprintf(w, "data: %s\n\ndata: [DONE]\n\n",
			`{"choices":[{"index":0,"delta":{},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}}`)
	})
}

// A thousand callers, each with progress, leak nothing.
func TestAThousandSlowStreams(t *testing.T) {
	const streams = 1000
	upstream := &http.Transport{MaxIdleConnsPerHost: streams}
	defer upstream.CloseIdleConnections()
	words := &slow{lasts: time.Second / 2}
	e := serveHTTP(t, setup{wrap: words.around, provider: provider.Options{HTTPClient: &http.Client{Transport: upstream}}}, httpd.Options{})
	measure := func() load {
		e.web.CloseIdleConnections()
		upstream.CloseIdleConnections()
		return heldNow()
	}
	run := func() (notes int) {
		failed := make(chan string, streams)
		var mu sync.Mutex
		var group sync.WaitGroup
		for i := range streams {
			request := e.request(t.Context(), eras[i%len(eras)], "tools/call",
				`{"name":"chat","arguments":{"prompt":"hi"},"_meta":{"progressToken":"t"}}`)
			group.Go(func() {
				got, err := e.try(request)
				if err != nil || !strings.Contains(got.body, `"finish_reason":"stop"`) {
					failed <- fmt.Sprint(err, got.body)
				}
				mu.Lock()
				defer mu.Unlock()
				notes += strings.Count(got.body, "notifications/progress")
			})
		}
		group.Wait()
		close(failed)
		for why := range failed {
			t.Errorf("%d of %d calls failed, the first with %.300s", len(failed)+1, streams, why)
			break
		}
		return notes
	}
	run() // the runtime keeps its records of goroutines forever, which is not a leak
	before := measure()
	words.lasts = *streamsFor
	progress := run()
	var after load
	const noise = 4 << 20 // the runtime's own; a thousand leaked streams hold at least 8 MB of buffers
	eventually(t, "goroutines and heap are back", func() bool {
		after = measure()
		return after.goroutines <= before.goroutines+before.goroutines/10 && after.heap <= before.heap+max(noise, before.heap/10)
	})
	t.Logf("%d streams of %s: %d progress notifications; %v before, %v after", streams, *streamsFor, progress, before, after)
	if progress < streams*3 {
		t.Errorf("only %d progress notifications came", progress)
	}
}

type load struct{ goroutines, heap uint64 }

func (l load) String() string {
	return fmt.Sprintf("%d goroutines and %.1f MB of heap", l.goroutines, float64(l.heap)/(1<<20))
}

// heldNow returns what the process holds after garbage collection.
func heldNow() load {
	for range 5 { // pools and finalizers release memory in several cycles
		runtime.GC()
	}
	var memory runtime.MemStats
	runtime.ReadMemStats(&memory)
	return load{uint64(runtime.NumGoroutine()), memory.HeapAlloc}
}
