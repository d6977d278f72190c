package emulator

import (
	"net/http"
	"slices"
	"strings"
	"time"
)

// requestLogLimit bounds the memory that recorded requests take, in bytes, so
// that a sandbox may run for days. The oldest requests are dropped first.
const requestLogLimit = 64 << 20

// Request is a request that an emulator received.
type Request struct {
	Method string
	Path   string
	Header http.Header
	Body   []byte
	At     time.Time
}

type requestLog struct {
	requests []Request
	bytes    int
}

// size is about what a recorded request takes in memory.
func (r Request) size() int { return 1024 + len(r.Body) }

func (l *requestLog) add(r Request) {
	l.requests = append(l.requests, r)
	l.bytes += r.size()
	for l.bytes > requestLogLimit {
		l.bytes -= l.requests[0].size()
		l.requests = slices.Delete(l.requests, 0, 1)
	}
}

func (e *Emulator) record(r *http.Request, body []byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.log.add(Request{Method: r.Method, Path: r.URL.Path, Header: r.Header.Clone(), Body: body, At: time.Now()})
}

// Requests gives what was received, in order, catalogue requests included. Of
// a long run only the latest 64 MB are kept.
func (e *Emulator) Requests() []Request {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.log.requests)
}

// Calls gives the received requests whose path ends in path, such as
// "/chat/completions".
func (e *Emulator) Calls(path string) []Request {
	return slices.DeleteFunc(e.Requests(), func(r Request) bool { return !strings.HasSuffix(r.Path, path) })
}
