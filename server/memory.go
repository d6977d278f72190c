package server

import (
	"context"
	"encoding/json"
	"runtime/debug"
	"sync"
	"time"

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

// largeRequest is the size, in bytes, from which on a request is worth a cycle of the garbage
// collector, which takes a few milliseconds. By itself the collector waits until there is
// as much garbage as memory in use.
const largeRequest = 4 << 20

// Collect frees the garbage of a large request and of earlier calls, and returns it to the
// system: the gaps may be too small for the next copy of the request.
func Collect(request int64) {
	if request >= largeRequest {
		debug.FreeOSMemory()
	}
}

// Collector is [Collect] for requests that are only announced. It uses a twentieth of the
// time at most, however many there are. The zero value is ready, and safe for concurrent use.
type Collector struct {
	mu   sync.Mutex
	next time.Time
}

// Collect is [Collect], unless the last one was too recent.
func (c *Collector) Collect(request int64) {
	const share = 20
	if request < largeRequest || !c.mu.TryLock() {
		return
	}
	defer c.mu.Unlock()
	if begun := time.Now(); !begun.Before(c.next) {
		Collect(request)
		c.next = time.Now().Add(share * time.Since(begun))
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
