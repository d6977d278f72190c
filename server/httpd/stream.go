package httpd

import (
	"bytes"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server"
)

const (
	// keepAliveEvery is how long a client waits at most for a byte of its answer. Proxies
	// give up on a silent one, nginx after a minute.
	keepAliveEvery = 10 * time.Second
	// pieceSize is what a slow client can read within the stall timeout. An answer can have
	// tens of megabytes, and a write deadline is for one whole call of Write.
	pieceSize = 64 << 10
)

// eventPrefix begins a message in a stream of events.
const eventPrefix = "event: message\ndata: "

// responseStream writes the answer to one request: a JSON document, or a stream of
// events. It tells the flush order which notifications were flushed, and fails if the
// client stops reading.
//
// mcp-go: it answers with a document whatever the client accepts, unless there is a
// notification; until then it sends nothing; and without deadlines its writes would wait
// for a client that does not read forever.
type responseStream struct {
	http.ResponseWriter
	controller *http.ResponseController
	order      *server.FlushOrder
	stall      time.Duration
	http2      bool
	document   bool // the client accepts a document
	events     bool // the client accepts a stream of events
	restore    func([]byte) []byte
	header     http.Header // as mcp-go sets it, while a sign of life may begin the answer

	mu        sync.Mutex
	begun     bool        // the status is sent
	streaming bool        // the answer is a stream of events
	idle      *time.Timer // until the next sign of life
	closed    bool
	unflushed []func() // to call for each notification once it is flushed
}

// keepAlive begins to send signs of life while nothing else is sent. Stop ends that.
func (s *responseStream) keepAlive() (stop func()) {
	s.mu.Lock() // the timer may fire before it is stored
	defer s.mu.Unlock()
	s.idle = time.AfterFunc(keepAliveEvery, s.signOfLife)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.closed = true
		s.idle.Stop()
	}
}

// signOfLife sends what both forms of an answer ignore: a comment, or white space.
func (s *responseStream) signOfLife() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return
	}
	if !s.begun {
		s.begin(http.StatusOK, s.events)
	}
	if s.streaming {
		_, _ = s.send([]byte(": still working\n\n")) // if the client is gone, the request's context ends
	} else {
		_, _ = s.send([]byte("\n"))
	}
	s.flush()
}

// Header returns the headers that the answer has once WriteHeader is called.
func (s *responseStream) Header() http.Header { return s.header }

// WriteHeader begins the answer, unless a sign of life has.
func (s *responseStream) WriteHeader(status int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.begun {
		return
	}
	maps.Copy(s.ResponseWriter.Header(), s.header)
	isStream := s.header.Get("Content-Type") == "text/event-stream"
	s.begin(status, isStream || status == http.StatusOK && !s.document)
}

func (s *responseStream) begin(status int, streaming bool) {
	s.begun, s.streaming = true, streaming
	header := s.ResponseWriter.Header()
	switch {
	case streaming:
		header.Set("Content-Type", "text/event-stream")
		header.Set("Cache-Control", "no-cache")
	case status == http.StatusOK:
		header.Set("Content-Type", "application/json")
	}
	s.ResponseWriter.WriteHeader(status)
}

// Write writes one message.
//
// mcp-go: it writes each message with one call.
func (s *responseStream) Write(message []byte) (n int, _ error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	data, isEvent := bytes.CutPrefix(message, []byte(eventPrefix))
	written := s.restore(message)
	if s.streaming && !isEvent {
		written = slices.Concat([]byte(eventPrefix), bytes.TrimSpace(written), []byte("\n\n"))
	}
	if _, err := s.send(written); err != nil {
		return 0, err
	}
	if isEvent {
		if flushed := s.order.Awaited(data); flushed != nil {
			s.unflushed = append(s.unflushed, flushed)
		}
	}
	return len(message), nil
}

func (s *responseStream) send(bytes []byte) (n int, _ error) {
	s.idle.Reset(keepAliveEvery)
	for piece := range slices.Chunk(bytes, pieceSize) {
		_ = s.controller.SetWriteDeadline(time.Now().Add(s.stall))
		written, err := s.ResponseWriter.Write(piece)
		if n += written; err != nil {
			return n, err
		}
	}
	return n, nil
}

// Flush sends what was written, and reports the notifications in it as flushed.
func (s *responseStream) Flush() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.flush()
}

func (s *responseStream) flush() {
	_ = s.controller.SetWriteDeadline(time.Now().Add(s.stall))
	_ = s.controller.Flush() // if the client is gone, the request's context ends
	if s.http2 {
		// Over HTTP/2 a deadline would also end the stream during a pause. Over HTTP/1
		// it must stay, for what net/http writes at the end.
		_ = s.controller.SetWriteDeadline(time.Time{})
	}
	for _, flushed := range s.unflushed {
		flushed()
	}
	s.unflushed = s.unflushed[:0]
}

// CanStream tells mcp-go whether to send notifications.
func (s *responseStream) CanStream() bool { return s.events }
