// Package server is the MCP server: it offers the tools and resources, checks and
// coerces arguments, reports progress, and never lets a panic or a raw error reach
// a client. It serves stdio; package httpd serves HTTP. The protocol is mcp-go's:
// comments that begin with "mcp-go:" mark what works around it.
package server

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/limit"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/virtual"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/resources"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/telemetry"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/tools"
)

// instructions tell a host's model what each of the offered tools is for and how to
// name a model. Hosts put them into every conversation, so they stay under 600 bytes.
func instructions(offered []tools.Tool) string {
	var b strings.Builder
	b.WriteString("Open-weight models hosted by OVHcloud in the EU.\n")
	for _, tool := range offered {
		fmt.Fprintf(&b, "%s: %s\n", tool.Name, tool.Use)
	}
	b.WriteString(naming)
	return b.String()
}

const naming = "model is an id (gpt-oss-120b), alias or query tag@ranker?condition: " +
	"llama@latest, text_generation@biggest?input_cost<0.5; rankers: fastest, cheapest, biggest, latest, smallest.\n" +
	"Warnings say why an answer is empty or cut."

// listTTL is how long clients may cache the list of tools, which changes only when the
// program does.
const listTTL = time.Hour

// Options configures a [Server]; zero values work.
type Options struct {
	Version string
	Tools   []string     // names of the tools to offer; empty offers all
	Logger  *slog.Logger // nil discards
	Sandbox bool         // the provider's upstream is the emulator, so every text says that no model answered

	Memory  limit.Memory       // the zero value is no limit
	Metrics *telemetry.Metrics // nil counts nothing
	Traces  *telemetry.Traces  // nil traces nothing
}

// Server serves the tools over MCP.
type Server struct {
	mcp         *mcpserver.MCPServer
	mountTools  func() // once, before the first request that needs them
	handlers    map[string]mcpserver.ToolHandlerFunc
	inHeaders   map[string]bool // tools whose arguments also stand in headers of HTTP
	resources   *resources.Set
	intercepted map[string]interceptor // by method
	sandbox     bool
	memory      limit.Memory
	log         *slog.Logger
	metrics     *telemetry.Metrics
	traces      *telemetry.Traces
}

// New returns a server of the tools that o names. The error names a tool that does not
// exist.
func New(p *provider.Provider, o Options) (*Server, error) {
	offered, err := choose(tools.All(p), o.Tools)
	if err != nil {
		return nil, err
	}
	set := resources.New(p, toolNames(offered))
	hooks := &mcpserver.Hooks{}
	set.AddHooks(hooks)
	hooks.AddAfterSubscriptionsListen(
		func(ctx context.Context, _ any, _ *mcp.SubscriptionsListenRequest, _ *mcp.SubscriptionsListenResult) {
			requestFrom(ctx).FlushOrder.waitForAck(ctx)
		})
	options := append(set.ServerOptions(),
		mcpserver.WithTitle("OVHcloud AI Endpoints"),
		// mcp-go: without this, adding a tool announces list changes, which never happen.
		mcpserver.WithToolCapabilities(false),
		mcpserver.WithCacheHints(listTTL.Milliseconds(), mcp.CacheScopePublic),
		mcpserver.WithHooks(hooks),
	)
	if o.Sandbox {
		options = append(options, sandboxOptions()...)
	}
	s := &Server{
		handlers:  map[string]mcpserver.ToolHandlerFunc{},
		inHeaders: map[string]bool{},
		resources: set,
		sandbox:   o.Sandbox,
		memory:    o.Memory,
		log:       cmp.Or(o.Logger, slog.New(slog.DiscardHandler)),
		metrics:   o.Metrics,
		traces:    o.Traces,
	}
	s.addCallerHooks(hooks, offered)
	options = append(options, mcpserver.WithInstructions(s.introduce(offered)))
	s.mcp = mcpserver.NewMCPServer("ai-endpoints-mcp", cmp.Or(o.Version, "dev"), options...)
	s.intercepted = s.interceptors()
	s.mcp.AddResources(set.Resources()...)
	s.mcp.AddResourceTemplates(set.Templates()...)
	s.mcp.AddPrompts(set.Prompts()...)
	s.mountTools = sync.OnceFunc(func() {
		for _, tool := range offered {
			s.AddTool(tool)
		}
	})
	return s, nil
}

// AddTool offers one more tool, with the middleware of the others. Clients are not
// notified, so call it before the server serves.
func (s *Server) AddTool(tool tools.Tool) {
	tool = tool.WithSchemas()
	s.handlers[tool.Name] = s.chain(tool)
	s.inHeaders[tool.Name] = bytes.Contains(tool.RawInputSchema, []byte(`"x-mcp-header"`))
	shown := tool.Tool
	shown.RawInputSchema = listed(tool.RawInputSchema)
	s.mcp.AddTool(shown, s.handlers[tool.Name])
}

// MCP returns the protocol server, for transports, which must also use
// [Server.Intercept].
func (s *Server) MCP() *mcpserver.MCPServer {
	s.mountTools()
	return s.mcp
}

// Call runs a tool in this process, as a client's call, with events in place of a progress
// token. Arguments is a JSON object. The error says that there is no such tool.
func (s *Server) Call(ctx context.Context, tool string, arguments json.RawMessage, events tools.Events) (*mcp.CallToolResult, error) {
	s.mountTools()
	handle, ok := s.handlers[tool]
	if !ok {
		return nil, unknownTool(tool, slices.Sorted(maps.Keys(s.handlers)))
	}
	var request mcp.CallToolRequest
	request.Params.Name = tool
	return handle(WithRequest(ctx, Request{Message: &Message{call: &toolCall{arguments: arguments, events: events}}}), request)
}

func unknownTool(name string, known []string) error {
	nearest := ""
	if near := virtual.Suggest(name, known); near != "" {
		nearest = "; the nearest is " + near
	}
	return fmt.Errorf("there is no tool %q%s; the tools are %s", text.Excerpt(name, 80), nearest, strings.Join(known, ", "))
}

func toolNames(all []tools.Tool) []string {
	var names []string
	for _, tool := range all {
		names = append(names, tool.Name)
	}
	return names
}

// choose returns the tools with these names, or all of them if there are no names.
func choose(all []tools.Tool, names []string) ([]tools.Tool, error) {
	if len(names) == 0 {
		return all, nil
	}
	var chosen []tools.Tool
	unknown := slices.Clone(names)
	for _, tool := range all {
		if slices.Contains(names, tool.Name) {
			chosen = append(chosen, tool)
			unknown = slices.DeleteFunc(unknown, func(name string) bool { return name == tool.Name })
		}
	}
	if len(unknown) > 0 {
		return nil, unknownTool(unknown[0], toolNames(all))
	}
	return chosen, nil
}
