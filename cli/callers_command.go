package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/caller"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd/callers"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/yamlfile"
)

const callersDescription = `List, add and revoke the callers of the http command in the file of --callers, and sum up what each
has used. A running server takes a change within a second.`

func (p *program) callersCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "callers", Short: "List, add and revoke callers of the http command, and show their usage.", Long: callersDescription,
		Args: unknownCommand, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(p.callersListCommand(), p.callersAddCommand(), p.callersRevokeCommand(), p.callersUsageCommand())
	cmd.Annotations = map[string]string{readsOnly: "config cache-dir log-level log-format callers audit-dir"}
	for _, sub := range cmd.Commands() {
		sub.Annotations = cmd.Annotations
		sub.ValidArgsFunction = cobra.NoFileCompletions
		sub.Flags().SortFlags = false
		p.addOption(sub.Flags(), "callers")
	}
	return cmd
}

func (p *program) callersListCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "Print the callers and their rules as a table.", Args: noArguments}
	asJSON := cmd.Flags().Bool("json", false, "Print the callers as JSON.")
	cmd.RunE = p.loading(func(context.Context, []string) error { return p.listCallers(*asJSON) })
	return cmd
}

func (p *program) callersAddCommand() *cobra.Command {
	add := &addedCaller{}
	cmd := &cobra.Command{
		Use: "add NAME", Short: "Add a caller to the file, and print its token.", Args: oneName,
		Long: `Adds a caller at the end of the file, which is made if it is not there, and prints a fresh token. The file
holds only the token's hash, and the token is kept nowhere.`,
	}
	flags := cmd.Flags()
	flags.StringVar(&add.fields.Expires, "expires", "", "Last day of the token, such as 2026-12-31, UTC; default never.")
	flags.Var(toolList(&add.fields.Tools), "tools", "Tools that it may call, core for the first five, or all (default).")
	flags.Var(patternList(&add.fields.Models), "models", "Patterns of the ids of models that it may use, such as Mistral-*; default all.")
	flags.StringVar(&add.keyFile, "key-file", "", "File with a key of AI Endpoints of its own.")
	flags.BoolVar(&add.fields.SharedKey, "shared-key", false, "It uses the server's key; without this and --key-file it has none.")
	flags.StringVar(&add.fields.RequestsPerMinute, "requests-per-minute", "", "Calls of tools a minute; default no limit.")
	flags.StringVar(&add.fields.MaxConcurrent, "max-concurrent", "", "Calls of tools at once; default no limit.")
	flags.StringVar(&add.fields.MaxCost, "max-cost", "", "EUR a day, from midnight UTC; default no limit.")
	flags.StringVar(&add.fields.MaxCostMonth, "max-cost-month", "", "EUR a calendar month, UTC; default no limit.")
	flags.BoolVar(&add.noToken, "no-token", false, "It has no token: it is known by OAuth.")
	cmd.RunE = p.loading(func(ctx context.Context, args []string) error { return p.addCaller(ctx, args[0], add) })
	return cmd
}

func (p *program) callersRevokeCommand() *cobra.Command {
	return &cobra.Command{
		Use: "revoke NAME", Short: "Remove a caller from the file.", Args: oneName,
		RunE: p.loading(func(ctx context.Context, args []string) error { return p.revokeCaller(ctx, args[0]) }),
	}
}

func (p *program) callersUsageCommand() *cobra.Command {
	u := &usageQuery{}
	cmd := &cobra.Command{
		Use: "usage [NAME]", Short: "Print calls, tokens and cost of each caller, from the audit log.",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return noArguments(cmd, args[1:])
			}
			return nil
		},
	}
	p.addOption(cmd.Flags(), "audit-dir")
	cmd.Flags().StringVar(&u.month, "month", "", "Another month than this one, such as 2026-10, UTC.")
	cmd.Flags().BoolVar(&u.json, "json", false, "Print the usage as JSON.")
	cmd.RunE = p.loading(func(_ context.Context, args []string) error {
		u.name = strings.Join(args, "")
		return p.printUsage(u)
	})
	return cmd
}

func oneName(cmd *cobra.Command, args []string) error {
	if len(args) == 1 {
		return nil
	}
	return usageError{fmt.Errorf("callers %s needs one name", cmd.Name()), "see " + cmd.CommandPath() + " --help"}
}

func patternList(field *[]string) *value {
	return list(field, "give patterns of ids such as Mistral-*", func(text string) bool {
		_, err := caller.ParsePattern(text)
		return err == nil
	})
}

// editing reads a file to show or change it. It opens no key file: those who manage callers
// need not be able to read their keys.
func editing() callers.Options {
	return callers.Options{
		Tools: toolNames(), WithoutTokens: true, ReadKey: func(path string) (string, error) { return path, nil },
	}
}

// callersPath returns the file that the command is about.
func (o *options) callersPath() (string, error) {
	if o.Callers == "" {
		return "", usageError{errors.New("there is no file of callers"), "name one with --callers FILE or $AI_ENDPOINTS_CALLERS"}
	}
	return o.Callers, nil
}

// callersError is a mistake in the file of callers, or in what is asked of it.
func callersError(path string, err error) error {
	var mistake *yamlfile.Error
	if errors.As(err, &mistake) {
		err = fmt.Errorf("callers file %s: %w", path, err)
	}
	return usageError{err, "see ai-endpoints-mcp callers --help, and " + callersGuide}
}

const callersGuide = "docs/callers.md for the file"

// noSuchCaller names the nearest caller.
func noSuchCaller(name string, known []string) error {
	if len(known) == 0 {
		return usageError{fmt.Errorf("there is no caller %q, and no call of another", name), "check --callers and --audit-dir"}
	}
	return usageError{fmt.Errorf("there is no caller %q%s", name, yamlfile.Nearest(name, known)), "see ai-endpoints-mcp callers list"}
}
