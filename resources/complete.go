package resources

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/virtual"
)

// maxCompletions is the protocol's limit on the values of an answer.
const maxCompletions = 100

// completer completes arguments. An argument that it does not know has no
// completions.
//
// mcp-go: an error would be one of the server (-32603).
type completer struct{ set *Set }

// CompleteResourceArgument completes the id of the template.
func (c completer) CompleteResourceArgument(
	ctx context.Context, uri string, argument mcp.CompleteArgument, _ mcp.CompleteContext,
) (*mcp.Completion, error) {
	if uri != modelURITemplate || argument.Name != "id" {
		return completion(nil), nil
	}
	known := c.set.catalog(ctx)
	found := matching(known.Names(), argument.Value)
	if len(found) == 0 {
		found = matching(aliases(known), argument.Value)
	}
	return completion(found), nil
}

// CompletePromptArgument completes an argument of a prompt.
func (c completer) CompletePromptArgument(
	ctx context.Context, name string, argument mcp.CompleteArgument, _ mcp.CompleteContext,
) (*mcp.Completion, error) {
	switch name + " " + argument.Name {
	case promptChoose + " " + argTag:
		return completion(matching(virtual.KnownTags(c.set.catalog(ctx).Models()), argument.Value)), nil
	case promptChoose + " " + argNeeds:
		return completion(matchingLast(argument.Value, func(string) []string { return abilityNames() })), nil
	case promptCompare + " " + argModels:
		known := c.set.catalog(ctx)
		return completion(matchingLast(argument.Value, func(typed string) []string {
			if virtual.IsQuery(typed) {
				return queries(known)
			}
			return append(chatModels(known), c.set.provider.NamedModels(ctx)...)
		})), nil
	}
	return completion(nil), nil
}

func completion(values []string) *mcp.Completion {
	shown := values[:min(len(values), maxCompletions)]
	return &mcp.Completion{Values: shown, Total: len(values), HasMore: len(shown) < len(values)}
}

// matching returns the words that typed begins, then those that contain it, each
// in alphabetical order. Case does not matter.
func matching(words []string, typed string) []string {
	typed = strings.ToLower(strings.TrimSpace(typed))
	var begin, contain []string
	for _, word := range words {
		switch at := strings.Index(strings.ToLower(word), typed); {
		case at == 0:
			begin = append(begin, word)
		case at > 0:
			contain = append(contain, word)
		}
	}
	slices.SortFunc(begin, alphabetically)
	slices.SortFunc(contain, alphabetically)
	return slices.Compact(append(begin, contain...))
}

func alphabetically(a, b string) int {
	return cmp.Or(strings.Compare(strings.ToLower(a), strings.ToLower(b)), strings.Compare(a, b))
}

// matchingLast completes the last word of a list that is separated by commas,
// with words that are not in it yet. Each value is the whole list, because a client
// replaces all that was typed with it.
func matchingLast(list string, words func(typed string) []string) []string {
	cut := strings.LastIndexByte(list, ',') + 1
	last := strings.TrimLeft(list[cut:], " ")
	before := strings.TrimSuffix(list, last)
	named := splitList(before)
	var values []string
	for _, word := range matching(words(last), last) {
		if !slices.ContainsFunc(named, func(n string) bool { return strings.EqualFold(n, word) }) {
			values = append(values, before+word)
		}
	}
	return values
}

// splitList returns the words of a list that is separated by commas.
func splitList(list string) []string {
	var words []string
	for word := range strings.SplitSeq(list, ",") {
		if word = strings.TrimSpace(word); word != "" {
			words = append(words, word)
		}
	}
	return words
}

func aliases(known *catalog.Catalog) []string {
	var names []string
	for _, m := range known.Models() {
		names = append(names, m.Aliases...)
		if m.Slug != "" {
			names = append(names, m.Slug)
		}
	}
	return names
}

// chatModels returns the ids of the models that can chat, and the unlisted ones, of
// which nothing is known.
func chatModels(known *catalog.Catalog) []string {
	var ids []string
	for _, m := range known.Models() {
		if m.AnswersChats() || (m.Available && !m.Listed) {
			ids = append(ids, m.ID)
		}
	}
	return ids
}

// queries returns all queries without conditions.
func queries(known *catalog.Catalog) []string {
	var all []string
	for _, tag := range virtual.KnownTags(known.Models()) {
		for _, ranker := range virtual.Rankers() {
			all = append(all, tag+"@"+string(ranker))
		}
	}
	return all
}
