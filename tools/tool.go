package tools

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/resources/view"
)

// Tool is an MCP tool: what a client sees of it, and the handler.
type Tool struct {
	mcp.Tool        // without schemas: see [Tool.WithSchemas]
	Use      string // what it is for, in one short sentence
	// Run answers a call whose arguments satisfy the input schema. Failures are
	// results too.
	Run func(ctx context.Context, call Call) Result

	schemas func() (input, output json.RawMessage)
	failed  func(resultMeta) any // the structured content of a failure; nil has no output schema
}

// WithSchemas returns the tool with its schemas. Making them from Go types takes longer than
// all else of a tool, so what needs names only does without.
func (t Tool) WithSchemas() Tool {
	if t.schemas != nil {
		t.RawInputSchema, t.RawOutputSchema = t.schemas()
	}
	return t
}

// Call is one call of a tool.
type Call struct {
	Arguments json.RawMessage
	Notes     []provider.Warning // how the arguments were read
	Events
}

// Events are the functions that are called while a tool runs. A nil function is
// not called.
type Events struct {
	OnText     func(text string)     // each new piece of the answer's text
	OnWait     func(why string)      // each wait that a person would notice
	OnProgress func(done, total int) // each part of a call that has several
}

// toolSpec is the part of a tool that is not its handler.
type toolSpec struct {
	name, title, use, description string
	search                        string // the words by which a host finds the tool among many
	maxResultSize                 int    // characters beyond which a host keeps the result in a file; 0 is the host's own
	inView                        bool   // hosts with MCP Apps show the result in the view of the catalogue
	idempotent                    bool   // the same call returns the same answer
	writes                        bool   // it may write files
}

// hints returns the keys of _meta that hosts read. Claude Code defers tools and searches
// them by such words, and shows the first 2 kB of a result that it keeps in a file.
func (s toolSpec) hints() map[string]any {
	hints := map[string]any{"anthropic/searchHint": s.search}
	if s.maxResultSize > 0 {
		hints["anthropic/maxResultSizeChars"] = s.maxResultSize
	}
	if s.inView {
		hints["ui"] = map[string]any{"resourceUri": view.URI}
		hints["ui/resourceUri"] = view.URI // for hosts from before MCP Apps was final
	}
	return hints
}

// output is what a handler returns.
type output struct {
	structured structured         // for programs; [newTool] adds the meta
	text       []string           // for a model; the first is the answer itself
	meta       provider.Meta      // of the provider's call; its warnings become the last text
	notes      []provider.Warning // of the handler, about what it was given
	link       *mcp.ResourceLink  // to what was saved; nil without
	untrusted  bool               // the answer may repeat instructions from an image
}

// structured is a tool's structured content. Every one embeds [resultMeta].
type structured interface{ set(resultMeta) }

// newTool makes a tool whose schemas come from In and Out. An error carries empty, which
// has what the output schema requires.
func newTool[In, Out any, P interface {
	*Out
	structured
}](spec toolSpec, empty Out, handle func(ctx context.Context, in In, events Events) (output, error)) Tool {
	no, yes, readOnly := false, true, !spec.writes
	tool := Tool{Use: spec.use, Tool: mcp.Tool{
		Name: spec.name, Title: spec.title, Description: spec.description,
		Annotations: mcp.ToolAnnotation{
			ReadOnlyHint: &readOnly, DestructiveHint: &no, IdempotentHint: &spec.idempotent, OpenWorldHint: &yes,
		},
		Meta: mcp.NewMetaFromMap(spec.hints()),
	}}
	tool.schemas = func() (input, output json.RawMessage) { return inputSchema[In](), outputSchema[Out]() }
	tool.failed = func(meta resultMeta) any {
		failed := empty
		P(&failed).set(meta)
		return &failed
	}
	tool.Run = func(ctx context.Context, call Call) Result {
		var in In
		if err := json.Unmarshal(call.Arguments, &in); err != nil {
			return tool.Fail(decodeError(err))
		}
		call.Arguments = nil // they may be large, and in has what they say
		out, err := handle(ctx, in, call.Events)
		if err != nil {
			return tool.Fail(err)
		}
		out.meta.Warnings = slices.Concat(call.Notes, out.notes, out.meta.Warnings)
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
