package virtual

import (
	"cmp"
	"slices"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

// maxTags bounds the tags of a catalogue, of which a hostile one can have a million. The
// real one has about fifty.
const maxTags = 1000

// KnownTags returns the tags that queries over models can use: the series,
// publishers and use cases of the models that answer chats. They are sorted without
// regard to case; of spellings that differ only in case, the first is kept. Beyond a
// thousand, the rest is left out.
func KnownTags(models []catalog.Model) []string { return tagsOfAll(models, catalog.Model.AnswersChats) }

// AllTags returns the tags of models of any kind, as [KnownTags] does.
func AllTags(models []catalog.Model) []string {
	return tagsOfAll(models, func(m catalog.Model) bool { return m.Listed })
}

func tagsOfAll(models []catalog.Model, counts func(catalog.Model) bool) []string {
	var tags []string
	folded := map[string]string{} // the lower case of each, made once
	known := map[string]bool{"": true}
	add := func(all ...string) {
		for _, tag := range all {
			lower := strings.ToLower(tag)
			if known[lower] || len(tags) == maxTags {
				continue
			}
			known[lower], folded[tag] = true, lower
			tags = append(tags, tag)
		}
	}
	for i := range models {
		if m := &models[i]; counts(*m) {
			add(m.Series, m.Publisher)
			add(m.Tags...)
		}
	}
	slices.SortFunc(tags, func(a, b string) int { return cmp.Compare(folded[a], folded[b]) })
	return tags
}
