package resources

import (
	"context"
	"fmt"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/virtual"
)

// maxSuggestions is how many names an error suggests.
const maxSuggestions = 3

// refuseUnknownResource makes reading an unknown resource fail as each protocol
// era requires.
//
// mcp-go: an error of a handler is always -32603, and only a URI that nothing
// matches gets -32602 or -32002. So the URI is changed into one, which says why,
// because mcp-go repeats it in the message.
func (s *Set) refuseUnknownResource(ctx context.Context, _ any, request *mcp.ReadResourceRequest) {
	uri := request.Params.URI
	if !strings.HasPrefix(uri, scheme) {
		return
	}
	var why string
	switch name, isModel := modelName(uri); {
	case isModel:
		if why = s.unknownModel(s.catalog(ctx), name); why != "" {
			why = s.unknownModel(s.provider.VerifiedCatalog(ctx), name)
		}
	case uri != catalogURI && uri != tableURI && uri != virtualModelsURI && uri != usageURI:
		why = fmt.Sprintf("there are %s, %s, %s, %s and %s", catalogURI, tableURI, virtualModelsURI, usageURI, modelURITemplate)
	}
	if why != "" {
		// The space keeps the URI from matching the template.
		request.Params.URI = fmt.Sprintf("%s (%s)", excerpt(uri), why)
	}
}

// unknownModel returns why name is not a model's, or "".
func (s *Set) unknownModel(known *catalog.Catalog, name string) string {
	if _, ok := findModel(known, name); ok {
		return ""
	}
	switch {
	case name == "":
		return "the id of a model is missing"
	case virtual.IsQuery(name) && s.offers(toolResolve):
		return "a query is not a model id; the " + toolResolve + " tool tells which model it picks"
	case virtual.IsQuery(name):
		return "a query is not a model id"
	}
	return fmt.Sprintf("no such model in the %s catalogue; the nearest are %s", known.Source, nearest(name, known.Names()))
}

func nearest(name string, among []string) string {
	return strings.Join(virtual.Nearest(name, among, maxSuggestions), ", ")
}

// excerpt makes what a client sent short and safe to repeat.
func excerpt(s string) string { return text.Excerpt(s, 80) }
