package resources

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sort"
	"strconv"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
)

// maxTableBytes bounds the table, so that it stays under 2,000 tokens even
// for a tokenizer that takes every digit and every mark for one: rows then come
// to about 1.9 bytes a token.
const maxTableBytes = 3600

// table is the catalogue for a model to read: what can be called, newest first.
type table struct {
	known    *catalog.Catalog
	chat     []catalog.Model
	embed    []catalog.Model
	other    []catalog.Model
	unlisted []string
}

// catalogTable returns the table with as many rows as fit.
func catalogTable(_ context.Context, known *catalog.Catalog) (string, error) {
	t := newTable(known)
	rows := len(known.Models())
	tooLong := func(rows int) bool { return len(t.write(rows)) > maxTableBytes }
	if tooLong(rows) {
		rows = max(0, sort.Search(rows, tooLong)-1)
	}
	return t.write(rows), nil
}

func newTable(known *catalog.Catalog) table {
	t := table{known: known}
	for _, m := range known.Models() {
		switch {
		case !m.Available:
		case !m.Listed:
			t.unlisted = append(t.unlisted, cell(m.ID))
		case m.Can(catalog.Embeddings):
			t.embed = append(t.embed, m)
		case m.AnswersChats():
			t.chat = append(t.chat, m)
		default:
			t.other = append(t.other, m)
		}
	}
	for _, group := range [][]catalog.Model{t.chat, t.embed, t.other} {
		slices.SortStableFunc(group, func(a, b catalog.Model) int {
			return cmp.Or(b.PublishedAt.Compare(a.PublishedAt), strings.Compare(a.ID, b.ID))
		})
	}
	return t
}

// write returns the table with at most rows rows in each group.
func (t table) write(rows int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Models of OVHcloud AI Endpoints\n\nCatalogue: %s. Prices in EUR per million tokens, input / output; "+
		"context in tokens; size in parameters; json: answers follow a JSON Schema. "+
		"Queries such as llama@latest also name a model: see %s.\n", origin(t.known), virtualModelsURI)
	t.group(&b, "Chat", "abilities", t.chat, rows, abilities)
	t.group(&b, "Embeddings", "dimensions", t.embed, rows, dimensions)
	t.group(&b, "Other", "kind", t.other, rows, func(m catalog.Model) string { return m.Category })
	if len(t.unlisted) > 0 {
		shown := t.unlisted[:min(rows, len(t.unlisted))]
		fmt.Fprintf(&b, "\nServed but not listed, so nothing is known of them: %s%s\n",
			strings.Join(shown, ", "), more(len(t.unlisted)-len(shown)))
	}
	return b.String()
}

func (t table) group(b *strings.Builder, title, what string, models []catalog.Model, rows int, column func(catalog.Model) string) {
	if len(models) == 0 {
		return
	}
	fmt.Fprintf(b, "\n## %s\n\n| id | %s | context | price | size | published |\n|---|---|---|---|---|---|\n", title, what)
	shown := models[:min(rows, len(models))]
	for _, m := range shown {
		published := cmp.Or(m.PublishedAt.String(), "-")
		if !m.RetiresAt.IsZero() {
			published += ", retires " + m.RetiresAt.String()
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s |\n",
			cell(m.ID), cell(column(m)), tokens(m.ContextTokens), prices(m), size(m), published)
	}
	if cut := len(models) - len(shown); cut > 0 {
		b.WriteString(more(cut) + "\n")
	}
}

func more(count int) string {
	if count == 0 {
		return ""
	}
	return fmt.Sprintf(" … and %d more in %s", count, catalogURI)
}

// abilityNames returns the names that [abilities] shows.
func abilityNames() []string {
	return strings.Split(catalog.Labels(catalog.ChatCapabilities(), ","), ",")
}

func abilities(m catalog.Model) string {
	return catalog.Labels(m.Capabilities(catalog.ChatCapabilities()), ", ")
}

func dimensions(m catalog.Model) string {
	switch e := m.Embedding; {
	case e == nil:
		return ""
	case e.MaxDimensions > 0:
		return fmt.Sprintf("%d (%d to %d)", e.Dimensions, e.MinDimensions, e.MaxDimensions)
	default:
		return strconv.Itoa(e.Dimensions)
	}
}

func tokens(n int) string {
	if n == 0 {
		return "-"
	}
	return strconv.Itoa(n)
}

func prices(m catalog.Model) string {
	switch {
	case m.InputPrice == nil:
		return "-"
	case m.OutputPrice == nil:
		return text.Number(*m.InputPrice)
	default:
		return text.Number(*m.InputPrice) + " / " + text.Number(*m.OutputPrice)
	}
}

func size(m catalog.Model) string {
	if m.ParamsB == nil {
		return "-"
	}
	return text.Number(*m.ParamsB) + "B"
}

// cell escapes a text of the catalogue for the table.
func cell(s string) string { return cmp.Or(escape(excerpt(s)), "-") }

func escape(s string) string { return strings.ReplaceAll(s, "|", `\|`) }
