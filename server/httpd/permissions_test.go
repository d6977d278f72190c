package httpd_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/client/transport"
	"github.com/mark3labs/mcp-go/mcp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd"
)

// team is a file of callers that differ in every rule. The token of each is its name, as
// often as makes it long enough.
const team = `
callers:
  admin: {token: admin-admin-admin, shared_key: true}
  llama: {token: llama-llama-llama, shared_key: true, models: ["Meta-Llama-*", "bge-*"], tools: [chat, embed, list-models, batch]}
  reader: {token: reader-reader-reader, tools: [resolve-virtual-model, list-models]}
  owner: {token: owner-owner-owner, key_file: owner.key, models: ["gpt-oss-*"]}
  poor: {token: poor-poor-poor-poor, shared_key: true, max_cost: 0.0000001}
  month: {token: month-month-month, shared_key: true, max_cost_month: 0.0000001}
  nothing: {token: nothing-nothing-nothing, shared_key: true, models: [no-such-*]}
`

func tokenOf(name string) string {
	for line := range strings.SplitSeq(team, "\n") {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(line), name+": {token: "); ok {
			token, _, _ := strings.Cut(rest, ",")
			return strings.TrimSuffix(token, "}")
		}
	}
	return ""
}

func serveTeam(t *testing.T) *endpoint {
	t.Helper()
	folder := t.TempDir()
	for name, content := range map[string]string{"callers.yaml": team, "owner.key": "sk-owner-0123456789\n"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	callers, err := httpd.OpenCallers(filepath.Join(folder, "callers.yaml"), httpd.CallersOptions{
		Tools: []string{
			"chat", "embed", "describe-image", "structured-extract", "resolve-virtual-model", "list-models", "batch", "transcribe",
		},
		ReadKey: func(_ string, content []byte) (string, error) { return strings.TrimSpace(string(content)), nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	e := serveHTTP(t, setup{provider: provider.Options{APIKey: "sk-server-0123456789"}}, httpd.Options{Callers: callers})
	e.Record()
	return e
}

// connectAs returns a client of mcp-go with a caller's token.
func (e *endpoint) connectAs(t *testing.T, name, version string) (*client.Client, *mcp.InitializeResult) {
	t.Helper()
	over, err := transport.NewStreamableHTTP(e.url, transport.WithHTTPBasicClient(e.web),
		transport.WithHTTPHeaders(map[string]string{"Authorization": "Bearer " + tokenOf(name)}))
	if err != nil {
		t.Fatal(err)
	}
	c := client.NewClient(over, client.WithProtocolVersion(version))
	t.Cleanup(func() { _ = c.Close() })
	if err := c.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	var hello mcp.InitializeRequest
	hello.Params.ClientInfo = mcp.Implementation{Name: "test", Version: "1"}
	hello.Params.ProtocolVersion = version
	answer, err := c.Initialize(t.Context(), hello)
	if err != nil {
		t.Fatal(err)
	}
	return c, answer
}

// result is what a test looks at.
type result struct {
	Text  string
	Model string `json:"model"`
	Error struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	} `json:"error"`
}

func callTool(ctx context.Context, t *testing.T, c *client.Client, tool, arguments string) result {
	t.Helper()
	var request mcp.CallToolRequest
	request.Params.Name = tool
	request.Params.Arguments = json.RawMessage(arguments)
	answer, err := c.CallTool(ctx, request)
	if err != nil {
		t.Fatalf("%s %s: %v", tool, arguments, err)
	}
	var got result
	structured, _ := json.Marshal(answer.StructuredContent)
	if err := json.Unmarshal(structured, &got); err != nil {
		t.Fatal(err)
	}
	if text, ok := answer.Content[0].(mcp.TextContent); ok {
		got.Text = text.Text
	}
	return got
}

// Each row is a caller, a tool and a model: which model answers with which key, or which
// rule refuses.
func TestCallersToolsModelsAndBudgets(t *testing.T) {
	t.Parallel()
	e := serveTeam(t)
	const server, owner = "Bearer sk-server-0123456789", "Bearer sk-owner-0123456789"
	for _, tt := range []struct {
		caller, tool, arguments string
		model, key              string // that answers, and with what
		code, rule              string // of a refusal
	}{
		{"admin", "chat", `{"prompt": "x"}`, "gpt-oss-120b", server, "", ""},
		{"admin", "chat", `{"prompt": "x", "model": "llama@latest"}`, "Meta-Llama-3_3-70B-Instruct", server, "", ""},
		{"admin", "embed", `{"input": "x"}`, "bge-m3", server, "", ""},

		{"llama", "chat", `{"prompt": "x", "model": "meta-llama/Llama-3.3-70B-Instruct"}`, "Meta-Llama-3_3-70B-Instruct", server, "", ""},
		{"llama", "chat", `{"prompt": "x"}`, "Meta-Llama-3_3-70B-Instruct", server, "", ""},
		{"llama", "embed", `{"input": "x"}`, "bge-m3", server, "", ""},
		{"llama", "chat", `{"prompt": "x", "model": "gpt-oss-120b"}`, "", "", "not_permitted", "models: Meta-Llama-*, bge-*"},
		{"llama", "chat", `{"prompt": "x", "model": "openai/gpt-oss-120b"}`, "", "", "not_permitted", "models: Meta-Llama-*"},
		{"llama", "chat", `{"prompt": "x", "model": "gpt-oss@latest"}`, "", "", "not_permitted", "models: Meta-Llama-*"},
		{"llama", "embed", `{"input": "x", "model": "Qwen3-Embedding-8B"}`, "", "", "not_permitted", "models: Meta-Llama-*"},
		{"llama", "batch", `{"prompt": "{{input}}", "inputs": ["x"], "model": "gpt-oss-20b"}`, "", "", "not_permitted", "models: Meta-Llama-*"},
		{"llama", "structured-extract", `{"text": "x", "schema": {"type": "object"}}`, "", "", "not_permitted", "tool structured-extract (tools)"},
		{"llama", "transcribe", `{"audio": "data:,"}`, "", "", "not_permitted", "tool transcribe (tools)"},
		{"llama", "describe-image", `{}`, "", "", "not_permitted", "tool describe-image (tools)"},

		{"reader", "chat", `{"prompt": "x"}`, "", "", "not_permitted", "tool chat (tools)"},
		{"reader", "resolve-virtual-model", `{"query": "llama@latest"}`, "Meta-Llama-3_3-70B-Instruct", "", "", ""},

		{"owner", "chat", `{"prompt": "x"}`, "gpt-oss-120b", owner, "", ""},
		{"owner", "chat", `{"prompt": "x", "model": "gpt-oss@smallest"}`, "gpt-oss-20b", owner, "", ""},
		{"owner", "embed", `{"input": "x"}`, "", "", "not_permitted", "models: gpt-oss-*"},
		{"owner", "resolve-virtual-model", `{"query": "llama@latest"}`, "", "", "not_permitted", "models: gpt-oss-*"},
		{"owner", "describe-image", `{"image": "data:image/png;base64,iVBORw0KGgo="}`, "", "", "not_permitted", "models: gpt-oss-*"},

		{"poor", "chat", `{"prompt": "x"}`, "", "", "budget_exceeded", "max_cost"},
		{"poor", "embed", `{"input": "a text that costs more than there is to spend"}`, "", "", "budget_exceeded", "max_cost"},
		{"poor", "list-models", `{}`, "", "", "", ""},
		{"month", "chat", `{"prompt": "x"}`, "", "", "budget_exceeded", "max_cost_month"},
		{"nothing", "chat", `{"prompt": "x"}`, "", "", "not_permitted", "models: no-such-*"},
		{"nothing", "chat", `{"prompt": "x", "model": "gpt-oss-120b"}`, "", "", "not_permitted", "models: no-such-*"},
	} {
		t.Run(tt.caller+" "+tt.tool+" "+tt.arguments, func(t *testing.T) {
			c, _ := e.connectAs(t, tt.caller, modern)
			before := len(e.Calls(""))
			got := callTool(t.Context(), t, c, tt.tool, tt.arguments)
			if got.Error.Code != tt.code || got.Model != tt.model || !strings.Contains(got.Error.Message, tt.rule) {
				t.Errorf("got %+v", got)
			}
			if tt.rule != "" && !strings.Contains(got.Error.Message, tt.caller) {
				t.Errorf("the refusal does not say whose rule it is: %q", got.Error.Message)
			}
			for _, sent := range e.Calls("")[before:] {
				if sent.Path == "/v1/models" || strings.HasPrefix(sent.Path, "/rest/") {
					continue
				}
				if tt.key == "" || sent.Header.Get("Authorization") != tt.key {
					t.Errorf("%s went out with %q", sent.Path, sent.Header.Get("Authorization"))
				}
			}
		})
	}
}

// What a caller may not use, it does not see either.
func TestListsShowWhatACallerMayUse(t *testing.T) {
	t.Parallel()
	e := serveTeam(t)
	for _, version := range eras {
		t.Run(version, func(t *testing.T) {
			c, hello := e.connectAs(t, "llama", version)
			listed, err := c.ListTools(t.Context(), mcp.ListToolsRequest{})
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, tool := range listed.Tools {
				names = append(names, tool.Name)
			}
			if want := []string{"batch", "chat", "embed", "list-models"}; !slices.Equal(names, want) {
				t.Errorf("tools %q, want %q", names, want)
			}
			if !strings.Contains(hello.Instructions, "chat:") || strings.Contains(hello.Instructions, "transcribe:") {
				t.Errorf("instructions: %s", hello.Instructions)
			}
			if version == modern && listed.CacheScope != mcp.CacheScopePrivate {
				t.Errorf("others may share the list: %q", listed.CacheScope)
			}
			prompts, err := c.ListPrompts(t.Context(), mcp.ListPromptsRequest{})
			if err != nil || len(prompts.Prompts) != 2 || prompts.Prompts[1].Name != "compare-models" {
				t.Errorf("prompts %+v (%v)", prompts, err)
			}
			for _, uri := range []string{"catalog", "catalog.md", "virtual-models"} {
				var request mcp.ReadResourceRequest
				request.Params.URI = "ai-endpoints://" + uri
				read, err := c.ReadResource(t.Context(), request)
				if err != nil {
					t.Fatal(err)
				}
				text, _ := read.Contents[0].(mcp.TextResourceContents)
				if !strings.Contains(text.Text, "Meta-Llama-3_3-70B-Instruct") || strings.Contains(text.Text, "gpt-oss-120b") {
					t.Errorf("%s: %.300s", uri, text.Text)
				}
				if version == modern && read.CacheScope != mcp.CacheScopePrivate {
					t.Errorf("others may share %s", uri)
				}
			}
			var request mcp.ReadResourceRequest
			request.Params.URI = "ai-endpoints://models/gpt-oss-120b"
			if _, err := c.ReadResource(t.Context(), request); err == nil {
				t.Error("a model of others can be read")
			}
			var completion mcp.CompleteRequest
			completion.Params.Ref = mcp.ResourceReference{Type: "ref/resource", URI: "ai-endpoints://models/{+id}"}
			completion.Params.Argument = mcp.CompleteArgument{Name: "id", Value: ""}
			completed, err := c.Complete(t.Context(), completion)
			if err != nil || len(completed.Completion.Values) == 0 || slices.Contains(completed.Completion.Values, "gpt-oss-120b") {
				t.Errorf("completed %+v (%v)", completed, err)
			}
			if got := callTool(t.Context(), t, c, "list-models", `{}`); !strings.Contains(got.Text, "Meta-Llama-3_3-70B-Instruct") || strings.Contains(got.Text, "gpt-oss") {
				t.Errorf("listed %s", got.Text)
			}
			request.Params.URI = "ai-endpoints://usage"
			read, err := c.ReadResource(t.Context(), request)
			if err != nil {
				t.Fatal(err)
			}
			if text, _ := read.Contents[0].(mcp.TextResourceContents); !strings.Contains(text.Text, `"caller":"llama"`) ||
				strings.Contains(text.Text, `"callers"`) {
				t.Errorf("usage: %s", text.Text)
			}
			var unknown mcp.CallToolRequest
			unknown.Params.Name = "chatt"
			if _, err := c.CallTool(t.Context(), unknown); err == nil || strings.Contains(err.Error(), "transcribe") || !strings.Contains(err.Error(), "chat") {
				t.Errorf("an unknown tool: %v", err)
			}
		})
	}
}
