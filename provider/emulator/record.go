package emulator

import (
	"net/http"
	"slices"
	"time"
)

// Request is a request that an emulator received.
type Request struct {
	Method string
	Path   string
	Header http.Header
	Body   []byte // of an upload of requests, the file; of audio, nil
	At     time.Time

	// Of an upload: the fields of its form, and the file's name and size.
	Form      map[string][]string
	FileName  string
	FileBytes int64
}

// Record makes the emulator keep all requests from now on, for [Emulator.Requests].
// It is meant for tests: what is kept is never dropped.
func (e *Emulator) Record() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.recording = true
}

func (e *Emulator) record(info *requestInfo) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.recording {
		return
	}
	r := info.r
	got := Request{Method: r.Method, Path: r.URL.Path, Header: r.Header.Clone(), Body: info.body, At: time.Now()}
	if info.form != nil {
		got.Form, got.FileName, got.FileBytes = info.form.values, info.form.fileName, info.form.fileBytes
	}
	e.requests = append(e.requests, got)
}

// Requests returns what was received since [Emulator.Record], in order, catalogue
// requests included. Without it there is nothing.
func (e *Emulator) Requests() []Request {
	e.mu.Lock()
	defer e.mu.Unlock()
	return slices.Clone(e.requests)
}

// Calls returns the [Emulator.Requests] whose path ends in path, such as
// "/chat/completions" or "/batches/*", where * is any segment.
func (e *Emulator) Calls(path string) []Request {
	return slices.DeleteFunc(e.Requests(), func(r Request) bool { return !endsIn(r.Path, path) })
}
