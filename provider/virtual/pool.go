package virtual

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

// KnownTags returns the tags that queries over models can use: the series,
// publishers and use cases of the models that chat. They are sorted without
// regard to case; of spellings that differ only in case, the first is kept.
func KnownTags(models []catalog.Model) []string {
	var tags []string
	for i := range models {
		m := &models[i]
		if outsidePool(m) != "" {
			continue
		}
		tags = append(tags, m.Series, m.Publisher)
		tags = append(tags, m.Tags...)
	}
	slices.SortStableFunc(tags, func(a, b string) int {
		return cmp.Compare(strings.ToLower(a), strings.ToLower(b))
	})
	tags = slices.CompactFunc(tags, strings.EqualFold)
	return slices.DeleteFunc(tags, func(tag string) bool { return tag == "" })
}

// Chats is what a query asks of a model when nobody asks for more: it returns ""
// for a model that chats, else the reason why it can never answer. Guard models
// read and write text too, but only judge it.
func Chats(m catalog.Model) string { return outsidePool(&m) }

// hasTag reports whether tag is the series, the publisher or a use case of m.
// A model that is served but not listed has none of these.
func hasTag(m *catalog.Model, tag string) bool {
	if tag == "" {
		return false
	}
	return strings.EqualFold(m.Series, tag) || strings.EqualFold(m.Publisher, tag) || contains(m.Tags, tag)
}

func outsidePool(m *catalog.Model) string {
	switch {
	case !m.Available:
		return "is not available"
	case !m.HasInput("text"):
		return "takes no text"
	case !m.HasOutput("text"):
		return "does not answer in text"
	case isGuard(m):
		return "is a guard model"
	}
	return ""
}

func isGuard(m *catalog.Model) bool {
	return strings.EqualFold(m.Category, "LLM Guard") ||
		strings.Contains(strings.ToLower(m.Series), "guard") || contains(m.Tags, "moderation")
}

func contains(words []string, word string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return strings.EqualFold(w, word) })
}
