package server

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/telemetry"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/tools"
)

// handler answers one call of a tool.
type handler func(ctx context.Context, arguments json.RawMessage, events tools.Events) tools.Result

// clientHandler answers one call of a tool that a client sent.
type clientHandler func(ctx context.Context, request mcp.CallToolRequest) tools.Result

// chain is the middleware of every call of a tool, outermost first.
func (s *Server) chain(tool tools.Tool) mcpserver.ToolHandlerFunc {
	return unwrapped(
		linked(
			s.marked(
				s.traced(
					s.reported(
						s.logged(tool.Name,
							s.recovered(tool,
								s.permitted(tool,
									s.admitted(tool,
										checked(tool))))))))))
}

// unwrapped leaves out of a result what only the middleware needs.
func unwrapped(next clientHandler) mcpserver.ToolHandlerFunc {
	return func(ctx context.Context, request mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		return next(ctx, request).CallToolResult, nil
	}
}

// traced records a span for each call.
func (s *Server) traced(next clientHandler) clientHandler {
	if s.traces == nil {
		return next
	}
	return func(ctx context.Context, request mcp.CallToolRequest) tools.Result {
		from, traced, ended := requestFrom(ctx), ctx, func(tools.Summary) {}
		Guard(ctx, s.log, func() {
			traced, ended = s.traces.StartCall(ctx, telemetry.ToolCall{
				Tool: request.Params.Name, RequestID: from.id(), Protocol: protocolOf(ctx, request.Header),
				Transport: cmp.Or(from.Transport, telemetry.TransportStdio), Header: request.Header, Meta: request.Params.Meta,
			})
		})
		result := next(traced, request)
		Guard(ctx, s.log, func() { ended(result.Summary) })
		return result
	}
}

// reported sends the call's progress while it runs, if the client asks for it. All
// of it is flushed before the result is returned.
func (s *Server) reported(next handler) clientHandler {
	return func(ctx context.Context, _ mcp.CallToolRequest) tools.Result {
		call := callOf(ctx)
		if call.progressToken == nil || requestFrom(ctx).NoProgress {
			return next(ctx, call.arguments, call.events)
		}
		progress := s.startProgress(ctx, call.progressToken)
		defer progress.finish()
		return next(ctx, call.arguments, tools.Events{OnText: progress.text, OnWait: progress.note, OnProgress: progress.count})
	}
}

// logged writes one log line for each call, and counts it.
func (s *Server) logged(tool string, next handler) handler {
	return func(ctx context.Context, arguments json.RawMessage, events tools.Events) tools.Result {
		start := time.Now()
		result := next(ctx, arguments, events)
		took := time.Since(start)
		Guard(ctx, s.log, func() { s.countCall(ctx, tool, result.Summary, took) })
		Guard(ctx, s.log, func() { s.logCall(ctx, tool, result.Summary, took) })
		return result
	}
}

// recovered turns a panic into an error result. The text of a panic may hold a prompt
// or a key, so the client does not see it.
func (s *Server) recovered(tool tools.Tool, next handler) handler {
	return func(ctx context.Context, arguments json.RawMessage, events tools.Events) (result tools.Result) {
		defer func() {
			if cause := recover(); cause != nil {
				LogPanic(ctx, s.log, cause)
				result = tool.Fail(errors.New("panic"))
			}
		}()
		return next(ctx, arguments, events)
	}
}

// checked runs the tool, with arguments that satisfy its schema.
func checked(tool tools.Tool) handler {
	expected := newArguments(tool.Name, tool.RawInputSchema)
	return func(ctx context.Context, given json.RawMessage, events tools.Events) tools.Result {
		accepted, notes, err := expected.read(given)
		if err != nil {
			return tool.Fail(err)
		}
		return tool.Run(ctx, tools.Call{Arguments: accepted, Notes: notes, Events: events})
	}
}
