// Package resources lets clients read the catalogue: resources, a template for single
// models, completions, the prompts that people pick from a menu, and an MCP App.
//
// [New] makes a [Set]; the server mounts what it lists. Every text is written
// from the catalogue as it is at that moment, and nothing is fetched before a
// client reads, completes or asks for a prompt.
package resources

import (
	"context"
	"slices"
	"sync/atomic"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/caller"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/resources/view"
)

// The URIs. Those of models continue with an id or alias.
const (
	scheme           = "ai-endpoints://"
	catalogURI       = scheme + "catalog"
	tableURI         = scheme + "catalog.md"
	virtualModelsURI = scheme + "virtual-models"
	usageURI         = scheme + "usage"
	modelURIPrefix   = scheme + "models/"
	modelURITemplate = modelURIPrefix + "{+id}"
)

const (
	typeJSON     = "application/json"
	typeMarkdown = "text/markdown"
)

// The tools that texts mention.
const (
	toolChat    = "chat"
	toolExtract = "structured-extract"
	toolResolve = "resolve-virtual-model"
	toolList    = "list-models"
)

// Set is what a server offers beside its tools. It is safe for concurrent use.
type Set struct {
	provider *provider.Provider
	tools    []string
	prompts  []prompt

	// latest is the catalogue that was read last. Lists have its date, because they
	// must not wait for the service.
	latest atomic.Pointer[catalog.Catalog]
}

// New makes the set that reads p's catalogue, for a server that offers the named
// tools: texts mention no other, and a prompt that needs another is left out. It
// sends no request.
func New(p *provider.Provider, tools []string) *Set {
	s := &Set{provider: p, tools: tools}
	for _, p := range []prompt{s.chooseModel(), compareModels(p.NamedModels), extractData()} {
		if p.tool == "" || slices.Contains(tools, p.tool) {
			s.prompts = append(s.prompts, p)
		}
	}
	return s
}

// offers reports whether the caller may call a tool of the server.
func (s *Set) offers(ctx context.Context, tool string) bool {
	return slices.Contains(s.tools, tool) && caller.From(ctx).MayCall(tool)
}

// ServerOptions returns the capabilities, without change notifications, and the
// completions.
func (s *Set) ServerOptions() []mcpserver.ServerOption {
	options := []mcpserver.ServerOption{
		mcpserver.WithResourceCapabilities(false, false),
		mcpserver.WithPromptCapabilities(false),
		mcpserver.WithCompletions(),
		mcpserver.WithResourceCompletionProvider(completer{s}),
		mcpserver.WithPromptCompletionProvider(completer{s}),
	}
	if s.hasApp() {
		options = append(options, mcpserver.WithExtensions(map[string]any{view.Extension: map[string]any{}}))
	}
	return options
}

// AddHooks adds hooks for what handlers cannot do: cache hints and dates.
func (s *Set) AddHooks(hooks *mcpserver.Hooks) {
	hooks.AddAfterReadResource(s.hintFreshness)
	hooks.AddAfterListPrompts(s.hidePrompts)
	hooks.AddAfterListResources(s.dateResources)
	hooks.AddAfterListResources(hideApp)
	hooks.AddAfterListResourceTemplates(s.dateTemplates)
}

// Resources returns the resources that always exist.
func (s *Set) Resources() []mcpserver.ServerResource {
	both := []mcp.Role{mcp.RoleUser, mcp.RoleAssistant}
	all := []mcpserver.ServerResource{
		s.resource(catalogJSON, mcp.NewResource(catalogURI, "catalog",
			mcp.WithResourceTitle("Model catalogue (JSON)"),
			mcp.WithResourceDescription("Every model of AI Endpoints with prices, abilities, limits and dates, as queries see them."),
			mcp.WithMIMEType(typeJSON),
			mcp.WithAnnotations([]mcp.Role{mcp.RoleAssistant}, 0.5, ""))),
		s.resource(catalogTable, mcp.NewResource(tableURI, "catalog.md",
			mcp.WithResourceTitle("Model catalogue (table)"),
			mcp.WithResourceDescription("The models that can be called now, with abilities, context, price, size and date: "+
				"one short table to choose from."),
			mcp.WithMIMEType(typeMarkdown),
			mcp.WithAnnotations(both, 0.8, ""))),
		s.resource(s.virtualModels, mcp.NewResource(virtualModelsURI, "virtual-models",
			mcp.WithResourceTitle("Virtual models"),
			mcp.WithResourceDescription("How to let a query such as llama@latest pick the model: grammar, today's tags, rankers and specs, "+
				"and what examples pick now."),
			mcp.WithMIMEType(typeMarkdown),
			mcp.WithAnnotations(both, 0.6, ""))),
		s.usageResource(),
	}
	if s.hasApp() {
		all = append(all, app())
	}
	return all
}

// Templates returns the template of single models.
func (s *Set) Templates() []mcpserver.ServerResourceTemplate {
	return []mcpserver.ServerResourceTemplate{{
		Template: mcp.NewResourceTemplate(modelURITemplate, "model",
			mcp.WithTemplateTitle("One model (JSON)"),
			mcp.WithTemplateDescription("All that the catalogue says of one model, by its id or an alias, "+
				"as in ai-endpoints://models/gpt-oss-120b."),
			mcp.WithTemplateMIMEType(typeJSON),
			mcp.WithTemplateAnnotations([]mcp.Role{mcp.RoleAssistant}, 0.4, "")),
		Handler: s.readModel,
	}}
}

// Prompts returns the prompts.
func (s *Set) Prompts() []mcpserver.ServerPrompt {
	var prompts []mcpserver.ServerPrompt
	for _, p := range s.prompts {
		prompts = append(prompts, mcpserver.ServerPrompt{Prompt: p.Prompt, Handler: s.serve(p)})
	}
	return prompts
}

func (s *Set) catalog(ctx context.Context) *catalog.Catalog {
	known := s.provider.Catalog(ctx)
	s.latest.Store(known)
	return known
}

// resource serves the text that write returns for the catalogue.
func (s *Set) resource(write func(context.Context, *catalog.Catalog) (string, error), r mcp.Resource) mcpserver.ServerResource {
	return mcpserver.ServerResource{
		Resource: r,
		Handler: func(ctx context.Context, request mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
			text, err := write(ctx, s.catalog(ctx))
			if err != nil {
				return nil, err
			}
			return textContents(request.Params.URI, r.MIMEType, text), nil
		},
	}
}

func textContents(uri, mimeType, text string) []mcp.ResourceContents {
	return []mcp.ResourceContents{mcp.TextResourceContents{URI: uri, MIMEType: mimeType, Text: text}}
}
