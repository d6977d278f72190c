package httpd

import (
	"bytes"
	"context"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server"
)

// dropCancellations accepts notifications/cancelled and ignores them. A client cancels
// its call by closing the connection.
//
// mcp-go: without sessions it identifies a call by its JSON-RPC id only, so a client
// could cancel the call of another (mark3labs/mcp-go#756 added it so).
func (e *Endpoint) dropCancellations(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		m := requestInfoFrom(r.Context()).message
		if m.Method == string(mcp.MethodNotificationCancelled) && m.ID == nil {
			w.WriteHeader(http.StatusAccepted)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// serveMCP passes the message to mcp-go, unless the server answers it itself.
func (e *Endpoint) serveMCP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Accel-Buffering", "no") // otherwise nginx delays progress
	info, order := requestInfoFrom(r.Context()), server.NewFlushOrder()
	ctx := server.WithRequest(r.Context(), server.Request{
		ID: info.message.idText(), Caller: info.caller, Transport: transportOf(r), FlushOrder: order,
		OnCall: func(o server.Outcome) { info.outcome = o },
	})
	if info.message.Method == string(mcp.MethodSubscriptionsListen) {
		// Such a stream does not end by itself, and carries no call that has to finish.
		var end context.CancelFunc
		ctx, end = e.untilDraining(ctx)
		defer end()
	}
	stream := &responseStream{
		ResponseWriter: w, controller: http.NewResponseController(w), order: order, stall: e.options.StallTimeout, http2: r.ProtoMajor == 2,
	}
	body, answer := e.server.Intercept(ctx, info.message.raw)
	if answer != nil {
		writeError(stream, r, answer)
		return
	}
	e.transport.Handle(stream, &mcpserver.HTTPRequest{
		Method: r.Method, URL: r.URL, Header: r.Header, Body: body, Context: ctx,
	})
}

// writeError writes an error as mcp-go does: since 2026-07-28 it has a status of its
// own, which for bad parameters is 400.
func writeError(w http.ResponseWriter, r *http.Request, answer *server.ErrorResponse) {
	status := http.StatusOK
	if answer.Error.Code == mcp.INVALID_PARAMS && mcp.IsModernProtocol(r.Header.Get(mcp.HeaderProtocolVersion)) {
		status = http.StatusBadRequest
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(answer.Line()) // fails only when the client is gone
}

// transportOf returns the transport's name in the conventions of OpenTelemetry.
func transportOf(r *http.Request) string {
	if local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok && local.Network() == "unix" {
		return "unix"
	}
	return "tcp"
}

// untilDraining returns a context that ends when the server drains.
func (e *Endpoint) untilDraining(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() {
		select {
		case <-e.admission.draining:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// responseStream writes the answer to one request. It tells the flush order which
// notifications were flushed, and fails if the client stops reading.
//
// mcp-go: without deadlines, its writes would wait for such a client forever.
type responseStream struct {
	http.ResponseWriter
	controller *http.ResponseController
	order      *server.FlushOrder
	stall      time.Duration
	http2      bool
	unflushed  []func() // to call for each notification once it is flushed
}

// pieceSize is what a slow client can read within the stall timeout. An answer can have
// tens of megabytes, and a write deadline is for one whole call of Write.
const pieceSize = 64 << 10

// Write writes one message.
//
// mcp-go: it writes each message with one call.
func (s *responseStream) Write(message []byte) (n int, _ error) {
	for piece := range slices.Chunk(message, pieceSize) {
		_ = s.controller.SetWriteDeadline(time.Now().Add(s.stall))
		written, err := s.ResponseWriter.Write(piece)
		if n += written; err != nil {
			return n, err
		}
	}
	if data, ok := bytes.CutPrefix(message, []byte("event: message\ndata: ")); ok {
		if flushed := s.order.Awaited(data); flushed != nil {
			s.unflushed = append(s.unflushed, flushed)
		}
	}
	return n, nil
}

// Flush sends what was written, and reports the notifications in it as flushed.
func (s *responseStream) Flush() {
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

// CanStream tells mcp-go that Flush works.
func (s *responseStream) CanStream() bool { return true }
