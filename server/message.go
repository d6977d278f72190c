package server

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/schema"
)

// Message is a JSON-RPC message of a client. Every transport reads messages with
// [ReadMessage], lets [Server.Intercept] have them, and gives mcp-go the bytes of
// [Message.Forward].
type Message struct {
	Method     string
	ID         json.RawMessage // as the client wrote it; nil for a notification
	IsResponse bool            // to a request of a server, which this one never sends

	version string // of JSON-RPC
	params  json.RawMessage
	forward []byte // for mcp-go; nil to write it from the fields
	alias   string // stands for the id before mcp-go; "" if the id can

	call *toolCall // nil if it is not a call of one of this server's tools
}

// maxValues bounds the JSON values of a message, but for the arguments of a tool:
// mcp-go makes Go values of them, which take fifty times their bytes.
const maxValues = 10_000

// ReadMessage reads what a client sent as one message. The failure says why it is not
// one.
func ReadMessage(raw []byte) (*Message, *ErrorResponse) {
	raw = payload(raw)
	members, err := schema.Members(raw)
	switch {
	case err == nil:
	case !json.Valid(raw):
		return nil, failure(noID(), mcp.PARSE_ERROR, "the message is not valid JSON")
	case raw[0] == '[':
		return nil, failure(noID(), mcp.INVALID_REQUEST, "batches are not supported. Hint: send one message at a time")
	default:
		return nil, failure(noID(), mcp.INVALID_REQUEST, "this is not a JSON-RPC message")
	}
	m := &Message{forward: raw, params: member(members, "params")}
	isText := decodes(member(members, "jsonrpc"), &m.version) && decodes(member(members, "method"), &m.Method)
	id := member(members, "id")
	switch {
	case !isID(id, m.Method):
		return nil, failure(noID(), mcp.INVALID_REQUEST, "the id of a JSON-RPC request must be a string or a number")
	case !isText:
		return nil, failure(id, mcp.INVALID_REQUEST, "jsonrpc and the method of a JSON-RPC message must be strings")
	case m.Method != string(mcp.MethodToolsCall) && schema.Values(raw) > maxValues:
		return nil, failure(id, mcp.INVALID_REQUEST, fmt.Sprintf("the message holds more than %d JSON values", maxValues))
	}
	m.ID = bytes.Clone(id) // the message may be large, and the id is kept for as long as the call
	if isAmbiguous(members) {
		m.forward = nil
	}
	m.IsResponse = m.Method == "" && (member(members, "result") != nil || member(members, "error") != nil)
	if m.ID != nil && !survives(m.ID) {
		m.alias, m.forward = rand.Text(), nil
	}
	m.mendParams()
	return m, nil
}

// member returns a member of an object; nil if there is none. Like encoding/json, which
// mcp-go reads with, it takes a name in any case, and the last of several.
func member(members []schema.Member, name string) (value json.RawMessage) {
	for _, m := range members {
		if strings.EqualFold(m.Name, name) {
			value = m.Value
		}
	}
	return value
}

// isAmbiguous reports whether one of the names that count comes in several cases. Readers
// may differ in which of them they take, and what is checked here must be what mcp-go
// acts on.
func isAmbiguous(members []schema.Member) bool {
	for _, name := range []string{"jsonrpc", "id", "method", "params"} {
		found := 0
		for _, m := range members {
			if strings.EqualFold(m.Name, name) {
				found++
			}
		}
		if found > 1 {
			return true
		}
	}
	return false
}

// decodes decodes a value unless there is none, and reports whether it has the type.
func decodes(value json.RawMessage, into *string) bool {
	return value == nil || json.Unmarshal(value, into) == nil
}

// payload returns a message without white space around it, and without the mark with
// which Windows begins UTF-8.
func payload(raw []byte) []byte { return bytes.TrimSpace(bytes.TrimPrefix(raw, []byte("\ufeff"))) }

// isID reports whether a message with this method may have the id, which is nil if it
// has none.
func isID(id json.RawMessage, method string) bool {
	switch {
	case id == nil:
		return true
	case id[0] == 'n': // an error that answers no request has this id
		return method == "" || strings.HasPrefix(method, "notifications/")
	}
	return id[0] == '"' || id[0] == '-' || '0' <= id[0] && id[0] <= '9'
}

// noID is the id of an error that answers a message without a readable one.
func noID() json.RawMessage { return json.RawMessage("null") }

// survives reports whether mcp-go writes an id as the client wrote it.
//
// mcp-go: it reads every number as a float64, which rounds integers above 2^53.
func survives(id json.RawMessage) bool {
	var value any
	if err := json.Unmarshal(id, &value); err != nil {
		return false
	}
	written, err := json.Marshal(value)
	return err == nil && bytes.Equal(written, id)
}

