package resources

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

// provenance says which catalogue a document was made from.
type provenance struct {
	Source    catalog.Source `json:"source"`
	FetchedAt time.Time      `json:"fetched_at"`
	Problem   string         `json:"problem,omitempty"` // why the catalogue could not be refreshed
	Currency  string         `json:"currency"`          // of prices, per million tokens or with their unit
}

func provenanceOf(known *catalog.Catalog) provenance {
	return provenance{known.Source, known.FetchedAt.UTC().Truncate(time.Second), known.Problem, "EUR"}
}

type catalogDocument struct {
	provenance
	Models []describedModel `json:"models"`
}

// describedModel is a model with what list-models says of it in the same words.
type describedModel struct {
	catalog.Model
	Kind     catalog.Group        `json:"kind"`
	Supports []catalog.Capability `json:"supports,omitempty"`
}

func described(m catalog.Model) describedModel {
	return describedModel{m, m.Group(), m.Capabilities(catalog.ListedCapabilities())}
}

// catalogJSON leaves out the descriptions, which are a third of the bytes and do not
// matter to queries. The documents of single models have them.
func catalogJSON(_ context.Context, known *catalog.Catalog) (string, error) {
	document := catalogDocument{provenanceOf(known), []describedModel{}}
	for _, m := range known.Models() {
		m.Description = ""
		document.Models = append(document.Models, described(m))
	}
	return encode(document)
}

func encode(document any) (string, error) {
	text, err := json.Marshal(document)
	if err != nil {
		return "", fmt.Errorf("writing the document as JSON: %w", err)
	}
	return string(text), nil
}

// origin says in words where the catalogue comes from and how old it is.
func origin(known *catalog.Catalog) string {
	text := fmt.Sprintf("%s, read %s (%s)", known.Source, known.FetchedAt.UTC().Format("2006-01-02 15:04 UTC"), ago(known.FetchedAt))
	if known.Problem != "" {
		text += ", could not be refreshed"
	}
	return text
}

func ago(t time.Time) string {
	switch age := time.Since(t); {
	case age < time.Minute:
		return "just now"
	case age < 2*time.Hour:
		return fmt.Sprintf("%d min ago", int(age.Minutes()))
	case age < 48*time.Hour:
		return fmt.Sprintf("%d h ago", int(age.Hours()))
	default:
		return fmt.Sprintf("%d days ago", int(age.Hours()/24))
	}
}
