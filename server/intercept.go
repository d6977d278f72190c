package server

import (
	"context"

	"github.com/mark3labs/mcp-go/mcp"
)

// Request methods that the server answers, or changes, before mcp-go sees them. Each
// says what mcp-go cannot do. What it cannot do for any method, [ReadMessage] does.
func (s *Server) interceptors() map[string]interceptor {
	return map[string]interceptor{
		string(mcp.MethodToolsCall):     s.interceptCall,
		string(mcp.MethodPromptsGet):    s.interceptGetPrompt,
		string(mcp.MethodResourcesRead): s.interceptReadResource,
	}
}

// interceptor may change a request, or returns the error that answers it.
type interceptor func(ctx context.Context, m *Message) *mcp.JSONRPCErrorDetails

// Intercept must get every message of a client before mcp-go does. It returns the
// answer to send in its place, nearly always nil.
//
// It may take as long as reading the catalogue. It checks nothing that mcp-go checks
// before its handlers, such as the headers of 2026-07-28: whichever of two errors is
// found first is a right answer.
func (s *Server) Intercept(ctx context.Context, m *Message) (answer *ErrorResponse) {
	if m.Method != string(mcp.MethodInitialize) { // whose answer need not wait for the schemas
		s.mountTools()
	}
	intercept, ok := s.intercepted[m.Method]
	if !ok || !m.IsRequest() || m.version != mcp.JSONRPC_VERSION {
		return nil
	}
	if failure := intercept(ctx, m); failure != nil {
		return &ErrorResponse{JSONRPC: mcp.JSONRPC_VERSION, ID: m.ID, Error: *failure}
	}
	return nil
}

// invalidParams is the error of parameters that the method does not take.
func invalidParams(why string) *mcp.JSONRPCErrorDetails {
	return new(mcp.NewJSONRPCErrorDetails(mcp.INVALID_PARAMS, why, nil))
}
