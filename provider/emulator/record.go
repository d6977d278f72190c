package emulator

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// Request is a request that an emulator received.
type Request struct {
	Method string
	Path   string
	Header http.Header
	Body   []byte
	At     time.Time
}

// Record makes the emulator keep all requests from now on, for [Emulator.Requests].
// It is meant for tests: what is kept is never dropped.
func (e *Emulator) Record() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.recording = true
}

func (e *Emulator) record(r *http.Request, body []byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.recording {
		e.requests = append(e.requests, Request{Method: r.Method, Path: r.URL.Path, Header: r.Header.Clone(), Body: body, At: time.Now()})
	}
}

// Requests returns what was received since [Emulator.Record], in order, catalogue
// requests included. Without it there is nothing.
func (e *Emulator) Requests() []Request {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.requests)
}

// Calls returns the [Emulator.Requests] whose path ends in path, such as
// "/chat/completions".
func (e *Emulator) Calls(path string) []Request {
	return slices.DeleteFunc(e.Requests(), func(r Request) bool { return !strings.HasSuffix(r.Path, path) })
}
