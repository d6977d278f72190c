package server

import (
	"cmp"
	"context"
	"encoding/json"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/telemetry"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/tools"
)

// measured counts requests, whatever becomes of them.
func (h *HTTP) measured(next http.Handler) http.Handler {
	if h.server.metrics == nil {
		return next
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, ended := r.Context(), func(int) {}
		h.server.guarded(ctx, func() { ended = h.server.metrics.StartRequest() })
		defer h.server.guarded(ctx, func() { ended(exchangeFrom(ctx).status) })
		next.ServeHTTP(w, r)
	})
}

func (s *Server) countCall(ctx context.Context, tool string, summary tools.Summary, took time.Duration) {
	token := ""
	if x := exchangeFrom(ctx); x != nil {
		token = x.token
	}
	s.metrics.CountCall(telemetry.Call{Tool: tool, Token: token, Duration: took, Summary: summary})
}

// traced makes a span of each call of a client.
func (s *Server) traced(next mcpserver.ToolHandlerFunc) mcpserver.ToolHandlerFunc {
	if s.traces == nil {
		return next
	}
	return func(ctx context.Context, request mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		traced, ended := ctx, func(tools.Summary) {}
		s.guarded(ctx, func() {
			traced, ended = s.traces.StartCall(ctx, telemetry.ToolCall{
				Tool: request.Params.Name, RequestID: requestID(ctx), Protocol: protocolOf(ctx, request.Header),
				Transport: transportOf(ctx), Header: request.Header, Meta: request.Params.Meta,
			})
		})
		result, err := next(traced, request)
		s.guarded(ctx, func() { ended(tools.Summarize(result)) })
		return result, err
	}
}

// requestID gives the id of the JSON-RPC message. Over stdio the library keeps it
// to itself.
func requestID(ctx context.Context) string {
	x := exchangeFrom(ctx)
	if x == nil {
		return ""
	}
	if text, ok := x.message.ID.(string); ok {
		return text
	}
	number, _ := json.Marshal(x.message.ID)
	return string(number)
}

// protocolOf gives the version of MCP that a call speaks, "" when it is none that
// the library knows: a header may say anything.
func protocolOf(ctx context.Context, header http.Header) string {
	version := cmp.Or(mcpserver.RequestProtocolVersion(ctx), header.Get(mcpserver.HeaderKeyProtocolVersion))
	if !slices.Contains(mcp.ValidProtocolVersions, version) {
		return ""
	}
	return version
}

// transportOf names the transport as the semantic conventions do.
func transportOf(ctx context.Context) string {
	if exchangeFrom(ctx) == nil {
		return "pipe"
	}
	if local, ok := ctx.Value(http.LocalAddrContextKey).(net.Addr); ok && local.Network() == "unix" {
		return "unix"
	}
	return "tcp"
}
