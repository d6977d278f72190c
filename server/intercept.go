package server

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
)

// Request methods that the server answers, or changes, before mcp-go sees them. Each
// says what mcp-go cannot do.
func (s *Server) interceptors() map[string]interceptor {
	return map[string]interceptor{
		string(mcp.MethodPromptsGet): s.interceptGetPrompt,
	}
}

// interceptor returns the error that answers a request, or nil with the message that
// mcp-go gets instead of it: r.message to change nothing.
type interceptor func(ctx context.Context, r rpcRequest) (forward []byte, failure *mcp.JSONRPCErrorDetails)

// rpcRequest is a JSON-RPC request, of which the parts that no interceptor needs are
// not decoded.
type rpcRequest struct {
	message []byte
	JSONRPC string          `json:"jsonrpc"`
	ID      json.RawMessage `json:"id"`
	Method  string          `json:"method"`
	Params  json.RawMessage `json:"params"`
}

// ErrorResponse is a JSON-RPC response that reports an error. Its id is the bytes that
// the client sent.
type ErrorResponse struct {
	JSONRPC string                  `json:"jsonrpc"`
	ID      json.RawMessage         `json:"id"`
	Error   mcp.JSONRPCErrorDetails `json:"error"`
}

// Line returns the response as one line of JSON.
func (r *ErrorResponse) Line() []byte {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)              // it would change the id
	if err := encoder.Encode(r); err != nil { // cannot happen: the id was decoded from JSON
		return nil
	}
	return b.Bytes()
}

// Intercept must get every message of a client before mcp-go does. It returns either
// the message to give to mcp-go, nearly always the same one, or the answer to send in
// its place.
//
// It may take as long as reading the catalogue. It checks nothing that mcp-go checks
// before its handlers, such as the headers of 2026-07-28: whichever of two errors is
// found first is a right answer.
func (s *Server) Intercept(ctx context.Context, message []byte) (forward []byte, answer *ErrorResponse) {
	if intercept := s.interceptionOf(message); intercept != nil {
		return intercept(ctx)
	}
	return message, nil
}

// interception is an interceptor with its message.
type interception func(context.Context) (forward []byte, answer *ErrorResponse)

// interceptionOf returns what Intercept does with a message, nil for one that is
// mcp-go's. It does not wait, and decodes no message that does not contain the name of
// a method to intercept: a call of a tool can have megabytes.
func (s *Server) interceptionOf(message []byte) interception {
	for method, intercept := range s.intercepted {
		if !containsMethod(message, method) {
			continue
		}
		r := rpcRequest{message: message}
		if err := json.Unmarshal(message, &r); err != nil || r.Method != method || !r.isRequest() {
			continue
		}
		return func(ctx context.Context) ([]byte, *ErrorResponse) {
			forward, failure := intercept(ctx, r)
			if failure != nil {
				return nil, &ErrorResponse{JSONRPC: mcp.JSONRPC_VERSION, ID: r.ID, Error: *failure}
			}
			return forward, nil
		}
	}
	return nil
}

// containsMethod reports whether a message may have the method. PHP writes a slash as
// \/ by default. A client that escapes more gets mcp-go's answer.
func containsMethod(message []byte, method string) bool {
	return bytes.Contains(message, []byte(method)) || bytes.Contains(message, []byte(strings.ReplaceAll(method, "/", `\/`)))
}

// isRequest reports whether r must be answered, and in this version of JSON-RPC.
func (r rpcRequest) isRequest() bool {
	return r.JSONRPC == mcp.JSONRPC_VERSION && len(r.ID) > 0 && string(r.ID) != "null"
}

// withParam returns the message with another value of one parameter.
func (r rpcRequest) withParam(name string, value any) ([]byte, error) {
	params := map[string]json.RawMessage{}
	if err := json.Unmarshal(r.Params, &params); err != nil {
		return nil, err
	}
	var err error
	if params[name], err = json.Marshal(value); err != nil {
		return nil, err
	}
	if r.Params, err = json.Marshal(params); err != nil {
		return nil, err
	}
	message, err := json.Marshal(r)
	return append(message, '\n'), err
}
