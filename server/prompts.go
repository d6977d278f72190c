package server

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
)

// interceptGetPrompt refuses bad arguments with -32602, and makes texts of numbers and
// booleans.
//
// mcp-go: a handler's error is always -32603. An argument that is not a string is
// -32600, in the words of the decoder, and reaches no handler.
func (s *Server) interceptGetPrompt(ctx context.Context, m *Message) *mcp.JSONRPCErrorDetails {
	var params struct {
		Name      string          `json:"name"`
		Arguments json.RawMessage `json:"arguments"`
	}
	if err := json.Unmarshal(m.params, &params); err != nil {
		return nil
	}
	arguments, changed, err := promptArguments(params.Arguments)
	if err == nil {
		err = s.resources.CheckPrompt(ctx, params.Name, arguments)
	}
	if err != nil {
		return invalidParams(err.Error())
	}
	if changed {
		value, err := json.Marshal(arguments)
		if err != nil { // cannot happen: they are strings
			return nil
		}
		m.setParam("arguments", value)
	}
	return nil
}

// promptArguments returns the arguments as mcp-go takes them. It reports whether that
// changed any: the protocol has strings only, but a host may send a budget as 0.2.
func promptArguments(raw json.RawMessage) (arguments map[string]string, changed bool, err error) {
	if len(raw) == 0 {
		return nil, false, nil
	}
	var given map[string]json.RawMessage
	if err := json.Unmarshal(raw, &given); err != nil {
		return nil, false, errors.New("the arguments of a prompt must be an object, with a string for each argument")
	}
	arguments = map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(given)) {
		value := given[name]
		switch value[0] {
		case '{', '[':
			return nil, false, fmt.Errorf("argument %q must be a string, not an object or a list", text.Excerpt(name, 80))
		case '"', 'n': // null is an argument that is absent, to mcp-go too
			var decoded string
			if err := json.Unmarshal(value, &decoded); err != nil {
				return nil, false, err
			}
			arguments[name] = decoded
		default:
			arguments[name], changed = string(value), true
		}
	}
	return arguments, changed, nil
}
