package virtual

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

// KnownTags returns the tags that queries over models can use: the series,
// publishers and use cases of the models that answer chats. They are sorted without
// regard to case; of spellings that differ only in case, the first is kept.
func KnownTags(models []catalog.Model) []string {
	var tags []string
	for i := range models {
		m := &models[i]
		if !m.AnswersChats() {
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
