package resources

import (
	"context"
	"fmt"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/virtual"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/resources/view"
)

// maxSuggestions is how many names an error suggests.
const maxSuggestions = 3

// CheckURI returns why there is no resource with this URI. It returns nil if there is
// one, and for a URI that is not of this set.
func (s *Set) CheckURI(ctx context.Context, uri string) error {
	isApp := uri == view.URI && s.hasApp()
	if !isApp && !strings.HasPrefix(uri, scheme) {
		return nil
	}
	var why string
	switch name, isModel := modelName(uri); {
	case isApp && !s.offersApp(ctx):
		why = "it is for the tools " + strings.Join(appTools(), " and ") + ", which this caller may not call"
	case isApp:
	case isModel:
		if why = s.unknownModel(ctx, s.catalog(ctx), name); why != "" {
			why = s.unknownModel(ctx, s.provider.VerifiedCatalog(ctx), name)
		}
	case uri != catalogURI && uri != tableURI && uri != virtualModelsURI && uri != usageURI:
		why = fmt.Sprintf("there are %s, %s, %s, %s and %s", catalogURI, tableURI, virtualModelsURI, usageURI, modelURITemplate)
	}
	if why == "" {
		return nil
	}
	return fmt.Errorf("resource %s not found: %s", excerpt(uri), why)
}

// unknownModel returns why name is not a model's, or "".
func (s *Set) unknownModel(ctx context.Context, known *catalog.Catalog, name string) string {
	if _, ok := findModel(known, name); ok {
		return ""
	}
	switch {
	case name == "":
		return "the id of a model is missing"
	case virtual.IsQuery(name) && s.offers(ctx, toolResolve):
		return "a query is not a model id; the " + toolResolve + " tool tells which model it picks"
	case virtual.IsQuery(name):
		return "a query is not a model id"
	}
	near := nearest(name, known.Names())
	if near == "" {
		return fmt.Sprintf("no such model in the %s catalogue", known.Source)
	}
	return fmt.Sprintf("no such model in the %s catalogue; the nearest are %s", known.Source, near)
}

func nearest(name string, among []string) string {
	return strings.Join(virtual.Nearest(name, among, maxSuggestions), ", ")
}

// excerpt makes what a client sent short and safe to repeat.
func excerpt(s string) string { return text.Excerpt(s, 80) }
