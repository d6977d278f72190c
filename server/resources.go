package server

import (
	"context"
	"encoding/json"

	"github.com/mark3labs/mcp-go/mcp"
)

// interceptReadResource refuses unknown resources, with the code of the request's version
// of the protocol.
//
// mcp-go: an error of a handler is always -32603. Only a URI that nothing matches gets
// these codes, and no reason.
func (s *Server) interceptReadResource(ctx context.Context, m *Message) *mcp.JSONRPCErrorDetails {
	var params struct {
		URI  string   `json:"uri"`
		Meta mcp.Meta `json:"_meta"`
	}
	if json.Unmarshal(m.params, &params) != nil {
		return nil
	}
	err := s.resources.CheckURI(ctx, params.URI)
	if err == nil {
		return nil
	}
	code := mcp.RESOURCE_NOT_FOUND
	if mcp.IsModernProtocol(params.Meta.ProtocolVersion()) {
		code = mcp.INVALID_PARAMS
	}
	return new(mcp.NewJSONRPCErrorDetails(code, err.Error(), nil))
}
