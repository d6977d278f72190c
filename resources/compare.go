package resources

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/virtual"
)

const (
	argQuestion = "question"
	argModels   = "models"
)

// How many models a comparison takes: with more, a reader loses track.
const (
	minCompared = 2
	maxCompared = 5
)

// compareModels asks several models the same question.
func compareModels(namedModels func(context.Context) []string) prompt {
	return prompt{
		Prompt: mcp.NewPrompt(promptCompare,
			mcp.WithPromptTitle("Compare models"),
			mcp.WithPromptDescription("Put the same question to several models and compare what they answer, how fast, and at what price."),
			mcp.WithArgument(argQuestion, mcp.RequiredArgument(), mcp.ArgumentTitle("Question"),
				mcp.ArgumentDescription("The question or task that every model gets")),
			mcp.WithArgument(argModels, mcp.RequiredArgument(), mcp.ArgumentTitle("Models"),
				mcp.ArgumentDescription("Two to five models, separated by commas: ids, aliases or queries such as llama@latest")),
		),
		tool: toolChat,
		write: func(ctx context.Context, known *catalog.Catalog, arguments map[string]string) ([]mcp.PromptMessage, error) {
			question, models := arguments[argQuestion], arguments[argModels]
			list, err := modelList(known, namedModels(ctx), models)
			if err != nil {
				return nil, fmt.Errorf("argument %q: %w", argModels, err)
			}
			return []mcp.PromptMessage{userText(comparison(question, list, isPlaceholder(question) || isPlaceholder(models)))}, nil
		},
	}
}

// compared is a model of a comparison.
type compared struct {
	name  string // for the chat tool's model parameter
	facts string // what the catalogue says of it
}

// modelList returns the models as the text names them: one a line with its facts.
func modelList(known *catalog.Catalog, namedModels []string, list string) (string, error) {
	if isPlaceholder(list) {
		return fmt.Sprintf("Models, %d to %d, separated by commas: %s\n", minCompared, maxCompared, list), nil
	}
	models, err := parseModels(known, namedModels, list)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("Models:\n")
	for _, m := range models {
		fmt.Fprintf(&b, "- `%s`: %s\n", m.name, m.facts)
	}
	return b.String(), nil
}

// comparison returns the text. With mayLack the question or the models may turn out
// empty.
func comparison(question, models string, mayLack bool) string {
	ask := ""
	if mayLack {
		ask = "\nIf the question or the models are missing above, ask me for them first.\n"
	}
	return fmt.Sprintf(`Put one question to several models of OVHcloud AI Endpoints and compare their answers.

%s
Question:

%s
%s
1. Call the chat tool once for each model, with model set to the name above, prompt set to the question word for word, and nothing else. `+
		`The calls do not depend on each other.
2. If a call fails or warns, say so; never make up what a model would have answered.
3. Compare the answers in a table: model that answered, correctness, completeness, style, seconds, tokens, cost.
4. Say where the answers contradict each other and who is right, which answer is the best, and which is the best for its price.
`, models, question, ask)
}

// parseModels reads a list of names that the chat tool takes.
func parseModels(known *catalog.Catalog, namedModels []string, list string) ([]compared, error) {
	names := splitList(list)
	if len(names) < minCompared || len(names) > maxCompared {
		return nil, fmt.Errorf("%d named; give %d to %d, separated by commas", len(names), minCompared, maxCompared)
	}
	var models []compared
	var ids []string
	for _, name := range names {
		id, facts, err := describe(known, namedModels, name)
		if err != nil {
			return nil, err
		}
		if slices.Contains(ids, id) {
			return nil, fmt.Errorf("%q names a model that is named before", excerpt(name))
		}
		ids = append(ids, id)
		models = append(models, compared{name, facts})
	}
	return models, nil
}

// describe returns the model that name stands for and its facts. The id is the
// name itself where only the service can tell.
func describe(known *catalog.Catalog, namedModels []string, name string) (id, facts string, err error) {
	if slices.Contains(namedModels, name) {
		return name, "a model of this server's configuration", nil
	}
	if virtual.IsQuery(name) {
		return describeQuery(known, name)
	}
	model, ok := findModel(known, name)
	switch {
	case !ok && (known.Complete() || provider.CheckModelName(name) != nil):
		candidates := append(known.Names(), namedModels...)
		return "", "", fmt.Errorf("there is no model %q; the nearest are %s", excerpt(name), nearest(name, candidates))
	case !ok:
		return name, "not in the catalogue, which could not be read live", nil
	case model.Listed && !model.Can(catalog.Chat):
		return "", "", fmt.Errorf("%s (%s) does not chat; %s do", model.ID, model.Category, nearest(name, chatModels(known)))
	}
	return model.ID, factsOf(model), nil
}

// describeQuery accepts what chat accepts: a query that no listed model matches is
// sent to the service all the same, unless it uses an extension.
func describeQuery(known *catalog.Catalog, name string) (id, facts string, err error) {
	query, err := virtual.Parse(strings.TrimPrefix(name, "ovhcloud/"))
	if err != nil {
		return "", "", fmt.Errorf("%q: %w", excerpt(name), err)
	}
	found, err := virtual.Resolve(known.Models(), query, nil)
	switch {
	case err != nil && query.Extended:
		return "", "", err
	case err != nil:
		return query.String(), fmt.Sprintf("a query; %v; the service may know an unlisted one", err), nil
	}
	best := found.Candidates[0].Model
	return best.ID, fmt.Sprintf("a query that now picks %s; %s", best.ID, factsOf(best)), nil
}

// factsOf returns what makes models comparable, in one line.
func factsOf(m catalog.Model) string {
	if !m.Listed {
		return "served, but not in the catalogue"
	}
	var parts []string
	if m.ParamsB != nil {
		parts = append(parts, size(m))
	}
	if has := abilities(m); has != "" {
		parts = append(parts, has)
	}
	if m.InputPrice != nil {
		parts = append(parts, prices(m)+" EUR per million tokens")
	}
	if !m.Available {
		parts = append(parts, "not available now")
	}
	return strings.Join(parts, "; ")
}
