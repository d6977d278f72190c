// Command bare is the least that a chat tool on mcp-go can be: one tool, one
// streamed request, the text of its answer. The bench compares with it.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"
)

func main() {
	baseURL := flag.String("base-url", "", "OpenAI-compatible API")
	listen := flag.String("listen", "", "host:port to serve HTTP on instead of stdio")
	flag.Parse()
	if err := serve(*baseURL, *listen); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func serve(baseURL, listen string) error {
	// Go's default keeps two connections: with more callers the comparison
	// would be one of connection pools.
	transport := &http.Transport{MaxIdleConnsPerHost: 1024}
	api := openai.NewClient(option.WithBaseURL(baseURL), option.WithAPIKey("bench"), option.WithHTTPClient(&http.Client{Transport: transport}))
	s := server.NewMCPServer("bare", "1")
	s.AddTool(mcp.NewTool("chat", mcp.WithString("prompt", mcp.Required()), mcp.WithString("model", mcp.Required())), chat(api))
	if listen != "" {
		return server.NewStreamableHTTPServer(s, server.WithStateLess(true)).Start(listen)
	}
	// It logs each call that waits for one of its workers, which would be measured.
	return server.ServeStdio(s, server.WithErrorLogger(log.New(io.Discard, "", 0)))
}

func chat(api openai.Client) server.ToolHandlerFunc {
	return func(ctx context.Context, request mcp.CallToolRequest) (*mcp.CallToolResult, error) {
		stream := api.Chat.Completions.NewStreaming(ctx, openai.ChatCompletionNewParams{
			Model:         request.GetString("model", ""),
			Messages:      []openai.ChatCompletionMessageParamUnion{openai.UserMessage(request.GetString("prompt", ""))},
			StreamOptions: openai.ChatCompletionStreamOptionsParam{IncludeUsage: openai.Bool(true)},
		})
		defer stream.Close()
		var text strings.Builder
		for stream.Next() {
			for _, choice := range stream.Current().Choices {
				text.WriteString(choice.Delta.Content)
			}
		}
		if err := stream.Err(); err != nil {
			return mcp.NewToolResultError(err.Error()), nil
		}
		return mcp.NewToolResultText(text.String()), nil
	}
}
