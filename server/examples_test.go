package server_test

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/virtual"
)

// shownQuery finds a query in a text, but not the form tag@ranker alone.
var shownQuery = regexp.MustCompile(`[\w-]+@(?:fastest|cheapest|biggest|latest|smallest)` +
	`(?:\?\w+ ?[<>=]+ ?\d+(?:\.\d+)?k?(?:&\w+[<>=]+\d+(?:\.\d+)?k?)*)?`)

// A model that copies an example must not run into no_match.
func TestEveryExampleThatIsShownMatchesAModel(t *testing.T) {
	r := connect(t, setup{})
	var texts strings.Builder
	texts.Write(r.rawList())
	for _, method := range []func() (any, error){
		func() (any, error) { return r.client.ListPrompts(t.Context(), mcp.ListPromptsRequest{}) },
		func() (any, error) { return r.client.ListResources(t.Context(), mcp.ListResourcesRequest{}) },
		func() (any, error) {
			return r.client.GetPrompt(t.Context(),
				mcp.GetPromptRequest{Params: mcp.GetPromptParams{Name: "choose-model", Arguments: map[string]string{"task": "to test"}}})
		},
		func() (any, error) {
			return r.client.ReadResource(t.Context(), mcp.ReadResourceRequest{Params: mcp.ReadResourceParams{URI: "ai-endpoints://virtual-models"}})
		},
		func() (any, error) {
			return r.client.ReadResource(t.Context(), mcp.ReadResourceRequest{Params: mcp.ReadResourceParams{URI: "ai-endpoints://catalog.md"}})
		},
	} {
		shown, err := method()
		if err != nil {
			t.Fatal(err)
		}
		raw, err := json.Marshal(shown)
		if err != nil {
			t.Fatal(err)
		}
		texts.Write(raw)
	}
	texts.WriteString(r.instructions())
	for _, query := range []string{"", "llama", "@latest", "llama@"} { // whose errors suggest queries
		texts.WriteString(r.call("resolve-virtual-model", fmt.Sprintf(`{"query":%q}`, query)).texts[0] + "\n")
	}
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	texts.Write(readme)
	module := "github.com/ai-endpoints-mcp/ai-endpoints-mcp@latest" // not a query
	plain := strings.NewReplacer(module, "",
		`\u003c`, "<", `\u003e`, ">", `\u0026`, "&", `\\u003c`, "<", `\\u003e`, ">").Replace(texts.String())

	queries := shownQuery.FindAllString(plain, -1)
	if len(queries) < 15 {
		t.Fatalf("only %d queries were found: %v", len(queries), queries)
	}
	for _, text := range queries {
		query, err := virtual.Parse(text)
		if err == nil {
			_, err = virtual.Resolve(catalog.Snapshot().Models(), query, nil)
		}
		if err != nil {
			t.Errorf("the example %s: %v", text, err)
		}
	}
}

func TestInstructionsNameOnlyToolsThatAreOffered(t *testing.T) {
	got := connect(t, setup{tools: []string{"embed"}}).instructions()
	if !strings.Contains(got,
		"\nembed: ") || regexp.MustCompile(`(?m)^(chat|describe-image|structured-extract|resolve-virtual-model)\b`).MatchString(got) {
		t.Errorf("the instructions are %q", got)
	}
}
