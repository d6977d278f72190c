package server

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/caller"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/schema"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/tools"
)

// toolCall is what the chain of a call gets from the message itself.
type toolCall struct {
	arguments     json.RawMessage // as the client wrote them; nil without any
	progressToken json.RawMessage // nil without one
	events        tools.Events    // of a caller in this process
}

// callOf returns the call that ctx belongs to, and takes the arguments out of the message:
// they may be large, and would be held for as long as the call runs.
func callOf(ctx context.Context) toolCall {
	m := requestFrom(ctx).Message
	if m == nil || m.call == nil {
		return toolCall{}
	}
	call := *m.call
	m.call.arguments = nil
	return call
}

// interceptCall refuses unknown tools by name, and takes what mcp-go would change out
// of the message.
//
// mcp-go: it decodes arguments and a progress token into Go values, which rounds large
// numbers and refuses 1e400. It also reads the whole message about eight times, which
// for a picture takes most of a call's time.
func (s *Server) interceptCall(ctx context.Context, m *Message) *mcp.JSONRPCErrorDetails {
	params, _ := schema.Members(m.params)
	var name string
	if !decodes(member(params, "name"), &name) || name == "" {
		return invalidParams("params must be an object with the name of a tool; the tools are " + strings.Join(s.toolNames(ctx), ", "))
	}
	switch {
	case s.handlers[name] != nil:
		m.takeCall(params, s.inHeaders[name])
	case s.mcp.GetTool(name) == nil:
		return invalidParams(unknownTool(name, s.toolNames(ctx)).Error())
	}
	if schema.Values(m.Forward()) > maxValues {
		return invalidParams(fmt.Sprintf("params without the arguments hold more than %d JSON values", maxValues))
	}
	return nil
}

// Tool returns the name of the tool that the message calls, "" if it calls none.
func (m *Message) Tool() string {
	var name string
	if m.Method == string(mcp.MethodToolsCall) {
		params, _ := schema.Members(m.params)
		_ = decodes(member(params, "name"), &name) // another type names none
	}
	return name
}

// takeCall moves arguments and progress token from the message, whose parameters are
// params, to its call. Arguments that are also in headers stay in the message as well,
// since mcp-go compares them.
func (m *Message) takeCall(params []schema.Member, inHeaders bool) {
	meta, _ := schema.Members(member(params, "_meta"))
	m.call = &toolCall{arguments: member(params, "arguments"), progressToken: bytes.Clone(member(meta, "progressToken"))}
	if !inHeaders {
		params = setMember(params, "arguments", nil)
	}
	if token := m.call.progressToken; string(token) == "null" {
		m.call.progressToken = nil
	} else if token != nil {
		params = setMember(params, "_meta", schema.Object(setMember(meta, "progressToken", nil)))
	}
	m.params, m.forward = schema.Object(params), nil
}

// toolNames returns the names of the tools that the caller may call, in order.
func (s *Server) toolNames(ctx context.Context) []string {
	names := slices.Sorted(maps.Keys(s.mcp.ListTools()))
	return slices.DeleteFunc(names, func(name string) bool { return !caller.From(ctx).MayCall(name) })
}
