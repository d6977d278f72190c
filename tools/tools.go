// Package tools holds the MCP tools, one file each: input, output, handler,
// helpers. A tool checks what a schema cannot say, calls the provider, and
// shapes the answer so that its text alone is complete: many clients show a
// model nothing else.
package tools

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
)

// All gives every tool, in the order in which they are listed.
func All(p *provider.Provider) []Tool {
	return []Tool{
		chat(p),
		embed(p),
		describeImage(p),
		structuredExtract(p),
		resolveVirtualModel(p),
	}
}

// Tool is an MCP tool: what a client sees of it, and the handler.
type Tool struct {
	mcp.Tool
	Use string // what it is for, in one short sentence
	// Run answers a call whose arguments satisfy the input schema. Failures are
	// results too.
	Run func(ctx context.Context, call Call) *mcp.CallToolResult
}

// Call is one call of a tool.
type Call struct {
	Arguments json.RawMessage
	Listener
}

// Listener hears of a call while it runs; nil functions are nobody.
type Listener struct {
	OnText func(text string) // each new piece of the answer's text
	OnWait func(why string)  // each wait that a person would notice
}

// output is what a handler gives back: Structured for programs, Text for a
// model. The first text is the answer itself; others are notes.
type output struct {
	structured any
	text       []string
	meta       map[string]any // for the result's _meta
}

// declare is the part of a tool that is not its handler.
type declare struct {
	name, title, use, description string
	idempotent                    bool // the same call gives the same answer
}

// wrongKind says in plain words what the decoder met inside of an argument, where
// the schema is loose.
func wrongKind(err error) error {
	var kind *json.UnmarshalTypeError
	if !errors.As(err, &kind) {
		return provider.InvalidArgument("the arguments cannot be read", "give them as the tool's schema says")
	}
	return provider.InvalidArgument(fmt.Sprintf("%s is a %s", kind.Field, kind.Value), "give it as OpenAI's API takes it")
}

// newTool makes a tool whose schemas come from In and Out.
func newTool[In, Out any](d declare, handle func(ctx context.Context, in In, heard Listener) (output, error)) Tool {
	no, yes := false, true
	tool := Tool{Use: d.use, Tool: mcp.Tool{
		Name: d.name, Title: d.title, Description: d.description,
		RawInputSchema: inputSchema[In](), RawOutputSchema: outputSchema[Out](),
		Annotations: mcp.ToolAnnotation{
			ReadOnlyHint: &yes, DestructiveHint: &no, IdempotentHint: &d.idempotent, OpenWorldHint: &yes,
		},
	}}
	tool.Run = func(ctx context.Context, call Call) *mcp.CallToolResult {
		var in In
		if err := json.Unmarshal(call.Arguments, &in); err != nil {
			return Failure(wrongKind(err))
		}
		out, err := handle(ctx, in, call.Listener)
		if err != nil {
			return Failure(err)
		}
		result := &mcp.CallToolResult{StructuredContent: out.structured}
		for _, text := range out.text {
			result.Content = append(result.Content, mcp.NewTextContent(text))
		}
		if out.meta != nil {
			result.Meta = mcp.NewMetaFromMap(out.meta)
		}
		return result
	}
	return tool
}
