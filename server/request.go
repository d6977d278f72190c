package server

import (
	"context"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/tools"
)

// Request is what a transport knows about the calls that have this context. The zero
// value stands for a client in the same process.
type Request struct {
	Message   *Message // nil if the call is no message
	Caller    string   // name of the caller's token; "" without authentication
	Transport string   // pipe, tcp or unix; "" means pipe

	Admitted   bool        // there is memory for the request
	FlushOrder *FlushOrder // nil if messages reach the client in order anyway
	NoProgress bool        // the client takes no notifications

	// OnCall receives the outcome of a tool call, for a transport that logs calls
	// itself. If it is nil, the server logs them.
	OnCall func(Outcome)
}

// id returns the id of the JSON-RPC message as text, "" without one.
func (r Request) id() string {
	if r.Message == nil {
		return ""
	}
	return r.Message.IDText()
}

// Outcome is what the log says about a tool call.
type Outcome struct {
	Tool    string
	Summary tools.Summary
	TraceID string // "" without traces
}

type requestKey struct{}

// WithRequest returns a context whose calls belong to r.
func WithRequest(ctx context.Context, r Request) context.Context {
	return context.WithValue(ctx, requestKey{}, r)
}

func requestFrom(ctx context.Context) Request {
	r, _ := ctx.Value(requestKey{}).(Request)
	return r
}
