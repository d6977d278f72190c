package server

import (
	"context"
	"encoding/json"
	"runtime/debug"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/limit"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/tools"
)

const (
	// smallRequest is what no share of the memory is needed for.
	smallRequest = 32 << 10
	// copies is how often a call holds its request at most: as it was sent, decoded, as
	// JSON for the service, and what the garbage collector has not freed yet.
	copies = 8
)

// Weight returns the bytes that a call holds whose request has so many.
func Weight(request int64) int64 {
	if request <= smallRequest {
		return 0
	}
	return copies * request
}

// largeRequest is from where on it is worth a cycle of the garbage collector, which takes
// a few milliseconds, that what larger requests leave does not add up: the collector
// itself begins once there is as much garbage as is in use.
const largeRequest = 4 << 20

// Collect frees what was left by calls and by the reading of a request that is large, and
// returns it to the system: the next copy of the request may find no gap of its size.
func Collect(request int64) {
	if request >= largeRequest {
		debug.FreeOSMemory()
	}
}

// admitted lets a call run once there is memory for its arguments, unless the transport
// has seen to it before it read them.
func (s *Server) admitted(tool tools.Tool, next handler) handler {
	return func(ctx context.Context, arguments json.RawMessage, events tools.Events) tools.Result {
		from, weight := requestFrom(ctx), Weight(int64(len(arguments)))
		if from.Admitted || weight == 0 {
			return next(ctx, arguments, events)
		}
		// What waits has been read already, so little may wait.
		if s.memory.Requests.Waiting() > s.memory.Total/2 || !s.memory.Requests.Queue(ctx, from.Caller, weight) {
			return tool.Fail(provider.Overloaded())
		}
		if release := func() { s.memory.Requests.Release(from.Caller, weight) }; !limit.AtEnd(ctx, release) {
			defer release()
		}
		return next(ctx, arguments, events)
	}
}
