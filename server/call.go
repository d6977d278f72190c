package server

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/schema"
)

// toolCall is what the chain of a call gets from the message itself.
type toolCall struct {
	arguments     json.RawMessage // as the client wrote them; nil without any
	progressToken json.RawMessage // nil without one
}

// callOf returns the call that ctx belongs to.
func callOf(ctx context.Context) toolCall {
	if m := requestFrom(ctx).Message; m != nil && m.call != nil {
		return *m.call
	}
	return toolCall{}
}

// interceptCall refuses unknown tools by name, and takes what mcp-go would change out
// of the message.
//
// mcp-go: it decodes arguments and a progress token into Go values, which rounds large
// numbers and refuses 1e400. It also reads the whole message about eight times, which
// for a picture takes most of a call's time.
func (s *Server) interceptCall(_ context.Context, m *Message) *mcp.JSONRPCErrorDetails {
	var params struct {
		Name      string          `json:"name"`
		Arguments json.RawMessage `json:"arguments"`
		Meta      json.RawMessage `json:"_meta"`
	}
	if err := json.Unmarshal(m.params, &params); err != nil || params.Name == "" {
		return invalidParams("params must be an object with the name of a tool; the tools are " + strings.Join(s.toolNames(), ", "))
	}
	if _, ours := s.handlers[params.Name]; !ours {
		if s.mcp.GetTool(params.Name) != nil {
			return nil
		}
		return invalidParams(unknownTool(params.Name, s.toolNames()).Error())
	}
	var meta struct {
		ProgressToken json.RawMessage `json:"progressToken"`
	}
	_ = json.Unmarshal(params.Meta, &meta) // mcp-go checks the rest of it
	m.call = &toolCall{arguments: params.Arguments}
	m.setParam("arguments", nil)
	if !schema.IsEmpty(meta.ProgressToken) || string(meta.ProgressToken) == `""` {
		m.call.progressToken = meta.ProgressToken
		members, _ := schema.Members(params.Meta)
		m.setParam("_meta", schema.Object(setMember(members, "progressToken", nil)))
	}
	return nil
}

// toolNames returns the names of all tools, in order.
func (s *Server) toolNames() []string { return slices.Sorted(maps.Keys(s.mcp.ListTools())) }
