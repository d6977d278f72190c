package httpd_test

import (
	"bytes"
	"io"
	"net/http"
	"testing"
	"time"
)

// piece is an event of a stream with some text.
func piece(text string) string {
	return `{"model":"gpt-oss-20b","choices":[{"index":0,"delta":{"content":"` + text + `"}}]}`
}

// watched signals when requests to a model start and end.
type watched struct {
	started, ended chan struct{}
}

func newWatched() *watched {
	return &watched{make(chan struct{}, 1000), make(chan struct{}, 1000)}
}

func (w *watched) around(h http.Handler) http.Handler {
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			w.started <- struct{}{}
			defer func() { w.ended <- struct{}{} }()
		}
		h.ServeHTTP(rw, r)
	})
}

// await waits for an event that should take no time.
func await(t testing.TB, event <-chan struct{}) {
	t.Helper()
	select {
	case <-event:
	case <-time.After(maxWait):
		t.Fatalf("no event within %s", maxWait)
	}
}

// held is an upstream that answers requests to models once they are released.
type held struct {
	*watched
	release chan struct{} // closed to release all requests
}

func newHeld() *held { return &held{newWatched(), make(chan struct{})} }

func (h *held) around(next http.Handler) http.Handler {
	return h.watched.around(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost {
			body, _ := io.ReadAll(r.Body) // net/http notices a disconnect only after this
			r.Body = io.NopCloser(bytes.NewReader(body))
			select {
			case <-h.release:
			case <-r.Context().Done():
			}
		}
		next.ServeHTTP(w, r)
	}))
}
