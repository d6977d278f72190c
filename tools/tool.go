package tools

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
)

// Tool is an MCP tool: what a client sees of it, and the handler.
type Tool struct {
	mcp.Tool
	Use string // what it is for, in one short sentence
	// Run answers a call whose arguments satisfy the input schema. Failures are
	// results too.
	Run func(ctx context.Context, call Call) Result
}

// Call is one call of a tool.
type Call struct {
	Arguments json.RawMessage
	Events
}

// Events are the functions that are called while a tool runs. A nil function is
// not called.
type Events struct {
	OnText func(text string) // each new piece of the answer's text
	OnWait func(why string)  // each wait that a person would notice
}

// toolSpec is the part of a tool that is not its handler.
type toolSpec struct {
	name, title, use, description string
	idempotent                    bool // the same call returns the same answer
}

// output is what a handler returns.
type output struct {
	structured any           // for programs
	text       []string      // for a model; the first is the answer itself
	meta       provider.Meta // of the provider's call; its warnings become the last text
	untrusted  bool          // the answer may repeat instructions from an image
}

// newTool makes a tool whose schemas come from In and Out.
func newTool[In, Out any](spec toolSpec, handle func(ctx context.Context, in In, events Events) (output, error)) Tool {
	no, yes := false, true
	tool := Tool{Use: spec.use, Tool: mcp.Tool{
		Name: spec.name, Title: spec.title, Description: spec.description,
		RawInputSchema: inputSchema[In](), RawOutputSchema: outputSchema[Out](),
		Annotations: mcp.ToolAnnotation{
			ReadOnlyHint: &yes, DestructiveHint: &no, IdempotentHint: &spec.idempotent, OpenWorldHint: &yes,
		},
	}}
	tool.Run = func(ctx context.Context, call Call) Result {
		var in In
		if err := json.Unmarshal(call.Arguments, &in); err != nil {
			return ErrorResult(decodeError(err))
		}
		out, err := handle(ctx, in, call.Events)
		if err != nil {
			return ErrorResult(err)
		}
		return out.result()
	}
	return tool
}

// decodeError names the value of the wrong type that the decoder met where the
// schema is loose.
func decodeError(err error) error {
	wrong, ok := errors.AsType[*json.UnmarshalTypeError](err)
	if !ok {
		return provider.InvalidArgument("the arguments cannot be read", "give them as the tool's schema says")
	}
	return provider.InvalidArgument(fmt.Sprintf("%s is a %s", wrong.Field, wrong.Value), "give it as OpenAI's API takes it")
}
