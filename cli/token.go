package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd/callers"
)

func (p *program) tokenCommand() *cobra.Command {
	token := &cobra.Command{
		Use: "token", Short: "Make tokens for callers of the http command.",
		Args: unknownCommand, RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	token.AddCommand(&cobra.Command{
		Use: "new NAME", Short: "Print a fresh token, and the line for --auth-token-file.",
		Long: `Prints two lines: a fresh token, for the caller of this name only, and the line for the file
of --auth-token-file, which holds the token's hash. The token is kept nowhere.`,
		ValidArgsFunction: cobra.NoFileCompletions,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				return nil
			}
			return usageError{errors.New("token new needs one name"), "see " + cmd.CommandPath() + " --help"}
		},
		RunE: func(_ *cobra.Command, args []string) error { return p.newToken(args[0]) },
	})
	return token
}

func (p *program) newToken(name string) error {
	token, line, err := callers.NewToken(name)
	if err != nil {
		return usageError{fmt.Errorf("the name is %q: %w", name, err), "give a name such as alice"}
	}
	_, err = fmt.Fprintf(p.out, "%s\n%s\n", token, line)
	return err
}
