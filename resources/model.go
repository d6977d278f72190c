package resources

import (
	"context"
	"fmt"
	"net/url"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

type modelDocument struct {
	describedModel
	provenance
}

// readModel serves one model. [Set.CheckURI] let only known ones through, so it fails
// only if the catalogue lost the model since.
func (s *Set) readModel(ctx context.Context, request mcp.ReadResourceRequest) ([]mcp.ResourceContents, error) {
	known := s.catalog(ctx)
	name, _ := modelName(request.Params.URI)
	model, ok := findModel(known, name)
	if !ok {
		return nil, fmt.Errorf("there is no model %q any more", excerpt(name))
	}
	text, err := encode(modelDocument{described(model), provenanceOf(known)})
	if err != nil {
		return nil, err
	}
	return textContents(request.Params.URI, typeJSON, text), nil
}

// modelName returns the id or alias that a URI of the template names. The slash of
// openai/gpt-oss-120b may come as it is or as %2F.
func modelName(uri string) (name string, ok bool) {
	escaped, ok := strings.CutPrefix(uri, modelURIPrefix)
	if name, err := url.PathUnescape(escaped); err == nil {
		return strings.TrimSpace(name), ok
	}
	return escaped, ok
}

// findModel accepts what a model parameter accepts, so also "ovhcloud/gpt-oss-120b".
func findModel(known *catalog.Catalog, name string) (catalog.Model, bool) {
	model, _, ok := known.Lookup(name)
	if !ok {
		model, _, ok = known.Lookup(strings.TrimPrefix(name, "ovhcloud/"))
	}
	return model, ok
}
