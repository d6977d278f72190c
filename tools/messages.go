package tools

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/schema"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
)

// messages is the OpenAI API's "messages", as callers write them: SDKs dump what the
// service would refuse, and models leave out what it requires.
type messages []json.RawMessage

// read returns the messages as the service takes them, and notes about what was read
// in another way than it was written. The error names the message by its index.
func (m messages) read() ([]provider.Message, []provider.Warning, error) {
	r := conversation{taken: map[string]bool{}}
	for i, raw := range m {
		if err := r.add(fmt.Sprintf("messages[%d]", i), fieldsOf(fromText(raw))); err != nil {
			return nil, nil, err
		}
	}
	if err := r.removeBlank(); err != nil {
		return nil, nil, err
	}
	r.nameCalls()
	return r.messages, r.notes(), nil
}

// conversation is what was read of the messages.
type conversation struct {
	messages []provider.Message
	open     openCalls
	taken    map[string]bool // ids of calls
	made     int             // ids that were made for calls
	ignored  []string        // fields that held something
	adapted  []string        // places of contents that were JSON text
	trimmed  int             // blank turns that were left out
}

func (c *conversation) add(at string, given fields) error {
	var m provider.Message
	role, ok := given.get("role")
	if !ok {
		return provider.InvalidArgument(at+".role is missing", "allowed are "+strings.Join(provider.Roles(), ", "))
	}
	if m.Role = strings.ToLower(strings.TrimSpace(textOf(role))); !slices.Contains(provider.Roles(), m.Role) {
		return provider.InvalidArgument(fmt.Sprintf("%s.role is %s", at, excerpt(role)), "allowed are "+strings.Join(provider.Roles(), ", "))
	}
	var refusal string
	for _, f := range given {
		var err error
		switch f.Name {
		case "role":
		case "content":
			err = c.readContent(at+".content", f.Value, &m)
		case "name":
			m.Name = textOf(f.Value)
		case "tool_calls":
			m.ToolCalls, err = c.readCalls(at+".tool_calls", f.Value)
		case "tool_call_id":
			m.ToolCallID = textOf(f.Value)
		case "reasoning", "reasoning_content":
			c.readReasoning(f, &m)
		case "refusal":
			refusal = textOf(f.Value)
		default:
			c.ignore(f)
		}
		if err != nil {
			return err
		}
	}
	if m.Reasoning != "" {
		m.ReasoningContent = "" // some dumps have the same under both names
	}
	if m.Content.IsBlank() && refusal != "" {
		m.Content = provider.Content{Text: refusal}
	}
	if err := c.checkRole(at, &m); err != nil {
		return err
	}
	c.messages = append(c.messages, m)
	return nil
}

// readReasoning reads what the assistant thought; nobody else's goes to the model.
func (c *conversation) readReasoning(f schema.Member, m *provider.Message) {
	switch said := textOf(f.Value); {
	case said == "" || m.Role != provider.RoleAssistant:
		c.ignore(f)
	case f.Name == "reasoning":
		m.Reasoning = said
	default:
		m.ReasoningContent = said
	}
}

// maxNamed bounds how many fields a note names.
const maxNamed = 10

// ignore remembers a field that has no effect, if it holds something.
func (c *conversation) ignore(f schema.Member) {
	name := text.Cut(f.Name, maxExcerpt)
	if !schema.IsEmpty(f.Value) && !slices.Contains(c.ignored, name) && len(c.ignored) < maxNamed {
		c.ignored = append(c.ignored, name)
	}
}

// checkRole checks what belongs to one role only, and completes the id of a tool's
// result.
func (c *conversation) checkRole(at string, m *provider.Message) error {
	switch {
	case m.Role != provider.RoleTool && m.ToolCallID != "":
		return provider.InvalidArgument(at+".tool_call_id belongs to role tool only, not to "+m.Role, "leave it out")
	case m.Role != provider.RoleAssistant && m.ToolCalls != nil:
		return provider.InvalidArgument(at+".tool_calls belongs to role assistant only, not to "+m.Role, "leave them out")
	case m.Role == provider.RoleAssistant:
		c.open = nil
		for i := range m.ToolCalls {
			c.open = append(c.open, &m.ToolCalls[i])
		}
	case m.Role == provider.RoleTool:
		return c.answerCall(at, m)
	}
	return nil
}

// answerCall completes the id of a tool's result, or that of the call that it answers.
// Results without an id name their function, or stand in the order of their calls.
func (c *conversation) answerCall(at string, m *provider.Message) error {
	call := c.open.take(m.ToolCallID, m.Name)
	switch {
	case call == nil && m.ToolCallID == "":
		return provider.InvalidArgument(at+".tool_call_id is missing", "a tool result names the id of the call that it answers")
	case call == nil:
		return nil
	}
	if call.ID = cmp.Or(call.ID, m.ToolCallID); call.ID == "" {
		call.ID = c.newID()
	}
	m.ToolCallID = call.ID
	return nil
}

// openCalls are the calls of the last assistant's turn that no result answers yet.
type openCalls []*provider.ToolCall

// maxParallel bounds how many open calls a result is compared with: no agent makes more
// calls in one turn.
const maxParallel = 128

