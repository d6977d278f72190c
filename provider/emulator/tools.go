package emulator

import (
	"encoding/json"
	"errors"
	"slices"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator/example"
)

type tool struct {
	Type     string `json:"type"`
	Function struct {
		Name        string          `json:"name"`
		Description string          `json:"description"`
		Parameters  json.RawMessage `json:"parameters"` // a JSON Schema; absent: no arguments
	} `json:"function"`
}

// toolChoice is "auto" (also when absent), "none", "required" or a function,
// by its bare name or as {"type":"function","function":{"name":…}}.
type toolChoice struct {
	mode string // "", auto, none, required or function
	name string
}

func (c *toolChoice) UnmarshalJSON(data []byte) error {
	var word *string
	if json.Unmarshal(data, &word) == nil {
		switch {
		case word == nil:
		case slices.Contains([]string{"auto", "none", "required"}, *word):
			c.mode = *word
		default:
			c.mode, c.name = "function", *word
		}
		return nil
	}
	var named tool
	if err := json.Unmarshal(data, &named); err != nil || named.Type != "function" || named.Function.Name == "" {
		return errors.New("tool_choice: expected `auto`, `none`, `required` or a named function")
	}
	c.mode, c.name = "function", named.Function.Name
	return nil
}

// toolCalls makes the calls that the request forces, or those of tools that the user
// names if namedTools is set; nil means that the model answers with text.
func (r *chatRequest) toolCalls(m catalog.Model, namedTools bool) ([]functionCall, error) {
	chosen, err := r.chosenTools(m)
	if err != nil {
		return nil, err
	}
	argumentsOf := example.Of
	if namedTools && (r.ToolChoice.mode == "" || r.ToolChoice.mode == "auto") {
		chosen, argumentsOf = r.nextNamedTools(m), example.Arguments
	}
	var calls []functionCall
	for _, t := range chosen {
		arguments := any(map[string]any{})
		if len(t.Function.Parameters) > 0 && string(t.Function.Parameters) != "null" {
			if arguments, err = argumentsOf(t.Function.Parameters, r.userText()); err != nil {
				return nil, badRequest("parameters of the function %s: %v", t.Function.Name, err)
			}
		}
		calls = append(calls, functionCall{Name: t.Function.Name, Arguments: string(encode(arguments))})
	}
	return calls, nil
}

// chosenTools returns the tools that the request forces: of several, the first one,
// or all of them if the user's text has the word "both" or "all".
func (r *chatRequest) chosenTools(m catalog.Model) ([]tool, error) {
	switch r.ToolChoice.mode {
	case "required":
		if len(r.Tools) == 0 {
			return nil, badRequest("tool_choice `required` needs tools")
		}
		if hasWord(r.lastUserText(), "both", "all") && !callsOneAtATime(m) {
			return r.Tools, nil
		}
		return r.Tools[:1], nil
	case "function":
		for _, t := range r.Tools {
			if t.Function.Name == r.ToolChoice.name {
				return []tool{t}, nil
			}
		}
		return nil, badRequest("tool_choice names the function `%s`, which is not in tools", r.ToolChoice.name)
	}
	return nil, nil
}
