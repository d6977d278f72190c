package server_test

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/emulator/example"
)

// examples are calls of the tools that succeed and that fail. A tool that is not
// here takes the arguments that its input schema describes.
var examples = map[string]struct{ good, bad []string }{
	"chat": {
		good: []string{
			`{"prompt":"hi"}`, `{"prompt":"hi","model":"openai/gpt-oss-20b"}`, `{"prompt":"hi","max_tokens":1}`,
			`{"prompt":"hi","tool_choice":"required","tools":[` + weatherTool + `]}`,
		},
		bad: []string{`{}`, `{"prompt":"hi","model":"none-such"}`, `{"prompt":"hi","model":"llama@"}`, `"text"`, `{"prompt":"hi","temperature":3}`},
	},
	"embed": {
		good: []string{`{"input":"hi"}`, `{"input":["a","b"],"query":"c"}`, `{"input":"hi","output":"base64"}`},
		bad:  []string{`{}`, `{"input":""}`, `{"input":"a","dimensions":3}`},
	},
	"describe-image": {
		good: []string{`{"image":"` + onePixel + `"}`},
		bad:  []string{`{}`, `{"image":"http://127.0.0.1/a.png"}`},
	},
	"structured-extract": {
		good: []string{`{"text":"city: Paris","schema":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"],"additionalProperties":false}}`},
		bad:  []string{`{}`, `{"text":"a","schema":{"type":"nonsense"}}`},
	},
	"resolve-virtual-model": {
		good: []string{`{"query":"llama@latest"}`, `{"query":"gpt-oss@cheapest","verify":true}`},
		bad:  []string{`{}`, `{"query":"llama@fastst"}`},
	},
	"batch": {
		good: []string{`{"prompt":"{{input}}","inputs":["a","b"]}`, `{"prompt":"{{a}}","inputs":[{"a":1}],"schema":{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}}`},
		bad:  []string{`{}`, `{"prompt":"{{input}}"}`, `{"prompt":"hi","inputs":["a"]}`, `{"prompt":"{{a}}","inputs":["a"]}`, `{"prompt":"{{input}}","inputs":["a"],"mode":"later"}`},
	},
	"transcribe": {
		good: []string{`{"audio":"` + speech + `"}`, `{"audio":"` + speech + `","timestamps":"word","diarize":true,"language":"de"}`},
		bad:  []string{`{}`, `{"audio":""}`, `{"audio":"` + onePixel + `"}`, `{"audio":"` + speech + `","language":"klingon"}`},
	},
	"list-models": {
		good: []string{`{}`, `{"kind":"speech","limit":1}`, `{"supports":["tools","vision"],"sort":"size"}`, `{"tag":"llama"}`},
		bad:  []string{`{"kind":"video"}`, `{"supports":["fly"]}`, `{"tag":"none-such"}`, `{"limit":51}`, `{"kind":"image","supports":"tools"}`},
	},
}

// badForAll are arguments that every tool refuses.
var badForAll = []string{`{"nonsense":1}`, `[1]`}

// Every call of these tests is checked against its tool's output schema, see
// checkShape; here no tool is left out.
func TestEveryResultConformsToItsToolsOutputSchema(t *testing.T) {
	r := connect(t, setup{})
	for _, tool := range r.list() {
		calls, ok := examples[tool.Name]
		if !ok {
			calls.good = []string{exampleOf(t, tool.InputSchema)}
		}
		for _, arguments := range calls.good {
			r.succeed(tool.Name, arguments, nil)
		}
		for _, arguments := range slices.Concat(calls.bad, badForAll) {
			if got := r.call(tool.Name, arguments); !got.isError || got.failure().Code == "internal" {
				t.Errorf("%s %s: %s", tool.Name, arguments, got.texts[0])
			}
		}
	}
}

func exampleOf(t *testing.T, schema json.RawMessage) string {
	t.Helper()
	value, err := example.Of(schema, "")
	if err != nil {
		t.Fatal(err)
	}
	arguments, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return string(arguments)
}
