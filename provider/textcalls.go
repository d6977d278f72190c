package provider

import (
	"bytes"
	"encoding/json"
	"strings"
)

// callMarks are how models begin a tool call when they write it as text, each at the
// beginning of a line.
func callMarks() []string {
	return []string{"[TOOL_CALLS]", "<tool_call>", "<tool_calls>", "<function=", "<function_call>", "<|python_tag|>", "<|tool_call",
		"<|plugin|>", "<｜tool▁call", "<invoke name=", "<functioncall>", "functools["}
}

// hasCallAsText reports whether a text holds a tool call that the engine did not read:
// one with a mark at the beginning of a line outside code, or a text that is nothing
// else than the object of a call.
func hasCallAsText(text string) bool {
	var code codeSpans
	for at := 0; at < len(text); {
		line := text[at:]
		if end := strings.IndexByte(line, '\n'); end >= 0 {
			line = line[:end+1]
		}
		trimmed := strings.TrimLeft(line, blanks)
		for _, mark := range callMarks() {
			if strings.HasPrefix(trimmed, mark) && !code.inside(text[:at]) {
				return true
			}
		}
		at += len(line)
	}
	return isCall(text)
}

// isCall reports whether a text is the object of a call, as Llama writes it.
func isCall(text string) bool {
	if !isObject([]byte(text)) {
		return false
	}
	var call struct {
		Name       string          `json:"name"`
		Parameters json.RawMessage `json:"parameters"`
		Arguments  json.RawMessage `json:"arguments"`
	}
	return json.Unmarshal([]byte(text), &call) == nil && call.Name != "" &&
		(bytes.HasPrefix(call.Parameters, []byte("{")) || bytes.HasPrefix(call.Arguments, []byte("{")))
}

// toolNames returns the names of the tools that the model was given.
func toolNames(tools json.RawMessage) map[string]bool {
	var given []struct {
		Function struct {
			Name string `json:"name"`
		} `json:"function"`
	}
	_ = json.Unmarshal(tools, &given)
	names := make(map[string]bool, len(given))
	for _, tool := range given {
		names[tool.Function.Name] = true
	}
	return names
}
