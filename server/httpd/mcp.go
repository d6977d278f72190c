package httpd

import (
	"context"
	"net"
	"net/http"

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
		if m.Method == string(mcp.MethodNotificationCancelled) && !m.IsRequest() {
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
	message := info.message
	document, events := acceptedForms(r.Header.Values("Accept"))
	if !document && !events && message.IsRequest() {
		refuse(w, http.StatusNotAcceptable, "answers are JSON or a stream of events. "+
			"Hint: send the header Accept: application/json, text/event-stream")
		return
	}
	ctx := server.WithRequest(r.Context(), server.Request{
		Message: message, Caller: info.name(), Transport: transportOf(r), FlushOrder: order, NoProgress: !events, Admitted: true,
		OnCall: func(o server.Outcome) { info.outcome = o },
	})
	if message.Method == string(mcp.MethodSubscriptionsListen) {
		// Such a stream does not end by itself, and carries no call that has to finish.
		var end context.CancelFunc
		ctx, end = e.untilDraining(ctx)
		defer end()
	}
	stream := &responseStream{
		ResponseWriter: w, controller: http.NewResponseController(w), order: order, stall: e.options.StallTimeout, http2: r.ProtoMajor == 2,
		document: document, events: events, restore: message.Restore, header: http.Header{},
	}
	defer stream.keepAlive()()
	if answer := e.server.Intercept(ctx, message); answer != nil {
		writeError(stream, statusOf(answer, r), answer)
		return
	}
	e.transport.Handle(stream, &mcpserver.HTTPRequest{
		Method: r.Method, URL: r.URL, Header: r.Header, Body: message.Forward(), Context: ctx,
	})
}

// statusOf returns the status of an error as mcp-go has it: since 2026-07-28, bad
// parameters are a 400.
func statusOf(answer *server.ErrorResponse, r *http.Request) int {
	if answer.Error.Code == mcp.INVALID_PARAMS && mcp.IsModernProtocol(r.Header.Get(mcp.HeaderProtocolVersion)) {
		return http.StatusBadRequest
	}
	return http.StatusOK
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
