package virtual

import (
	"slices"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
)

// maxProposals is how many queries are proposed.
const maxProposals = 3

// Proposals returns queries that match something, for a word that is no query: for a tag
// those that rank its models, for a model's id those that pick it, and for another word
// those of the tag that was likely meant. The best comes first; there may be none.
func Proposals(models []catalog.Model, word string) []string {
	tags, wanted := []string{word}, ""
	if len(withTag(models, word)) == 0 {
		if i := slices.IndexFunc(models, func(m catalog.Model) bool { return strings.EqualFold(m.ID, word) }); i >= 0 {
			tags, wanted = tagsOf(models[i]), models[i].ID
		} else {
			tags = []string{Suggest(word, KnownTags(models))}
		}
	}
	var queries []string
	for _, tag := range tags {
		for _, ranker := range []Ranker{Latest, Cheapest, Biggest, Smallest, Fastest} {
			query := tag + "@" + string(ranker)
			if !picks(models, query, wanted) {
				continue
			}
			if queries = append(queries, query); len(queries) == maxProposals {
				return queries
			}
		}
	}
	return queries
}

// picks reports whether a query picks the model with an id; "" is any.
func picks(models []catalog.Model, query, id string) bool {
	q, err := Parse(query)
	if err != nil {
		return false // a tag of the catalogue may hold anything
	}
	res, err := Resolve(models, q, nil)
	return err == nil && (id == "" || res.Candidates[0].Model.ID == id)
}

// tagsOf returns the words that stand for a model, the nearest first.
func tagsOf(m catalog.Model) []string {
	return slices.DeleteFunc(append([]string{m.Series, m.Publisher}, m.Tags...), func(tag string) bool { return tag == "" })
}
