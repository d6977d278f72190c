package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// call is one request of a client.
type call struct {
	kind        string // in the report
	method      string
	params      map[string]any
	token       string        // progress token; "" asks for no progress
	cancelAfter time.Duration // cancel, or disconnect; 0 never does
	wantError   bool          // a protocol error is the right answer
}

const (
	pixel  = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
	schema = `{"type":"object","properties":{"count":{"type":"integer"},"thing":{"type":"string"}},"required":["count"]}`
	tone   = "data:audio/wav;base64,UklGRjgAAABXQVZFZm10IBAAAAABAAEAQB8AAEAfAAABAAgAZGF0YRQAAACAoMDg8PDgwKCAYEAgEBAgQGA="
	tool   = `{"type":"function","function":{"name":"get_weather","parameters":{"type":"object","properties":{"city":{"type":"string"}}}}}`
)

// toolCalls returns the arguments to draw from, by tool.
func toolCalls(name string) []string {
	switch name {
	case "chat":
		return []string{
			`{"prompt":"Why is the sky blue?"}`, `{"prompt":"hi","model":"gpt-oss-20b","reasoning_effort":"low"}`,
			`{"prompt":"Paris","tools":[` + tool + `],"tool_choice":"required"}`, `{"prompt":"hi","model":"llama@latest","max_tokens":9}`,
			`{"messages":[{"role":"system","content":"a"},{"role":"user","content":"b"},{"role":"system","content":"c"}],"model":"fleet"}`,
		}
	case "embed":
		return []string{`{"input":"a text"}`, `{"input":["a","b","c"],"query":"b"}`, `{"input":` + many(60) + `,"output":"base64"}`}
	case "describe-image":
		return []string{`{"image":"` + pixel + `"}`, `{"images":["` + pixel + `","` + pixel + `"],"prompt":"What differs?"}`}
	case "structured-extract":
		return []string{`{"text":"12 chairs","schema":` + schema + `}`, `{"images":["` + pixel + `"],"schema":` + schema + `}`}
	case "resolve-virtual-model":
		return []string{`{"query":"llama@biggest"}`, `{"query":"code_chat@cheapest?context_size>32k","verify":true}`}
	case "transcribe":
		return []string{`{"audio":"` + tone + `"}`, `{"audio":"` + tone + `","timestamps":"word","diarize":true,"language":"German"}`}
	case "list-models":
		return []string{`{}`, `{"kind":"chat","supports":["tools"],"sort":"date"}`, `{"kind":"speech","limit":50}`}
	case "batch":
		return []string{
			`{"prompt":"Say {{input}}","inputs":` + many(20) + `}`,
			`{"prompt":"{{a}}","inputs":[{"a":1},{"a":2}],"schema":` + schema + `}`,
		}
	default: // bad arguments
		return []string{
			`{"prompt":7}`, `{}`, `{"prompt":"hi","temprature":1}`,
			`{"prompt":"hi","model":"no-such-model"}`, `{"prompt":"hi","model":"llama@fastst"}`,
		}
	}
}

func many(n int) string {
	texts, _ := json.Marshal(strings.Fields(strings.Repeat("word ", n)))
	return string(texts)
}

// draw returns a caller's next call. The id is part of its progress token.
func draw(random *rand.Rand, id string) call {
	c := call{method: "tools/call"}
	switch kind := random.IntN(100); {
	case kind < 2:
		return call{kind: "tools/list", method: "tools/list", params: map[string]any{}}
	case kind < 8:
		uris := []string{"catalog", "catalog.md", "virtual-models", "models/gpt-oss-20b", "models/none"}
		uri := uris[random.IntN(len(uris))]
		params := map[string]any{"uri": "ai-endpoints://" + uri}
		return call{kind: "resource", method: "resources/read", params: params, wantError: uri == "models/none"}
	case kind < 10:
		return call{kind: "unknown tool", method: c.method, params: map[string]any{"name": "no-such-tool"}, wantError: true}
	default:
		kinds := []string{"chat", "chat", "chat", "embed", "describe-image", "structured-extract", "resolve-virtual-model", "list-models",
			"batch", "transcribe", "bad arguments"}
		c.kind = kinds[kind%len(kinds)]
	}
	name, drawn := c.kind, toolCalls(c.kind)
	if c.kind == "bad arguments" {
		name = "chat"
	}
	c.params = map[string]any{"name": name, "arguments": json.RawMessage(drawn[random.IntN(len(drawn))])}
	if random.IntN(2) == 0 {
		c.token = "token-" + id
		c.params["_meta"] = map[string]any{"progressToken": c.token}
	}
	if random.IntN(10) == 0 {
		c.cancelAfter = time.Duration(1+random.IntN(300)) * time.Millisecond
	}
	return c
}

// message returns the call as JSON-RPC.
func (c call) message(id int64) []byte {
	text, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": id, "method": c.method, "params": c.params})
	if err != nil {
		panic(fmt.Sprintf("a call cannot be encoded: %v", err)) // they are constants of this file
	}
	return text
}

// incoming is a message from a server.
type incoming struct {
	ID     *int64          `json:"id"`
	Method string          `json:"method"`
	Result json.RawMessage `json:"result"`
	Error  *struct {
		Code int `json:"code"`
	} `json:"error"`
	Params struct {
		ProgressToken string `json:"progressToken"`
	} `json:"params"`
}

// code returns how the report counts an answer, and what is wrong with it, if
// anything.
func (m incoming) code(c call) (code, problem string) {
	if m.Error != nil {
		code = fmt.Sprint("protocol ", m.Error.Code)
		if !c.wantError {
			problem = "a protocol error answers " + c.kind
		}
		return code, problem
	}
	var result struct {
		IsError           bool `json:"isError"`
		Content           []struct{ Text string }
		StructuredContent struct {
			Error    struct{ Code, Message string }
			Warnings []struct{ Code string }
		}
	}
	if err := json.Unmarshal(m.Result, &result); err != nil {
		return "unreadable", "a result cannot be read: " + err.Error()
	}
	if c.method != "tools/call" {
		return "ok", ""
	}
	if len(result.Content) == 0 || strings.TrimSpace(result.Content[0].Text) == "" {
		problem = "the first text is blank"
	}
	if result.IsError {
		if result.StructuredContent.Error.Code == "internal" {
			problem = "internal: " + result.StructuredContent.Error.Message
		}
		return result.StructuredContent.Error.Code, problem
	}
	for _, warning := range result.StructuredContent.Warnings {
		switch warning.Code {
		case "stream_interrupted", "empty_response", "model_fallback", "deadline":
			return "ok +" + warning.Code, problem
		}
	}
	return "ok", problem
}
