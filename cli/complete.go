package cli

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/catalog"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/virtual"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/tools"
)

// Completions come from the built-in catalogue, since a shell does not wait.

// completeOptions completes the values of options.
func (p *program) completeOptions(root *cobra.Command) {
	for _, cmd := range append(root.Commands(), root) {
		for _, row := range p.rows {
			// Not LocalFlags, which copies all flags of a command and its parents each time.
			flag := cmp.Or(cmd.Flags().Lookup(row.name), cmd.PersistentFlags().Lookup(row.name))
			if flag == nil || flag.Value != pflag.Value(row.value) || row.value.choices == nil {
				continue
			}
			_ = cmd.RegisterFlagCompletionFunc(row.name, // fails only for unknown flags and for a second function
				func(_ *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
					return withPrefix(row.value.choices(), typed), cobra.ShellCompDirectiveNoFileComp
				})
		}
	}
}

// completeCall completes a tool, then its parameters, and the models of a parameter.
func completeCall(_ *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) == 0 {
		return withPrefix(toolNames(), typed), cobra.ShellCompDirectiveNoFileComp
	}
	if given, ok := strings.CutPrefix(typed, "model="); ok {
		var models []string
		for _, id := range withPrefix(catalog.Snapshot().Names(), given) {
			models = append(models, "model="+id)
		}
		return models, cobra.ShellCompDirectiveNoFileComp
	}
	var keys []string
	for _, tool := range allTools() {
		if tool.Name == args[0] {
			for _, name := range parameters(tool.WithSchemas()) {
				keys = append(keys, name+"=")
			}
		}
	}
	return withPrefix(keys, typed), cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

func completeQuery(_ *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var queries []string
	for _, tag := range virtual.KnownTags(catalog.Snapshot().Models()) {
		for _, ranker := range virtual.Rankers() {
			queries = append(queries, tag+"@"+string(ranker))
		}
	}
	return withPrefix(queries, typed), cobra.ShellCompDirectiveNoFileComp
}

func completeTag(_ *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return withPrefix(virtual.KnownTags(catalog.Snapshot().Models()), typed), cobra.ShellCompDirectiveNoFileComp
}

func withPrefix(names []string, prefix string) []string {
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		return len(name) < len(prefix) || !strings.EqualFold(name[:len(prefix)], prefix)
	})
}

// allTools returns the tools for their documentation; they are not called.
func allTools() []tools.Tool {
	p, err := provider.New(provider.Options{})
	if err != nil {
		return nil
	}
	defer p.Close()
	return tools.All(p)
}

func toolNames() []string {
	var names []string
	for _, tool := range allTools() {
		names = append(names, tool.Name)
	}
	return names
}

// parameters returns the names of a tool's parameters, sorted.
func parameters(tool tools.Tool) []string {
	var schema struct{ Properties map[string]json.RawMessage }
	if json.Unmarshal(tool.RawInputSchema, &schema) != nil {
		return nil
	}
	return slices.Sorted(maps.Keys(schema.Properties))
}
