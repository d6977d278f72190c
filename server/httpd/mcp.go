package httpd

import (
	"bytes"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server"
)

// cancellationSwallowed accepts notifications/cancelled and drops them. Without
// sessions the library knows a call by its JSON-RPC id only, so that one
// client's cancellation would end another's call; a client cancels a call of
// its own by closing the response.
func (h *Endpoint) cancellationSwallowed(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m := exchangeFrom(r.Context()).message
		if m.Method == string(mcp.MethodNotificationCancelled) && m.ID == nil {
			w.WriteHeader(http.StatusAccepted)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// serveMCP hands the message to the library.
func (h *Endpoint) serveMCP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Accel-Buffering", "no") // nginx would keep progress back
	x, messages := exchangeFrom(r.Context()), server.NewFlushOrder()
	ctx := server.WithRequest(r.Context(), server.Request{
		ID: x.message.idText(), Caller: x.token, Transport: transportOf(r), Flush: messages,
		OnCall: func(o server.Outcome) { x.outcome = o },
	})
	if x.message.Method == string(mcp.MethodSubscriptionsListen) {
		// Such a stream has no end of its own; nothing is lost with it.
		var end context.CancelFunc
		ctx, end = h.untilDraining(ctx)
		defer end()
	}
	stream := &responseStream{
		ResponseWriter: w, controller: http.NewResponseController(w), messages: messages, stall: h.StallTimeout, http2: r.ProtoMajor == 2,
	}
	h.transport.Handle(stream, &mcpserver.HTTPRequest{
		Method: r.Method, URL: r.URL, Header: r.Header, Body: x.message.raw, Context: ctx,
	})
}

// idText gives the id of the JSON-RPC message.
func (m message) idText() string {
	if text, ok := m.ID.(string); ok {
		return text
	}
	number, _ := json.Marshal(m.ID)
	return string(number)
}

// transportOf names the transport as the semantic conventions do.
func transportOf(r *http.Request) string {
	if local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok && local.Network() == "unix" {
		return "unix"
	}
	return "tcp"
}

// untilDraining gives a context that ends when the server drains.
func (h *Endpoint) untilDraining(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-h.gate.draining:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// responseStream is the answer to one request. It counts the notifications that
// went out, and gives up on a client that reads nothing: the library's writes
// would wait for it forever.
type responseStream struct {
	http.ResponseWriter
	controller *http.ResponseController
	messages   *server.FlushOrder
	stall      time.Duration
	http2      bool
	unflushed  []func() // what counts each notification
}

// pieceSize is what a client that does read takes within the stall timeout: an
// answer can have tens of megabytes, and a deadline is for a whole call of Write.
const pieceSize = 64 << 10

// Write takes one message: the library writes each with one call.
func (s *responseStream) Write(message []byte) (n int, _ error) {
	for piece := range slices.Chunk(message, pieceSize) {
		_ = s.controller.SetWriteDeadline(time.Now().Add(s.stall))
		written, err := s.ResponseWriter.Write(piece)
		if n += written; err != nil {
			return n, err
		}
	}
	if data, ok := bytes.CutPrefix(message, []byte("event: message\ndata: ")); ok {
		if flushed := s.messages.Awaited(data); flushed != nil {
			s.unflushed = append(s.unflushed, flushed)
		}
	}
	return n, nil
}

// Flush puts what was written on its way.
func (s *responseStream) Flush() {
	_ = s.controller.SetWriteDeadline(time.Now().Add(s.stall))
	_ = s.controller.Flush() // whether the client is gone shows in the request's context
	if s.http2 {
		// There the deadline would end the stream in a pause, too. Over HTTP/1 it
		// stays for what net/http writes at the end.
		_ = s.controller.SetWriteDeadline(time.Time{})
	}
	for _, flushed := range s.unflushed {
		flushed()
	}
	s.unflushed = s.unflushed[:0]
}

// CanStream tells the library that Flush works.
func (s *responseStream) CanStream() bool { return true }
