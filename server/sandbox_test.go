package server_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/resources/view"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server"
)

// Nobody should take what the emulator makes up for the answer of a model, whichever
// half of it a host shows.
func TestEveryTextOfASandboxSaysSo(t *testing.T) {
	r := connect(t, setup{sandbox: true})
	bad := map[string]string{"chat": `{}`, "embed": `{"input":[]}`, "describe-image": `{"image":"x"}`, "structured-extract": `{}`,
		"resolve-virtual-model": `{"query":"x"}`, "list-models": `{"tag":"none-such"}`, "batch": `{}`,
		"transcribe": `{"audio":"none.wav"}`}
	for _, tool := range r.list() {
		for _, arguments := range []string{needed[tool.Name], bad[tool.Name]} {
			got := r.call(tool.Name, arguments)
			var structured struct{ Sandbox string }
			got.decode(&structured)
			if structured.Sandbox != server.SandboxNote || !slices.Contains(got.texts, server.SandboxNote) {
				t.Errorf("%s %s: the texts are %q, the structured content %.200s", tool.Name, arguments, got.texts, got.structured)
			}
		}
	}
	if !strings.Contains(r.instructions(), server.SandboxNote) {
		t.Errorf("the instructions are %q", r.instructions())
	}
	for _, uri := range []string{"catalog", "catalog.md", "virtual-models", "usage", "models/gpt-oss-120b"} {
		var request mcp.ReadResourceRequest
		request.Params.URI = "ai-endpoints://" + uri
		read, err := r.client.ReadResource(t.Context(), request)
		if err != nil {
			t.Fatal(err)
		}
		text := read.Contents[0].(mcp.TextResourceContents)
		if !strings.Contains(text.Text, server.SandboxNote) || text.MIMEType == "application/json" && !json.Valid([]byte(text.Text)) {
			t.Errorf("%s is %.200s", uri, text.Text)
		}
	}
	var app mcp.ReadResourceRequest
	app.Params.URI = view.URI
	read, err := r.client.ReadResource(t.Context(), app)
	if err != nil {
		t.Fatal(err)
	}
	if text := read.Contents[0].(mcp.TextResourceContents).Text; text != string(view.HTML()) {
		t.Errorf("the app is changed: it ends with %q", text[max(0, len(text)-100):])
	}
	var prompt mcp.GetPromptRequest
	prompt.Params.Name, prompt.Params.Arguments = "choose-model", map[string]string{"task": "x"}
	got, err := r.client.GetPrompt(t.Context(), prompt)
	if err != nil {
		t.Fatal(err)
	}
	if text := got.Messages[0].Content.(mcp.TextContent).Text; !strings.Contains(text, server.SandboxNote) {
		t.Errorf("the prompt is %.200s", text)
	}
}

func TestOutsideOfASandboxNothingSaysSo(t *testing.T) {
	r := connect(t, setup{})
	for tool, arguments := range needed {
		if got := r.succeed(tool, arguments, nil); strings.Contains(string(got.structured)+strings.Join(got.texts, ""), "andbox") {
			t.Errorf("%s: %q, %.200s", tool, got.texts, got.structured)
		}
	}
}
