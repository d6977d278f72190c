package server_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"time"
)

// answering answers a request instead of whole, which is the right answer.
type answering func(w http.ResponseWriter, r *http.Request, whole *httptest.ResponseRecorder)

func status(code int) answering {
	return func(w http.ResponseWriter, _ *http.Request, _ *httptest.ResponseRecorder) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(code)
		_, _ = fmt.Fprintf(w, `{"message":"status %d of the test"}`, code)
	}
}

// begin sends the headers and the first n bytes of an answer.
func begin(w http.ResponseWriter, whole *httptest.ResponseRecorder, size int) {
	for name, values := range whole.Header() {
		w.Header()[name] = values
	}
	w.WriteHeader(whole.Code)
	_, _ = w.Write(whole.Body.Bytes()[:size])
	_ = http.NewResponseController(w).Flush()
}

// pass waits, until the client has gone at most.
func pass(r *http.Request, d time.Duration) bool {
	select {
	case <-time.After(d):
		return true
	case <-r.Context().Done():
		return false
	}
}

// raw sends bytes on the connection and closes it.
func raw(text string) answering {
	return func(w http.ResponseWriter, _ *http.Request, _ *httptest.ResponseRecorder) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err)
		}
		_, _ = io.WriteString(conn, text)
		_ = conn.Close()
	}
}

// with answers text with the headers of the right answer.
func with(text string) answering {
	return changed(func(string) string { return text })
}

func withType(contentType, text string) answering {
	return func(w http.ResponseWriter, _ *http.Request, _ *httptest.ResponseRecorder) {
		w.Header().Set("Content-Type", contentType)
		_, _ = io.WriteString(w, text)
	}
}

func changed(change func(whole string) string) answering {
	return func(w http.ResponseWriter, _ *http.Request, whole *httptest.ResponseRecorder) {
		text := change(whole.Body.String())
		begin(w, whole, 0)
		_, _ = io.WriteString(w, text)
	}
}

// changedEvents answers with a changed list of the right answer's events.
func changedEvents(change func(events []string) []string) answering {
	return changed(func(whole string) string {
		events := strings.Split(strings.TrimSpace(whole), "\n\n")
		events = slices.DeleteFunc(events, func(event string) bool { return strings.HasPrefix(event, ":") })
		return strings.Join(change(events), "\n\n") + "\n\n"
	})
}

// zipped answers with the changed right body, compressed, and with the block repeated.
// A gzip file is a sequence of members, so the block is compressed only once.
func zipped(change func(whole string) (before, block, after string), times int) answering {
	return func(w http.ResponseWriter, _ *http.Request, whole *httptest.ResponseRecorder) {
		before, block, after := change(whole.Body.String())
		w.Header().Set("Content-Encoding", "gzip")
		begin(w, whole, 0)
		_, _ = w.Write(slices.Concat(gzipped(before), bytes.Repeat(gzipped(block), times), gzipped(after)))
	}
}

func gzipped(text string) []byte {
	var packed bytes.Buffer
	out := gzip.NewWriter(&packed)
	_, _ = io.WriteString(out, text)
	_ = out.Close()
	return packed.Bytes()
}

// padded puts a field of any length into the first object of an answer.
func padded(whole string) (before, block, after string) {
	head, tail, _ := strings.Cut(whole, "{")
	return head + `{"padding":"`, megabyte(), `",` + tail
}

func megabyte() string { return strings.Repeat("x", 1_000_000) }
