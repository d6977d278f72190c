// Command demo starts the built binary over stdio on its emulator, calls the
// tools through a real MCP client, and prints what was asked and answered.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/client"
	"github.com/mark3labs/mcp-go/mcp"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: demo BINARY")
		os.Exit(2)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := demo(ctx, os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// scene is one call that the demo shows.
type scene struct {
	title     string
	tool      string
	arguments map[string]any
	fails     bool // the point is the error
}

func scenes() []scene {
	weather := map[string]any{"type": "function", "function": map[string]any{
		"name": "get_weather",
		"parameters": map[string]any{
			"type":       "object",
			"properties": map[string]any{"city": map[string]any{"type": "string"}, "unit": map[string]any{"enum": []string{"celsius", "fahrenheit"}}},
			"required":   []string{"city"},
		},
	}}
	return []scene{
		{"A question, with its answer streamed as progress", "chat", map[string]any{"prompt": "Why is the sky blue?"}, false},
		{"A conversation; two system messages become one, and a note says so", "chat", map[string]any{
			"system": "Be brief.",
			"messages": []map[string]any{
				{"role": "user", "content": "Name a French river."},
				{"role": "assistant", "content": "The Loire."},
				{"role": "system", "content": "Answer in French."},
				{"role": "user", "content": "Another one?"},
			},
			"model": "openai/gpt-oss-20b",
		}, false},
		{"A query for a model instead of its id", "chat", map[string]any{"prompt": "Hello!", "model": "code_chat@cheapest"}, false},
		{"A function call", "chat", map[string]any{
			"prompt": "Paris in celsius, please", "tools": []any{weather}, "tool_choice": "required",
		}, false},
		{"Texts ranked by meaning", "embed", map[string]any{
			"input": []string{"Quarterly revenue grew by 4 %", "A cat sat on the mat", "The cats are sitting on a mat"},
			"query": "where does the cat sit?",
		}, false},
		{"A mistake, and how the model can correct it", "chat", map[string]any{"prompt": "Hi", "temprature": 3, "model": "gpt-oss"}, true},
		{"A model that does not exist", "chat", map[string]any{"prompt": "Hi", "model": "Lama-3.3-70B"}, true},
	}
}

func demo(ctx context.Context, binary string) error {
	c, err := client.NewStdioMCPClient(binary, nil, "stdio", "--sandbox", "--log-level", "warn")
	if err != nil {
		return fmt.Errorf("starting %s: %w", binary, err)
	}
	defer c.Close()
	var streamed []string
	c.OnNotification(func(n mcp.JSONRPCNotification) {
		if message, ok := n.Params.AdditionalFields["message"].(string); ok {
			streamed = append(streamed, message)
		}
	})
	// The process runs already; this is what connects the notifications.
	if err := c.Start(ctx); err != nil {
		return fmt.Errorf("connecting: %w", err)
	}
	hello := mcp.InitializeRequest{}
	hello.Params.ClientInfo = mcp.Implementation{Name: "demo", Version: "1"}
	welcome, err := c.Initialize(ctx, hello)
	if err != nil {
		return fmt.Errorf("initialize: %w", err)
	}
	fmt.Printf("%s %s, protocol %s\n", welcome.ServerInfo.Name, welcome.ServerInfo.Version, welcome.ProtocolVersion)
	listed, err := c.ListTools(ctx, mcp.ListToolsRequest{})
	if err != nil {
		return fmt.Errorf("tools/list: %w", err)
	}
	for _, tool := range listed.Tools {
		fmt.Printf("  %-8s %s\n", tool.Name, tool.Description)
	}
	for i, s := range scenes() {
		streamed = nil
		fmt.Printf("\n── %d. %s\n→ %s %s\n", i+1, s.title, s.tool, compact(s.arguments))
		request := mcp.CallToolRequest{}
		request.Params.Name, request.Params.Arguments = s.tool, s.arguments
		request.Params.Meta = &mcp.Meta{ProgressToken: fmt.Sprint("scene-", i)}
		result, err := c.CallTool(ctx, request)
		if err != nil {
			return fmt.Errorf("scene %d: %w", i+1, err)
		}
		show(result, streamed)
		if result.IsError != s.fails {
			return fmt.Errorf("scene %d: isError is %v", i+1, result.IsError)
		}
	}
	return nil
}

// show prints an answer as a client would show it, and the figures beside it.
func show(result *mcp.CallToolResult, streamed []string) {
	for _, content := range result.Content {
		if text, ok := content.(mcp.TextContent); ok {
			fmt.Println("← " + strings.ReplaceAll(text.Text, "\n", "\n  "))
		}
	}
	if len(streamed) > 0 {
		fmt.Printf("  streamed as %d progress messages: %s\n", len(streamed), compact(streamed))
	}
	structured, _ := result.StructuredContent.(map[string]any)
	figures := map[string]any{}
	for _, name := range []string{"model", "resolved_by", "finish_reason", "usage", "cost", "latency_ms"} {
		if value, ok := structured[name]; ok {
			figures[name] = value
		}
	}
	if len(figures) > 0 {
		fmt.Println("  " + compact(figures))
	}
}

func compact(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		return err.Error()
	}
	return string(text)
}
