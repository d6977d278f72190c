package server

import (
	"context"
	"encoding/json"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/resources/view"
)

// View returns the catalogue to look at as a file, with the data of now.
func (s *Server) View(ctx context.Context) ([]byte, error) {
	documents, err := s.resources.Documents(ctx)
	if err != nil {
		return nil, err
	}
	if s.sandbox {
		documents.Catalog, documents.VirtualModels = markText(documents.Catalog), markText(documents.VirtualModels)
	}
	data, err := json.Marshal(map[string]any{
		"catalog": json.RawMessage(documents.Catalog), "virtual_models": documents.VirtualModels, "usage": json.RawMessage(documents.Usage),
	})
	if err != nil {
		return nil, err
	}
	return view.WithData(data)
}
