package resources

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

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

// chooseModel asks for a reasoned choice and attaches the catalogue.
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

func (s *Set) writeChoose(
	ctx context.Context, known *catalog.Catalog, arguments map[string]string,
) ([]mcp.PromptMessage, error) {
	task := arguments[argTask]
	required, err := requirements(known, arguments)
	if err != nil {
		var split bool
		if task, split = joinTask(arguments); !split {
			return nil, err
		}
		required = "\nIf the task seems to lack its end, ask me for the rest first.\n"
	}
	overview, err := catalogTable(ctx, known)
	if err != nil {
		return nil, err
	}
	source, check := tableURI, ""
	if s.offers(ctx, toolList) {
		source += ", and the " + toolList + " tool filters it"
	}
	if s.offers(ctx, toolResolve) {
		check = " Check it with the " + toolResolve + " tool."
	}
	text := fmt.Sprintf(`Help me choose a model of OVHcloud AI Endpoints for this task:

%s
%s
The catalogue below lists what can be called now; it is also %s. Please:
1. Say which abilities, how much context and what size of model the task needs.
2. Compare the two to four best candidates in a table: abilities, context, size, price of input and output, `+
		`and roughly what the task will cost.
3. Propose a query, tag@ranker?condition, that picks the best one and will `+
		`still pick well when the catalogue changes: %s explains queries.%s
4. Recommend one model by its id, with the query, and say when another would be the better choice.

%s`, task, required, source, virtualModelsURI, check, overview)
	// As one text: clients refuse a prompt that embeds a resource, or drop what follows the first message.
	return []mcp.PromptMessage{userText(text)}, nil
}

// joinTask returns the task of a host that has split it: Claude Code passes each word
// that is typed as the next argument, with its quotes, and drops those after the
// last. It reports whether the arguments can come from that.
func joinTask(arguments map[string]string) (string, bool) {
	const quotes = `"'`
	var words []string
	for _, name := range []string{argTask, argNeeds, argBudget, argTag}[:len(arguments)] {
		word := arguments[name] // "" if an argument is left out
		first, _ := utf8.DecodeRuneInString(strings.TrimLeft(word, quotes))
		if strings.ContainsAny(word, " \t\r\n") || !unicode.IsLetter(first) && !unicode.IsDigit(first) {
			return "", false
		}
		words = append(words, word)
	}
	return strings.Trim(strings.Join(words, " "), quotes), len(words) > 1
}

// requirements returns what the arguments but the task ask for, one line each.
func requirements(known *catalog.Catalog, arguments map[string]string) (string, error) {
	var b strings.Builder
	if isPlaceholder(arguments[argTask]) {
		b.WriteString("\nIf no task is given above, ask me for it first.\n")
	}
	for _, argument := range []struct {
		name string
		line func(*catalog.Catalog, string) (string, error)
	}{{argNeeds, needsLine}, {argBudget, budgetLine}, {argTag, tagLine}} {
		value, ok := arguments[argument.name]
		if !ok {
			continue
		}
		line, err := argument.line(known, value)
		if err != nil {
			return "", err
		}
		b.WriteString("\n" + line)
	}
	if b.Len() > 0 {
		b.WriteByte('\n')
	}
	return b.String(), nil
}

func needsLine(known *catalog.Catalog, list string) (string, error) {
	if isPlaceholder(list) {
		return fmt.Sprintf("Abilities that it must have, if any, of %s: %s", strings.Join(abilityNames(), ", "), list), nil
	}
	needs, err := parseNeeds(list)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("It must have %s. Models with it: %s.", catalog.Labels(needs, " and "), havingAll(known, needs)), nil
}

func budgetLine(_ *catalog.Catalog, budget string) (string, error) {
	if isPlaceholder(budget) {
		return "Most EUR per million input tokens, if there is a limit (0.2 is input_cost<=0.2 in a query): " + budget, nil
	}
	most, err := strconv.ParseFloat(budget, 64)
	if err != nil || !(most >= 0) || most > 1e6 {
		return "", fmt.Errorf("argument %q is %q: give a number of EUR per million input tokens, as in 0.2", argBudget, excerpt(budget))
	}
	return fmt.Sprintf("It may cost at most %s EUR per million input tokens (input_cost<=%[1]s in a query).", text.Number(most)), nil
}

func tagLine(known *catalog.Catalog, tag string) (string, error) {
	if isPlaceholder(tag) {
		return "Tag that it must have, if any: " + tag, nil
	}
	tags := virtual.KnownTags(known.Models())
	i := slices.IndexFunc(tags, func(t string) bool { return strings.EqualFold(t, tag) })
	if i < 0 {
		return "", fmt.Errorf("argument %q: no model has the tag %q; the nearest are %s", argTag, excerpt(tag), nearest(tag, tags))
	}
	return fmt.Sprintf("It must have the tag %s.", tags[i]), nil
}

func parseNeeds(list string) ([]catalog.Capability, error) {
	var needs []catalog.Capability
	for _, name := range splitList(list) {
		need, ok := catalog.FindCapability(name, catalog.ChatCapabilities())
		if !ok {
			return nil, fmt.Errorf("argument %q: unknown ability %q; there are %s", argNeeds, excerpt(name), strings.Join(abilityNames(), ", "))
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

func havingAll(known *catalog.Catalog, needs []catalog.Capability) string {
	var ids []string
	for _, m := range newTable(known).chat {
		if len(m.Capabilities(needs)) == len(needs) {
			ids = append(ids, m.ID)
		}
	}
	if len(ids) == 0 {
		return "none"
	}
	return strings.Join(ids, ", ")
}
