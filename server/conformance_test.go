package server_test

import "testing"

// examples are calls of each tool that succeed and that fail. Every call of
// these tests is checked against its tool's output schema, see checkShape; here
// no tool is left out.
var examples = map[string]struct{ good, bad []string }{
	"chat": {
		good: []string{
			`{"prompt":"hi"}`, `{"prompt":"hi","model":"openai/gpt-oss-20b"}`, `{"prompt":"hi","max_tokens":1}`,
			`{"prompt":"hi","tool_choice":"required","tools":[` + weatherTool + `]}`,
		},
		bad: []string{`{}`, `{"prompt":"hi","model":"none-such"}`, `{"prompt":"hi","model":"llama@"}`, `{"nonsense":1}`, `[]`, `"text"`, `{"prompt":"hi","temperature":3}`},
	},
	"embed": {
		good: []string{`{"input":"hi"}`, `{"input":["a","b"],"query":"c"}`, `{"input":"hi","output":"base64"}`},
		bad:  []string{`{}`, `{"input":""}`, `{"input":"a","dimensions":3}`, `{"nonsense":1}`, `[]`},
	},
	"describe-image": {
		good: []string{`{"image":"` + onePixel + `"}`},
		bad:  []string{`{}`, `{"image":"http://127.0.0.1/a.png"}`, `{"nonsense":1}`, `[]`},
	},
	"structured-extract": {
		good: []string{`{"text":"city: Paris","schema":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"],"additionalProperties":false}}`},
		bad:  []string{`{}`, `{"text":"a","schema":{"type":"nonsense"}}`, `{"nonsense":1}`, `[]`},
	},
	"resolve-virtual-model": {
		good: []string{`{"query":"llama@latest"}`, `{"query":"gpt-oss@cheapest","verify":true}`},
		bad:  []string{`{}`, `{"query":"llama@fastst"}`, `{"nonsense":1}`, `[]`},
	},
}

func TestEveryResultConformsToItsToolsOutputSchema(t *testing.T) {
	r := connect(t, setup{})
	for _, tool := range r.list() {
		calls, ok := examples[tool.Name]
		if !ok {
			t.Errorf("%s has no examples here", tool.Name)
		}
		for _, arguments := range calls.good {
			r.succeed(tool.Name, arguments, nil)
		}
		for _, arguments := range calls.bad {
			if got := r.call(tool.Name, arguments); got.failure().Code == "internal" {
				t.Errorf("%s %s: %s", tool.Name, arguments, got.texts[0])
			}
		}
	}
}
