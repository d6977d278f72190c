package server

import (
	"context"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/tools"
)

// Request is what a transport knows about the calls that have this context. The zero
// value stands for a client in the same process.
type Request struct {
	ID        string // of the JSON-RPC message; "" if the transport does not know it
	Caller    string // name of the caller's token; "" without authentication
	Transport string // pipe, tcp or unix; "" means pipe

	FlushOrder *FlushOrder // nil if messages reach the client in order anyway

	// OnCall receives the outcome of a tool call, for a transport that logs calls
	// itself. If it is nil, the server logs them.
	OnCall func(Outcome)
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
