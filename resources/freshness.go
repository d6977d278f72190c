package resources

import (
	"context"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"
	mcpserver "github.com/mark3labs/mcp-go/server"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/caller"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

// hintFreshness tells clients to keep what they read until the catalogue is due
// for a refresh. Caches may share it where the catalogue is the same for everyone.
// The usage is the server's and new at each call, so clients must not keep it. Earlier
// revisions of the protocol have no such hints.
func (s *Set) hintFreshness(ctx context.Context, _ any, request *mcp.ReadResourceRequest, result *mcp.ReadResourceResult) {
	switch uri := request.Params.URI; {
	case !strings.HasPrefix(uri, scheme), !mcp.IsModernProtocol(mcpserver.RequestProtocolVersion(ctx)):
	case uri == usageURI:
		result.SetCacheHints(0, mcp.CacheScopePrivate)
	default:
		result.SetCacheHints(s.remaining(s.catalog(ctx)).Milliseconds(), scopeFor(ctx))
	}
}

// scopeFor returns who may share what a caller reads: the rules of another may differ.
func scopeFor(ctx context.Context) mcp.CacheScope {
	if caller.From(ctx) != nil {
		return mcp.CacheScopePrivate
	}
	return mcp.CacheScopePublic
}

// remaining returns how long the catalogue stays fresh: 0 for the snapshot and after
// a failed refresh.
func (s *Set) remaining(known *catalog.Catalog) time.Duration {
	if known.Source == catalog.SourceSnapshot || known.Problem != "" {
		return 0
	}
	ttl := s.provider.CatalogTTL()
	return min(max(0, ttl-time.Since(known.FetchedAt)), ttl)
}

func (s *Set) dateResources(_ context.Context, _ any, _ *mcp.ListResourcesRequest, result *mcp.ListResourcesResult) {
	for i := range result.Resources {
		if r := &result.Resources[i]; strings.HasPrefix(r.URI, scheme) && r.URI != usageURI {
			r.Annotations = s.withDate(r.Annotations)
		}
	}
}

func (s *Set) dateTemplates(_ context.Context, _ any, _ *mcp.ListResourceTemplatesRequest, result *mcp.ListResourceTemplatesResult) {
	for i := range result.ResourceTemplates {
		if t := &result.ResourceTemplates[i]; t.URITemplate != nil && t.URITemplate.Raw() == modelURITemplate {
			t.Annotations = s.withDate(t.Annotations)
		}
	}
}

// withDate adds the date of the catalogue, once one was read. It copies the
// annotations, because listings share them.
func (s *Set) withDate(annotations *mcp.Annotations) *mcp.Annotations {
	known := s.latest.Load()
	if known == nil || annotations == nil {
		return annotations
	}
	dated := *annotations
	dated.LastModified = known.FetchedAt.UTC().Format(time.RFC3339)
	return &dated
}
