package tools

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
)

// checkMessages refuses what no model could answer, before anything is sent.
func checkMessages(messages []provider.Message) error {
	for i, m := range messages {
		at := fmt.Sprintf("messages[%d]", i)
		switch {
		case m.Role == provider.RoleTool && m.ToolCallID == "":
			return provider.InvalidArgument(at+".tool_call_id is missing", "a tool result names the id of the call that it answers")
		case m.Role != provider.RoleTool && m.ToolCallID != "":
			return provider.InvalidArgument(at+".tool_call_id belongs to role tool only, not to "+m.Role, "")
		case m.Role != provider.RoleAssistant && m.ToolCalls != nil:
			return provider.InvalidArgument(at+".tool_calls belongs to role assistant only, not to "+m.Role, "")
		case m.Content.IsBlank() && len(m.ToolCalls) == 0 && m.Role != provider.RoleTool:
			return provider.InvalidArgument(at+".content is blank", "give text, or parts of type text or image_url")
		}
		if err := checkParts(at, m); err != nil {
			return err
		}
		for j, call := range m.ToolCalls {
			if call.ID == "" || call.Function.Name == "" {
				return provider.InvalidArgument(fmt.Sprintf("%s.tool_calls[%d] lacks its id or function.name", at, j),
					`give {"id":…,"type":"function","function":{"name":…,"arguments":"{…}"}}`)
			}
		}
	}
	return nil
}

func checkParts(at string, m provider.Message) error {
	for j, part := range m.Content.Parts {
		at := fmt.Sprintf("%s.content[%d]", at, j)
		switch {
		case part.Type == "text":
		case part.Type != "image_url":
			return provider.InvalidArgument(fmt.Sprintf("%s.type is %q", at, part.Type), "text and image_url are allowed")
		case m.Role != provider.RoleUser:
			return provider.InvalidArgument(at+": images belong to role user only, not to "+m.Role, "")
		case part.ImageURL == nil:
			return provider.InvalidArgument(at+".image_url is missing", `give {"type":"image_url","image_url":{"url":"https://…"}}`)
		case part.ImageURL.URL == "":
			return provider.InvalidArgument(at+".image_url.url is missing",
				`give {"url":…} with an https URL, a data: URL, base64, or a path below an allowed folder`)
		case !slices.Contains([]string{"", "auto", "low", "high"}, part.ImageURL.Detail):
			return provider.InvalidArgument(fmt.Sprintf("%s.image_url.detail is %q", at, part.ImageURL.Detail), "use auto, low or high")
		}
	}
	return nil
}

// functionTools is the OpenAI API's "tools".
type functionTools []json.RawMessage

func (t functionTools) check() (json.RawMessage, error) {
	if len(t) == 0 {
		return nil, nil
	}
	for i := range t {
		if t.name(i) == "" {
			return nil, provider.InvalidArgument(fmt.Sprintf("tools[%d] is not a function tool", i),
				`give {"type":"function","function":{"name":…,"description":…,"parameters":{…}}}`)
		}
	}
	return json.Marshal(t)
}

func (t functionTools) name(i int) string {
	var tool struct {
		Type     string
		Function struct{ Name string }
	}
	if json.Unmarshal(t[i], &tool) != nil || tool.Type != "function" {
		return ""
	}
	return tool.Function.Name
}

// toolChoice is the OpenAI API's "tool_choice"; a function's bare name stands
// for the object that names it.
type toolChoice struct{ json.RawMessage }

func (c *toolChoice) UnmarshalJSON(data []byte) error {
	c.RawMessage = bytes.Clone(data)
	return nil
}

func (c toolChoice) check(tools functionTools) (json.RawMessage, error) {
	if c.RawMessage == nil {
		return nil, nil
	}
	var names []string
	for i := range tools {
		names = append(names, tools.name(i))
	}
	allowed := "auto, required, none or one of the functions " + strings.Join(names, ", ")
	if len(tools) == 0 {
		return nil, provider.InvalidArgument("tool_choice is given without tools", "give tools too, or leave tool_choice out")
	}
	var word string
	if json.Unmarshal(c.RawMessage, &word) == nil {
		if slices.Contains([]string{"auto", "required", "none"}, word) {
			return c.RawMessage, nil
		}
	} else {
		var named struct{ Function struct{ Name string } }
		_ = json.Unmarshal(c.RawMessage, &named)
		word = named.Function.Name
	}
	if !slices.Contains(names, word) {
		return nil, provider.InvalidArgument(fmt.Sprintf("tool_choice names %q", word), allowed)
	}
	return json.Marshal(map[string]any{"type": "function", "function": map[string]string{"name": word}})
}

// responseFormat is the OpenAI API's "response_format".
type responseFormat struct{ json.RawMessage }

func (f *responseFormat) UnmarshalJSON(data []byte) error {
	f.RawMessage = bytes.Clone(data)
	return nil
}

func (f responseFormat) check() (json.RawMessage, error) {
	if f.RawMessage == nil {
		return nil, nil
	}
	var format struct {
		Type       string
		JSONSchema struct {
			Schema map[string]any
		} `json:"json_schema"`
	}
	err := json.Unmarshal(f.RawMessage, &format)
	switch {
	case err != nil || !slices.Contains([]string{"text", "json_object", "json_schema"}, format.Type):
		return nil, provider.InvalidArgument(fmt.Sprintf("response_format.type is %q", format.Type),
			"text, json_object and json_schema are allowed")
	case format.Type == "json_schema" && format.JSONSchema.Schema == nil:
		return nil, provider.InvalidArgument("response_format.json_schema.schema is missing",
			`give {"type":"json_schema","json_schema":{"name":…,"schema":{…}}}`)
	}
	return f.RawMessage, nil
}
