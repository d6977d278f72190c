package server_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
)

// Every tool that uses a model is refused before a request is sent. The text has the
// figures, and the usage resource shows the refusals.
func TestBudgetRefusesEveryTool(t *testing.T) {
	r := connect(t, setup{provider: provider.Options{MaxCost: 1e-9}})
	for tool, arguments := range map[string]string{
		"chat":               `{"prompt":"hi"}`,
		"embed":              `{"input":"hi"}`,
		"describe-image":     `{"image":"` + onePixel + `"}`,
		"structured-extract": `{"text":"hi","schema":{"type":"object"}}`,
	} {
		got := r.call(tool, arguments)
		if !got.isError || got.failure().Code != "budget_exceeded" {
			t.Errorf("%s answered %q", tool, got.texts[0])
			continue
		}
		for _, part := range []string{"0 EUR of today's budget of 0.000000001 EUR are spent", "this call may cost 0.0", "prompt tokens",
			"--max-cost", "00:00 UTC"} {
			if !strings.Contains(got.texts[0], part) {
				t.Errorf("%s: %q is not in %q", tool, part, got.texts[0])
			}
		}
	}
	var found struct{ Model string }
	r.succeed("resolve-virtual-model", `{"query":"llama@latest","verify":true}`, &found)
	if found.Model == "" {
		t.Error("the catalogue's own answer is missing")
	}
	if sent := r.posts(); len(sent) != 0 {
		t.Errorf("%d requests went out", len(sent))
	}

	var request mcp.ReadResourceRequest
	request.Params.URI = "ai-endpoints://usage"
	read, err := r.client.ReadResource(t.Context(), request)
	if err != nil {
		t.Fatal(err)
	}
	var usage struct{ Budget struct{ Refused int } }
	if err := json.Unmarshal([]byte(read.Contents[0].(mcp.TextResourceContents).Text), &usage); err != nil {
		t.Fatal(err)
	}
	if usage.Budget.Refused != 5 {
		t.Errorf("%d refused, want 5", usage.Budget.Refused)
	}
}
