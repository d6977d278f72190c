package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"
)

func resources() []mcpserver.ServerResource {
	return []mcpserver.ServerResource{
		resource("test://static-text", "text/plain", mcp.TextResourceContents{
			URI: "test://static-text", MIMEType: "text/plain", Text: "This is the content of the static text resource.",
		}),
		resource("test://static-binary", "image/png", mcp.BlobResourceContents{
			URI: "test://static-binary", MIMEType: "image/png", Blob: anyImage,
		}),
	}
}

func resource(uri, kind string, contents mcp.ResourceContents) mcpserver.ServerResource {
	return mcpserver.ServerResource{
		Resource: mcp.NewResource(uri, strings.TrimPrefix(uri, "test://"),
			mcp.WithResourceDescription("A resource for tests"), mcp.WithMIMEType(kind)),
		Handler: func(context.Context, mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
			return []mcp.ResourceContents{contents}, nil
		},
	}
}

func template() mcpserver.ServerResourceTemplate {
	return mcpserver.ServerResourceTemplate{
		Template: mcp.NewResourceTemplate("test://template/{id}/data", "template",
			mcp.WithTemplateDescription("A resource that is found by its id"), mcp.WithTemplateMIMEType("application/json")),
		Handler: func(_ context.Context, r mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
			id := strings.TrimSuffix(strings.TrimPrefix(r.Params.URI, "test://template/"), "/data")
			text := fmt.Sprintf(`{"id":%q,"templateTest":true,"data":%q}`, id, "Data for ID: "+id)
			return []mcp.ResourceContents{mcp.TextResourceContents{URI: r.Params.URI, MIMEType: "application/json", Text: text}}, nil
		},
	}
}

func prompts() []mcpserver.ServerPrompt {
	return []mcpserver.ServerPrompt{
		prompt("test_simple_prompt", nil, func(map[string]string) []mcp.Content {
			return []mcp.Content{mcp.NewTextContent("This is a simple prompt for testing.")}
		}),
		prompt("test_prompt_with_arguments", []string{"arg1", "arg2"}, func(given map[string]string) []mcp.Content {
			return []mcp.Content{mcp.NewTextContent(fmt.Sprintf("Prompt with arguments: arg1='%s', arg2='%s'", given["arg1"], given["arg2"]))}
		}),
		prompt("test_prompt_with_embedded_resource", []string{"resourceUri"}, func(given map[string]string) []mcp.Content {
			return []mcp.Content{
				embedded(given["resourceUri"], "text/plain", "Embedded resource content for testing."),
				mcp.NewTextContent("Please process the embedded resource above."),
			}
		}),
		prompt("test_prompt_with_image", nil, func(map[string]string) []mcp.Content {
			return []mcp.Content{mcp.NewImageContent(anyImage, "image/png"), mcp.NewTextContent("Please analyze the image above.")}
		}),
	}
}

func prompt(name string, arguments []string, write func(given map[string]string) []mcp.Content) mcpserver.ServerPrompt {
	options := []mcp.PromptOption{mcp.WithPromptDescription("A prompt for tests")}
	for _, argument := range arguments {
		options = append(options, mcp.WithArgument(argument, mcp.ArgumentDescription("An argument for tests"), mcp.RequiredArgument()))
	}
	return mcpserver.ServerPrompt{
		Prompt: mcp.NewPrompt(name, options...),
		Handler: func(_ context.Context, r mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
			var messages []mcp.PromptMessage
			for _, content := range write(r.Params.Arguments) {
				messages = append(messages, mcp.NewPromptMessage(mcp.RoleUser, content))
			}
			return &mcp.GetPromptResult{Messages: messages}, nil
		},
	}
}
