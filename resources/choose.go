package resources

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/mcp"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/virtual"
)

const (
	argTask   = "task"
	argNeeds  = "needs"
	argBudget = "budget"
	argTag    = "tag"
)

// chooseModel attaches the catalogue and asks for a reasoned choice.
func (s *Set) chooseModel() prompt {
	return prompt{
		Prompt: mcp.NewPrompt(promptChoose,
			mcp.WithPromptTitle("Choose a model"),
			mcp.WithPromptDescription("Find the model of AI Endpoints for a task: compares candidates by price, context and abilities, "+
				"and proposes a query."),
			mcp.WithArgument(argTask, mcp.RequiredArgument(), mcp.ArgumentTitle("Task"),
				mcp.ArgumentDescription("What the model is for, as in: summarise 40-page contracts")),
			mcp.WithArgument(argNeeds, mcp.ArgumentTitle("Needed abilities"),
				mcp.ArgumentDescription("Abilities it must have, separated by commas: "+strings.Join(abilityNames(), ", "))),
			mcp.WithArgument(argBudget, mcp.ArgumentTitle("Budget"),
				mcp.ArgumentDescription("Most EUR per million input tokens, as in 0.2")),
			mcp.WithArgument(argTag, mcp.ArgumentTitle("Tag"),
				mcp.ArgumentDescription("Series, publisher or use case that it must have, as in llama or code_chat")),
		),
		write: s.writeChoose,
	}
}

func (s *Set) writeChoose(known *catalog.Catalog, arguments map[string]string) ([]mcp.PromptMessage, error) {
	required, err := requirements(known, arguments)
	if err != nil {
		return nil, err
	}
	overview, err := catalogTable(known)
	if err != nil {
		return nil, err
	}
	check := ""
	if s.offers(toolResolve) {
		check = " Check it with the " + toolResolve + " tool."
	}
	text := fmt.Sprintf(`Help me choose a model of OVHcloud AI Endpoints for this task:

%s
%s
The catalogue that comes with this message (%s) lists what can be called now. Please:
1. Say which abilities, how much context and what size of model the task needs.
2. Compare the two to four best candidates in a table: abilities, context, size, price of input and output, `+
		`and roughly what the task will cost.
3. Propose a query, tag@ranker?condition, that picks the best one and will `+
		`still pick well when the catalogue changes: %s explains queries.%s
4. Recommend one model by its id, with the query, and say when another would be the better choice.
`, arguments[argTask], required, tableURI, virtualModelsURI, check)
	priority := 1.0
	catalogue := mcp.NewEmbeddedResource(mcp.TextResourceContents{URI: tableURI, MIMEType: typeMarkdown, Text: overview})
	catalogue.Annotations = &mcp.Annotations{
		Audience: []mcp.Role{mcp.RoleAssistant}, Priority: &priority, LastModified: known.FetchedAt.UTC().Format(time.RFC3339),
	}
	return []mcp.PromptMessage{{Role: mcp.RoleUser, Content: catalogue}, userText(text)}, nil
}

// requirements returns what the optional arguments ask for, one line each.
func requirements(known *catalog.Catalog, arguments map[string]string) (string, error) {
	var b strings.Builder
	if list, ok := arguments[argNeeds]; ok {
		needs, err := parseNeeds(list)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "\nIt must have %s. Models with it: %s.", strings.Join(needs, " and "), havingAll(known, needs))
	}
	if budget, ok := arguments[argBudget]; ok {
		most, err := strconv.ParseFloat(budget, 64)
		if err != nil || !(most >= 0) || most > 1e6 {
			return "", fmt.Errorf("argument %q is %q: give a number of EUR per million input tokens, as in 0.2", argBudget, excerpt(budget))
		}
		fmt.Fprintf(&b, "\nIt may cost at most %s EUR per million input tokens (input_cost<=%[1]s in a query).", text.Number(most))
	}
	if tag, ok := arguments[argTag]; ok {
		tags := virtual.KnownTags(known.Models())
		i := slices.IndexFunc(tags, func(t string) bool { return strings.EqualFold(t, tag) })
		if i < 0 {
			return "", fmt.Errorf("argument %q: no model has the tag %q; the nearest are %s", argTag, excerpt(tag), nearest(tag, tags))
		}
		fmt.Fprintf(&b, "\nIt must have the tag %s.", tags[i])
	}
	if b.Len() > 0 {
		b.WriteByte('\n')
	}
	return b.String(), nil
}

func parseNeeds(list string) ([]string, error) {
	var needs []string
	for _, need := range splitList(list) {
		need = strings.ToLower(need)
		if !slices.Contains(abilityNames(), need) {
			return nil, fmt.Errorf("argument %q: unknown ability %q; there are %s", argNeeds, excerpt(need), strings.Join(abilityNames(), ", "))
		}
		if !slices.Contains(needs, need) {
			needs = append(needs, need)
		}
	}
	if len(needs) == 0 {
		return nil, fmt.Errorf("argument %q names no ability; there are %s", argNeeds, strings.Join(abilityNames(), ", "))
	}
	return needs, nil
}

func havingAll(known *catalog.Catalog, needs []string) string {
	var ids []string
	for _, m := range newTable(known).chat {
		if !slices.ContainsFunc(needs, func(need string) bool { return !m.Can(catalog.Capability(need)) }) {
			ids = append(ids, m.ID)
		}
	}
	if len(ids) == 0 {
		return "none"
	}
	return strings.Join(ids, ", ")
}
