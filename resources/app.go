package resources

import (
	"context"
	"slices"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/resources/view"
)

// appTools are the tools whose results the MCP App shows.
func appTools() []string { return []string{toolList, toolResolve} }

// hasApp reports whether the server has one of the tools that the app is for.
func (s *Set) hasApp() bool {
	return slices.ContainsFunc(appTools(), func(tool string) bool { return slices.Contains(s.tools, tool) })
}

// offersApp reports whether the caller may call one of the tools that the app is for.
func (s *Set) offersApp(ctx context.Context) bool {
	return slices.ContainsFunc(appTools(), func(tool string) bool { return s.offers(ctx, tool) })
}

// app returns the MCP App: the view without data, which it gets from its host.
func app() mcpserver.ServerResource {
	none := []string{}
	meta := map[string]any{"ui": map[string]any{
		"csp":           map[string]any{"connectDomains": none, "resourceDomains": none},
		"permissions":   map[string]any{"clipboardWrite": map[string]any{}}, // its buttons copy
		"prefersBorder": true,
	}}
	return mcpserver.ServerResource{
		Resource: mcp.NewResource(view.URI, "catalog-app", mcp.WithResourceTitle("Model catalogue (app)"), mcp.WithMIMEType(view.MIMEType)),
		Handler: func(context.Context, mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
			return []mcp.ResourceContents{mcp.TextResourceContents{
				URI: view.URI, MIMEType: view.MIMEType, Text: string(view.HTML()), Meta: meta,
			}}, nil
		},
	}
}

// hideApp leaves the app out of the list, as MCP Apps allows: its hosts find it by the
// tools, and others have no use for it.
func hideApp(_ context.Context, _ any, _ *mcp.ListResourcesRequest, result *mcp.ListResourcesResult) {
	result.Resources = slices.DeleteFunc(result.Resources, func(r mcp.Resource) bool { return r.URI == view.URI })
}

// Documents are what the view shows without a server: what clients read at the URIs.
type Documents struct {
	Catalog       string // JSON
	VirtualModels string // Markdown
	Usage         string // JSON; null where nothing was used and there is no budget
}

// Documents returns the documents for the caller of the context.
func (s *Set) Documents(ctx context.Context) (d Documents, err error) {
	known := s.catalog(ctx)
	if d.Catalog, err = catalogJSON(ctx, known); err != nil {
		return d, err
	}
	if d.VirtualModels, err = s.virtualModels(ctx, known); err != nil {
		return d, err
	}
	usage := new(s.usage(ctx))
	if usage.Total.Attempts == 0 && usage.Budget == nil && usage.BudgetMonth == nil {
		usage = nil
	}
	d.Usage, err = encode(usage)
	return d, err
}
