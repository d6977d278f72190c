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

// logCall logs a call without its arguments and its answer, unless the transport logs
// it.
func (s *Server) logCall(ctx context.Context, tool string, summary tools.Summary, took time.Duration) {
	traceID := telemetry.TraceID(ctx)
	if onCall := requestFrom(ctx).OnCall; onCall != nil {
		onCall(Outcome{tool, summary, traceID})
		return
	}
	fields := []slog.Attr{
		slog.String("tool", tool), slog.Bool("ok", summary.Code == ""), slog.Duration("duration", took.Round(time.Millisecond)),
	}
	if traceID != "" {
		fields = append(fields, slog.String("trace_id", traceID))
	}
	s.log.LogAttrs(ctx, slog.LevelInfo, "call", fields...)
}

// protocolOf returns the version of MCP that a call uses, or "" for a version that
// mcp-go does not know: a client may send any header.
func protocolOf(ctx context.Context, header http.Header) string {
	version := cmp.Or(mcpserver.RequestProtocolVersion(ctx), header.Get(mcpserver.HeaderKeyProtocolVersion))
	if !slices.Contains(mcp.ValidProtocolVersions, version) {
		return ""
	}
	return version
}
