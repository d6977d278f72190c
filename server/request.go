package server

import (
	"context"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/tools"
)

// Request is what a transport knows about the requests that come with a context.
// The zero value is a client in the same process.
type Request struct {
	ID        string // of the JSON-RPC message; "" when the transport does not know it
	Caller    string // name of the caller's token; "" without authentication
	Transport string // pipe, tcp or unix; "" is pipe

	// Flush orders notifications before results; nil for a client that gets them
	// in memory.
	Flush *FlushOrder

	// OnCall receives the outcome of a tool call, for a transport that writes a log
	// line of its own; nil lets the server write one.
	OnCall func(Outcome)
}

// Outcome is what logs, metrics and traces tell of a tool call.
type Outcome struct {
	Tool    string
	Summary tools.Summary
	TraceID string // "" without traces
}

type requestKey struct{}

// WithRequest returns a context of the request r.
func WithRequest(ctx context.Context, r Request) context.Context {
	return context.WithValue(ctx, requestKey{}, r)
}

func requestFrom(ctx context.Context) Request {
	r, _ := ctx.Value(requestKey{}).(Request)
	return r
}
