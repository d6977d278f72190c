package server

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"slices"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/telemetry"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/tools"
)

func (s *Server) countCall(ctx context.Context, tool string, summary tools.Summary, took time.Duration) {
	s.metrics.CountCall(telemetry.Call{Tool: tool, Token: requestFrom(ctx).Caller, Duration: took, Summary: summary})
}

// traced makes a span of each call of a client.
func (s *Server) traced(next mcpserver.ToolHandlerFunc) mcpserver.ToolHandlerFunc {
	if s.traces == nil {
		return next
	}
	return func(ctx context.Context, request mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		from := requestFrom(ctx)
		ctx, ended := s.traces.StartCall(ctx, telemetry.ToolCall{
			Tool: request.Params.Name, RequestID: from.ID, Protocol: protocolOf(ctx, request.Header),
			Transport: cmp.Or(from.Transport, "pipe"), Header: request.Header, Meta: request.Params.Meta,
		})
		result, err := next(ctx, request)
		ended(tools.Summarize(result))
		return result, err
	}
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

// logCall writes one line a call: never arguments, never answers. A transport
// may make it part of the request's line.
func (s *Server) logCall(ctx context.Context, tool string, summary tools.Summary, took time.Duration) {
	traceID := telemetry.TraceID(ctx)
	if onCall := requestFrom(ctx).OnCall; onCall != nil {
		onCall(Outcome{tool, summary, traceID})
		return
	}
	fields := []slog.Attr{slog.String("tool", tool), slog.Bool("ok", summary.Code == ""), slog.Duration("duration", took.Round(time.Millisecond))}
	if traceID != "" {
		fields = append(fields, slog.String("trace_id", traceID))
	}
	s.log.LogAttrs(ctx, slog.LevelInfo, "call", fields...)
}
