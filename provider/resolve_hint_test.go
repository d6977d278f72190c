package provider

import (
	"sync/atomic"
	"testing"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

// A hint never ends in an empty list of models.
func TestHintsWhereNoModelIsAble(t *testing.T) {
	t.Parallel()
	chat := catalog.Model{ID: "talker", Listed: true, Available: true, Input: []string{"text"}, Output: []string{"text"}}
	known := catalog.New([]catalog.Model{chat}, nil)
	const want = "no model of the catalogue can do what this call needs"
	r := &resolver{configured: &atomic.Pointer[configured]{}}
	r.configure(nil, Defaults{})
	for name, err := range map[string]error{
		"a model that is unknown":   r.unknownModel(t.Context(), "bge", known, require(catalog.Embeddings)),
		"a model that is not able":  requireCapabilities(chat, require(catalog.Embeddings), known),
		"a model without dimension": checkDimensions(new(5), catalog.Model{ID: "e", Embedding: &catalog.Embedding{Dimensions: 7}}, known),
	} {
		if got := AsError(err).Hint; got != want && got != "leave dimensions out" {
			t.Errorf("%s: the hint is %q", name, got)
		}
	}
}
