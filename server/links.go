package server

import (
	"context"
	"slices"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/tools"
)

// linked leaves links out of a result for clients whose version of MCP lacks them, or is
// not known: older SDKs refuse a result with content of an unknown type. The text has the
// path too.
func linked(next clientHandler) clientHandler {
	return func(ctx context.Context, request mcp.CallToolRequest) tools.Result {
		result := next(ctx, request)
		if protocolOf(ctx, request.Header) < mcp.ProtocolVersion20250618 {
			result.Content = slices.DeleteFunc(result.Content, func(content mcp.Content) bool {
				_, isLink := content.(mcp.ResourceLink)
				return isLink
			})
		}
		return result
	}
}
