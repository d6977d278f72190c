package main

import (
	"context"
	"encoding/json"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/tools"
)

const (
	anyImage = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=="
	anySound = "UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA="

	noArguments = `{"type":"object","properties":{}}`

	// dialectSchema is word for word that of the scenario json-schema-2020-12.
	dialectSchema = `{
		"$schema": "https://json-schema.org/draft/2020-12/schema",
		"type": "object",
		"$defs": {"address": {"$anchor": "addressDef", "type": "object",
			"properties": {"street": {"type": "string"}, "city": {"type": "string"}}}},
		"properties": {
			"name": {"type": "string"},
			"address": {"$ref": "#/$defs/address"},
			"contactMethod": {"type": "string", "enum": ["phone", "email"]},
			"phone": {"type": "string"},
			"email": {"type": "string"}
		},
		"allOf": [{"anyOf": [{"required": ["phone"]}, {"required": ["email"]}]}],
		"if": {"properties": {"contactMethod": {"const": "phone"}}, "required": ["contactMethod"]},
		"then": {"required": ["phone"]},
		"else": {"required": ["email"]},
		"additionalProperties": false
	}`

	headerSchema = `{"type": "object", "properties": {"region": {"type": "string", "x-mcp-header": "Region"}}, "required": ["region"]}`
)

// fixtureTools are the tools that need nothing but what every tool has.
func fixtureTools() []tools.Tool {
	image := mcp.NewImageContent(anyImage, "image/png")
	return []tools.Tool{
		answering("test_simple_text", "Answers with text", mcp.NewTextContent("This is a simple text response for testing.")),
		answering("test_image_content", "Answers with an image", image),
		answering("test_audio_content", "Answers with a sound", mcp.NewAudioContent(anySound, "audio/wav")),
		answering("test_embedded_resource", "Answers with a resource",
			embedded("test://embedded-resource", "text/plain", "This is an embedded resource content.")),
		answering("test_multiple_content_types", "Answers with text, an image and a resource",
			mcp.NewTextContent("Multiple content types test:"), image,
			embedded("test://mixed-content-resource", "application/json", `{"test":"data","value":123}`)),
		answering("test_logging_tool", "Answers without a log message", mcp.NewTextContent("nothing was logged")),
		withSchema(answering("json_schema_2020_12_tool", "Tool with JSON Schema 2020-12 features", mcp.NewTextContent("ok")), dialectSchema),
		withSchema(answering("test_custom_header", "Takes an argument that headers repeat", mcp.NewTextContent("ok")), headerSchema),
		newTool("test_error_handling", "Always fails", func(context.Context, tools.Call) tools.Result {
			return tools.Result{CallToolResult: mcp.NewToolResultError("This tool intentionally returns an error for testing")}
		}),
		newTool("test_tool_with_progress", "Reports progress, the last of it right before the result", reportProgress),
	}
}

// reportProgress ends right after its last report, which is what a server loses
// first.
func reportProgress(ctx context.Context, call tools.Call) tools.Result {
	for i, done := range []string{"0 of 100", "50 of 100", "100 of 100"} {
		if i > 0 {
			select {
			case <-time.After(50 * time.Millisecond):
			case <-ctx.Done():
				return new(tools.Tool).Fail(ctx.Err())
			}
		}
		if call.OnWait != nil {
			call.OnWait(done)
		}
	}
	return tools.Result{CallToolResult: mcp.NewToolResultText("progress was reported")}
}

func newTool(name, description string, run func(context.Context, tools.Call) tools.Result) tools.Tool {
	return tools.Tool{
		Tool: mcp.Tool{Name: name, Description: description, RawInputSchema: json.RawMessage(noArguments)},
		Run:  run,
	}
}

func answering(name, description string, content ...mcp.Content) tools.Tool {
	return newTool(name, description, func(context.Context, tools.Call) tools.Result {
		return tools.Result{CallToolResult: &mcp.CallToolResult{Content: content}}
	})
}

func withSchema(tool tools.Tool, schema string) tools.Tool {
	tool.RawInputSchema = json.RawMessage(schema)
	return tool
}

func embedded(uri, kind, text string) mcp.EmbeddedResource {
	return mcp.NewEmbeddedResource(mcp.TextResourceContents{URI: uri, MIMEType: kind, Text: text})
}