// IsRequest reports whether the message must be answered.
func (m *Message) IsRequest() bool { return m.Method != "" && m.ID != nil && string(m.ID) != "null" }

// IDText returns the id as text; "" for a notification.
func (m *Message) IDText() string {
	var text string
	if json.Unmarshal(m.ID, &text) != nil {
		return string(m.ID)
	}
	return text
}

// Forward returns what mcp-go gets.
func (m *Message) Forward() []byte {
	if m.forward == nil {
		m.forward = m.write()
	}
	return m.forward
}

func (m *Message) write() []byte {
	id := m.ID
	if m.alias != "" {
		id = schema.Text(m.alias)
	}
	var members []schema.Member
	for _, member := range []schema.Member{
		{Name: "jsonrpc", Value: schema.Text(m.version)}, {Name: "id", Value: id},
		{Name: "method", Value: schema.Text(m.Method)}, {Name: "params", Value: m.params},
	} {
		if member.Value != nil {
			members = append(members, member)
		}
	}
	return schema.Object(members)
}

// Restore returns what mcp-go wrote for this message, with the client's id.
func (m *Message) Restore(written []byte) []byte {
	if m.alias == "" {
		return written
	}
	return bytes.ReplaceAll(written, schema.Text(m.alias), m.ID)
}

// setParam replaces a parameter; nil removes it.
func (m *Message) setParam(name string, value json.RawMessage) {
	members, err := schema.Members(m.params)
	if err != nil {
		return
	}
	m.params, m.forward = schema.Object(setMember(members, name, value)), nil
}

// setMember sets one member of an object, whatever the case of its name, or removes it
// if the value is nil.
func setMember(members []schema.Member, name string, value json.RawMessage) []schema.Member {
	members = slices.DeleteFunc(members, func(m schema.Member) bool { return strings.EqualFold(m.Name, name) })
	if value == nil {
		return members
	}
	return append(members, schema.Member{Name: name, Value: value})
}

// mendParams writes {} for an empty list in the place of an object, which is how PHP
// writes an empty object. It looks where the protocol has objects: at the parameters
// themselves, at what a client says of itself, and at what completes an argument.
func (m *Message) mendParams() {
	if !mayHoldEmptyList(m.params) {
		return
	}
	if mended := mendObjects(m.params, objectsOfParams()); !bytes.Equal(mended, m.params) {
		m.params, m.forward = mended, nil
	}
}

func mayHoldEmptyList(raw json.RawMessage) bool {
	for {
		at := bytes.IndexByte(raw, '[')
		if at < 0 {
			return false
		}
		raw = bytes.TrimLeft(raw[at+1:], " \t\r\n")
		if len(raw) > 0 && raw[0] == ']' {
			return true
		}
	}
}

// objects names the members of an object that are objects. The name "" stands for all
// members, at any depth.
type objects map[string]objects

func objectsOfParams() objects {
	everything := objects{"": nil}
	return objects{
		"_meta": {
			"io.modelcontextprotocol/clientInfo":         nil,
			"io.modelcontextprotocol/clientCapabilities": everything,
		},
		"capabilities":  everything,
		"clientInfo":    nil,
		"context":       {"arguments": nil},
		"notifications": nil,
	}
}

// mendObjects returns value, which must be an object, with {} for each empty list in
// the place of an object.
func mendObjects(value json.RawMessage, inside objects) json.RawMessage {
	value = bytes.TrimSpace(value)
	if len(value) > 0 && value[0] == '[' && schema.IsEmpty(value) {
		return json.RawMessage("{}")
	}
	if len(inside) == 0 || !mayHoldEmptyList(value) {
		return value
	}
	members, err := schema.Members(value)
	if err != nil {
		return value
	}
	for i, member := range members {
		next, isObject := inside[member.Name]
		if _, all := inside[""]; all {
			next, isObject = inside, true
		}
		if isObject {
			members[i].Value = mendObjects(member.Value, next)
		}
	}
	return schema.Object(members)
}

// ErrorResponse is a JSON-RPC response that reports an error. Its id is the bytes that
// the client sent.
type ErrorResponse struct {
	JSONRPC string                  `json:"jsonrpc"`
	ID      json.RawMessage         `json:"id,omitempty"` // nil if it answers no message
	Error   mcp.JSONRPCErrorDetails `json:"error"`
}

// NewErrorResponse returns the error that answers what is no message.
func NewErrorResponse(code int, why string) *ErrorResponse { return failure(nil, code, why) }

func failure(id json.RawMessage, code int, why string) *ErrorResponse {
	return &ErrorResponse{JSONRPC: mcp.JSONRPC_VERSION, ID: id, Error: mcp.NewJSONRPCErrorDetails(code, why, nil)}
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