// take removes and returns the call that a result answers, or nil: by its id, else,
// where one of them lacks its id, by the function's name or in their order.
func (o *openCalls) take(id, function string) *provider.ToolCall {
	near := (*o)[:min(len(*o), maxParallel)]
	i := slices.IndexFunc(near, func(call *provider.ToolCall) bool { return call.ID == id && id != "" })
	lacksID := func(call *provider.ToolCall) bool { return call.ID == "" || id == "" }
	if i < 0 {
		i = slices.IndexFunc(near, func(call *provider.ToolCall) bool { return lacksID(call) && call.Function.Name == function })
	}
	if i < 0 {
		i = slices.IndexFunc(near, lacksID)
	}
	if i < 0 {
		return nil
	}
	call := near[i]
	copy(near[1:i+1], near[:i]) // the ones before it move up, so that removing it costs no more
	*o = (*o)[1:]
	return call
}

func (c *conversation) newID() string {
	for {
		c.made++
		if id := fmt.Sprintf("call_%d", c.made); !c.taken[id] {
			return id
		}
	}
}

// nameCalls gives an id to calls that nothing has answered.
func (c *conversation) nameCalls() {
	for _, m := range c.messages {
		for i := range m.ToolCalls {
			if call := &m.ToolCalls[i]; call.ID == "" {
				call.ID = c.newID()
			}
		}
	}
}

// removeBlank leaves out turns without anything in them, which engines refuse. The last
// turn is what the model answers, so it must not be blank.
func (c *conversation) removeBlank() error {
	kept := make([]provider.Message, 0, len(c.messages))
	for i, m := range c.messages {
		isBlank := m.Content.IsBlank() && m.ToolCalls == nil && m.Role != provider.RoleTool
		switch {
		case !isBlank:
			kept = append(kept, m)
		case m.Role == provider.RoleUser && i == len(c.messages)-1:
			return provider.InvalidArgument(fmt.Sprintf("messages[%d].content is blank", i), "give text, or parts of type text or image_url")
		default:
			c.trimmed++
		}
	}
	if len(kept) == 0 {
		return provider.InvalidArgument("messages[0].content is blank", "give text, or parts of type text or image_url")
	}
	c.messages = kept
	return nil
}

func (c *conversation) notes() []provider.Warning {
	var notes []provider.Warning
	note := func(code provider.WarningCode, format string, args ...any) {
		notes = append(notes, provider.Warning{Code: code, Message: fmt.Sprintf(format, args...)})
	}
	if c.adapted != nil {
		note(provider.WarnArgumentAdapted, "JSON text was read as parts: %s", strings.Join(c.adapted, ", "))
	}
	if c.ignored != nil {
		note(provider.WarnArgumentIgnored, "fields of messages without effect were left out: %s", strings.Join(c.ignored, ", "))
	}
	if c.trimmed > 0 {
		note(provider.WarnHistoryTrimmed, "blank turns were left out: %d", c.trimmed)
	}
	return notes
}

// readCalls reads the function calls of an assistant's turn. It completes their types.
func (c *conversation) readCalls(at string, given json.RawMessage) ([]provider.ToolCall, error) {
	if schema.IsEmpty(given) {
		return nil, nil
	}
	given = fromText(given)
	list, err := schema.Items(given)
	if given[0] == '{' {
		list, err = []json.RawMessage{given}, nil
	}
	if err != nil {
		return nil, provider.InvalidArgument(at+" is not a list", "array is allowed")
	}
	var calls []provider.ToolCall
	for i, raw := range list {
		at, given := fmt.Sprintf("%s[%d]", at, i), fieldsOf(fromText(raw))
		function := given // as LangChain and Anthropic's API write it
		if inner, ok := given.get("function"); ok {
			function = fieldsOf(fromText(inner))
		}
		call := provider.ToolCall{ID: given.text("id"), Type: "function"}
		if call.Function.Name = function.text("name"); call.Function.Name == "" {
			return nil, provider.InvalidArgument(at+".function.name is missing",
				`give {"id":…,"type":"function","function":{"name":…,"arguments":"{…}"}}`)
		}
		arguments, _ := function.first("arguments", "args", "input")
		var ok bool
		if call.Function.Arguments, ok = callArguments(arguments); !ok {
			name := text.Excerpt(call.Function.Name, maxExcerpt)
			return nil, provider.InvalidArgument(fmt.Sprintf("%s.function.arguments of %s is not a whole JSON object", at, name),
				`give JSON text, as "{\"city\":\"Paris\"}"`)
		}
		c.taken[call.ID] = true
		calls = append(calls, call)
	}
	return calls, nil
}

// callArguments returns the arguments of a call as the text of a JSON object; engines
// refuse anything else.
func callArguments(given json.RawMessage) (text string, ok bool) {
	if schema.IsEmpty(given) || strings.TrimSpace(textOf(given)) == "" && given[0] == '"' {
		return "{}", true
	}
	object := fromText(fromText(given))
	if string(object) == "null" {
		return "{}", true
	}
	if _, err := schema.Members(object); err != nil {
		return "", false
	}
	return string(object), true
}
