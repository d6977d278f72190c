package server_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/tools"
)

// Any arguments of a model have a result, whose first text is not blank, whose
// structured content conforms, and whose code is not internal.
func FuzzArguments(f *testing.F) {
	for _, test := range slices.Concat(badModels, badPrompts, badMessages, badSettings, badFunctions, badKinds, badEmbeds, badHistories) {
		if len(test.arguments) < 1000 {
			f.Add(test.tool, test.arguments)
		}
	}
	for _, arguments := range []string{
		`{"prompt":"hi"}`, `{"messages":[{"role":"user","content":[{"type":"text","text":"hi"}]}]}`, `{"prompt":"hi","stop":"x","seed":"1"}`,
		`{"prompt":"both","tool_choice":"required","tools":[` + weatherTool + `,` + timeTool + `]}`, `null`, `{`, "\x00",
		`{"prompt":"hi","response_format":{"type":"json_schema","json_schema":{"name":"x","schema":{"type":"object"}}}}`,
		`{"messages":[{"role":"assistant","content":null,"tool_calls":[{"id":"1","function":{"name":"f","arguments":"{"}}]}]}`,
	} {
		f.Add("chat", arguments)
	}
	for _, arguments := range []string{
		`{"input":"hi"}`, `{"input":"[\"a\",\"b\"]"}`, `{"input":["a","b"],"query":"c","top_k":"1"}`, `{"input":["a"],"output":"base64"}`,
	} {
		f.Add("embed", arguments)
	}
	r := connect(f, setup{inMemory: true})
	for tool, calls := range examples {
		if _, offered := r.outputs[tool]; !offered {
			continue
		}
		for _, arguments := range slices.Concat(calls.good, calls.bad) {
			f.Add(tool, arguments)
		}
	}
	f.Fuzz(func(t *testing.T, tool, arguments string) {
		if _, offered := r.outputs[tool]; !offered || strings.Contains(strings.ToLower(arguments), "http") {
			t.Skip() // images are fetched: no fuzzing against other people's servers
		}
		answer, err := r.server.Call(t.Context(), tool, json.RawMessage(arguments), tools.Events{})
		if err != nil {
			t.Fatal(err)
		}
		got := result{TB: t, isError: answer.IsError}
		for _, block := range answer.Content {
			got.texts = append(got.texts, block.(mcp.TextContent).Text)
		}
		if got.structured, err = json.Marshal(answer.StructuredContent); err != nil {
			t.Fatal(err)
		}
		r.in(t).checkShape(tool, got)
		if got.isError && got.failure().Code == "internal" {
			t.Errorf("%s %q: %s", tool, arguments, got.texts[0])
		}
	})
}
