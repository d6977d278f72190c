package server

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/resources/view"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/tools"
)

// SandboxNote stands in every text of a sandbox, so that nobody takes what the emulator
// makes up for the answer of a model.
const SandboxNote = "Sandbox: answers come from the built-in emulator, no model is called."

// marked marks both halves of a result.
func (s *Server) marked(next clientHandler) clientHandler {
	if !s.sandbox {
		return next
	}
	return func(ctx context.Context, request mcp.CallToolRequest) tools.Result {
		result := next(ctx, request)
		result.Mark(SandboxNote)
		return result
	}
}

// sandboxOptions mark the resources and prompts.
func sandboxOptions() []mcpserver.ServerOption {
	return []mcpserver.ServerOption{
		mcpserver.WithResourceHandlerMiddleware(markResource),
		mcpserver.WithPromptHandlerMiddleware(markPrompt),
	}
}

func markResource(next mcpserver.ResourceHandlerFunc) mcpserver.ResourceHandlerFunc {
	return func(ctx context.Context, request mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
		contents, err := next(ctx, request)
		for i := range contents {
			if text, ok := contents[i].(mcp.TextResourceContents); ok && text.MIMEType != view.MIMEType { // which holds no answers
				text.Text = markText(text.Text)
				contents[i] = text
			}
		}
		return contents, err
	}
}

// markText adds the note to a text, as a field if it is a JSON object.
func markText(text string) string {
	if rest, isObject := strings.CutPrefix(text, "{"); isObject && json.Valid([]byte(text)) {
		return `{"sandbox":"` + SandboxNote + `",` + rest
	}
	return strings.TrimRight(text, "\n") + "\n\n" + SandboxNote + "\n"
}

func markPrompt(next mcpserver.PromptHandlerFunc) mcpserver.PromptHandlerFunc {
	return func(ctx context.Context, request mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
		result, err := next(ctx, request)
		if err != nil {
			return nil, err
		}
		for i := range result.Messages {
			if text, ok := result.Messages[i].Content.(mcp.TextContent); ok {
				text.Text = markText(text.Text)
				result.Messages[i].Content = text
			}
		}
		return result, nil
	}
}
