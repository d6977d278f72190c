package resources

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/virtual"
)

// grammar is in Markdown, so that a model can read it and a person too.
const grammar = "# Virtual models\n\n" +
	"Where a tool takes a model, a query may stand for it; the best match of the moment answers.\n\n" +
	"```\n" +
	"query     = tag \"@\" ranker [ \"?\" condition { \"&\" condition } ]\n" +
	"condition = spec op value\n" +
	"```\n\n" +
	"Case does not matter, and blanks may stand around @ ? & and the op. The service documents the ops < > = and one condition; " +
	">= and <=, several conditions and numbers such as 128k are extensions, which are resolved here. " +
	"A model without the figure that a ranker or condition needs is left out. Ties go to the newer endpoint, then to the cheaper model.\n"

// virtualModels writes the guide to queries with what they mean now.
func (s *Set) virtualModels(ctx context.Context, known *catalog.Catalog) (string, error) {
	var b strings.Builder
	b.WriteString(grammar)
	if s.offers(ctx, toolResolve) {
		b.WriteString("The " + toolResolve + " tool explains any query.\n")
	}
	fmt.Fprintf(&b, "\nCatalogue: %s.\n", origin(known))
	var models []catalog.Model
	for _, m := range known.Models() {
		if m.AnswersChats() {
			models = append(models, m)
		}
	}
	writeTags(&b, models)
	writeRankers(&b)
	writeSpecs(&b, models)
	writeExamples(&b, known)
	return b.String(), nil
}

func writeTags(b *strings.Builder, models []catalog.Model) {
	fmt.Fprintf(b, "\n## Tags\n\nWith how many of the %d chat models have each:\n\n", len(models))
	kinds := []struct {
		name string
		tags func(catalog.Model) []string
	}{
		{"Series", func(m catalog.Model) []string { return []string{m.Series} }},
		{"Publisher", func(m catalog.Model) []string { return []string{m.Publisher} }},
		{"Use case", func(m catalog.Model) []string { return m.Tags }},
	}
	for _, kind := range kinds {
		var tags []string
		for _, tag := range virtual.KnownTags(models) {
			count := 0
			for _, m := range models {
				if slices.ContainsFunc(kind.tags(m), func(t string) bool { return strings.EqualFold(t, tag) }) {
					count++
				}
			}
			if count > 0 {
				tags = append(tags, fmt.Sprintf("%s (%d)", cell(tag), count))
			}
		}
		fmt.Fprintf(b, "- %s: %s\n", kind.name, strings.Join(tags, ", "))
	}
}

func writeRankers(b *strings.Builder) {
	b.WriteString("\n## Rankers\n\n")
	for _, r := range virtual.Rankers() {
		fmt.Fprintf(b, "- %s: %s\n", r, rankedBy(r))
	}
}

func rankedBy(r virtual.Ranker) string {
	switch r {
	case virtual.Fastest:
		return "the largest speed figure"
	case virtual.Cheapest:
		return "the lowest price of input tokens"
	case virtual.Biggest:
		return "the most parameters"
	case virtual.Latest:
		return "the endpoint that was published last"
	case virtual.Smallest:
		return "the fewest parameters"
	}
	return ""
}

func writeSpecs(b *strings.Builder, models []catalog.Model) {
	b.WriteString("\n## Specs\n\n| spec | unit | chat models have now |\n|---|---|---|\n")
	for _, spec := range virtual.Specs() {
		fmt.Fprintf(b, "| %s | %s | %s |\n", spec, unit(spec), valueRange(spec, models))
	}
}

func unit(spec virtual.Spec) string {
	switch spec {
	case virtual.ContextSize:
		return "tokens"
	case virtual.MaxTokens:
		return "output tokens"
	case virtual.InputCost:
		return "EUR per million input tokens"
	case virtual.Params:
		return "billions"
	case virtual.EndpointPublicationDate:
		return "YYYY-MM-DD or DD/MM/YYYY"
	}
	return ""
}

// valueRange returns the smallest and the largest value that models have.
func valueRange(spec virtual.Spec, models []catalog.Model) string {
	var figures []float64
	var days []string
	for _, m := range models {
		switch {
		case spec == virtual.ContextSize && m.ContextTokens > 0:
			figures = append(figures, float64(m.ContextTokens))
		case spec == virtual.MaxTokens && m.MaxOutputTokens > 0:
			figures = append(figures, float64(m.MaxOutputTokens))
		case spec == virtual.InputCost && m.InputPrice != nil:
			figures = append(figures, *m.InputPrice)
		case spec == virtual.Params && m.ParamsB != nil:
			figures = append(figures, *m.ParamsB)
		case spec == virtual.EndpointPublicationDate && !m.PublishedAt.IsZero():
			days = append(days, m.PublishedAt.String())
		}
	}
	switch {
	case len(figures) > 0:
		return text.Number(slices.Min(figures)) + " to " + text.Number(slices.Max(figures))
	case len(days) > 0:
		return slices.Min(days) + " to " + slices.Max(days)
	default:
		return "none known"
	}
}

// examples are queries of the documented grammar, then some with extensions,
// then the defaults of this server.
func examples() []string {
	return []string{
		"code_chat@latest", "meta-llama@latest", "qwen@latest?context_size > 100000",
		"llama@biggest?input_cost<1", "gpt-oss@cheapest",
		"meta-llama@latest?params>=70", "multimodal@smallest?context_size>128k&params>20",
		provider.DefaultChatModel, provider.DefaultVisionModel,
	}
}

// writeExamples leaves out a query that matches nothing, since it would fail.
func writeExamples(b *strings.Builder, known *catalog.Catalog) {
	b.WriteString("\n## Examples\n\nWhat they pick now, from the catalogue. The service also serves models that it does not list, " +
		"so it may answer a documented query that nothing here matches.\n\n| query | picks | because |\n|---|---|---|\n")
	for _, example := range examples() {
		query, err := virtual.Parse(example)
		if err != nil {
			continue
		}
		found, err := virtual.Resolve(known.Models(), query, nil)
		if err != nil {
			continue
		}
		best := found.Candidates[0]
		because := best.Figure()
		if query.Ranker == virtual.Latest {
			because = "published " + because
		}
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", example, cell(best.Model.ID), escape(text.Printable(because)))
	}
}
