// Package cli is the program's commands: it reads the command line, the environment
// and the config file, and wires provider and server together.
package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/yamlfile"
)

// The exit codes: a tool that answers with an error or nothing is 1, a mistake in the
// program's own arguments or configuration is 2.
const (
	exitFailure     = 1
	exitUsage       = 2
	exitInterrupted = 130 // as a shell has it: 128 and SIGINT
)

const description = `An MCP server for OVHcloud AI Endpoints: open-weight models hosted in the EU,
as tools for agents. Without a command it serves one client over stdio.

The key is read from $OVH_AI_ENDPOINTS_ACCESS_TOKEN, then $OVHCLOUD_API_KEY; without one
the free tier answers 2 requests a minute and model. Try it with no network and no key:

  ai-endpoints-mcp call chat prompt="Why is the sky blue?" --sandbox`

// program is the process as its commands see it.
type program struct {
	version  string
	in       io.Reader
	out, err io.Writer

	options options
	rows    []option // of options
	config  *configFile
}

// Main runs the program with the process's streams and returns its exit code. A blank
// version is that of the build.
func Main(version string, args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	p := newProgram(version)
	p.in, p.out, p.err = os.Stdin, os.Stdout, os.Stderr
	return p.run(ctx, args)
}

func newProgram(version string) *program {
	p := &program{version: buildVersion(version), in: strings.NewReader(""), out: io.Discard, err: io.Discard, config: &configFile{}}
	p.rows = p.options.table()
	return p
}

func (p *program) run(ctx context.Context, args []string) int {
	out := &output{Writer: p.out}
	p.out = out
	root := p.rootCommand()
	root.SetArgs(args)
	root.SetIn(p.in)
	root.SetOut(p.out)
	root.SetErr(p.err)
	err := root.ExecuteContext(ctx)
	if err == nil || errors.Is(err, errToolFailed) {
		err = cmp.Or(out.err, err)
	}
	return p.reportError(err)
}

// buildVersion returns the version that the linker was told, or else the one that Go
// stamps into a build of a tagged module.
func buildVersion(told string) string {
	if told != "" {
		return told
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		return info.Main.Version
	}
	return "dev"
}

func (p *program) rootCommand() *cobra.Command {
	root := &cobra.Command{
		Use: "ai-endpoints-mcp", Short: "Serve one MCP client over stdin and stdout.", Long: description,
		SilenceErrors: true, SilenceUsage: true,
		Args: unknownCommand,
	}
	showVersion := root.Flags().Bool("version", false, "Print the version.")
	root.RunE = func(cmd *cobra.Command, args []string) error {
		if *showVersion {
			return p.printVersion()
		}
		return p.loading(p.serveStdio)(cmd, args)
	}
	root.SetHelpFunc(p.help)
	root.SetFlagErrorFunc(flagError)
	root.CompletionOptions.DisableDescriptions = true
	p.addOptions(root.PersistentFlags(), everyCommand)
	p.addOptions(root.Flags(), offersTools)
	p.addOptions(root.Flags(), serves)
	root.AddCommand(p.stdioCommand(), p.httpCommand(), p.callCommand(), p.modelsCommand(), p.resolveCommand(), p.setupCommand(),
		p.doctorCommand(), p.emulatorCommand(), p.tokenCommand(), p.callersCommand())
	root.AddCommand(&cobra.Command{
		Use: "version", Short: "Print the version.", Args: noArguments,
		RunE: func(*cobra.Command, []string) error { return p.printVersion() },
	})
	p.completeOptions(root)
	refuseUnknownTopics(root)
	return root
}

// unknownCommand refuses what is left of the arguments where a command has to be.
func unknownCommand(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	var names []string
	for _, c := range cmd.Commands() {
		names = append(names, c.Name())
	}
	err := fmt.Errorf("there is no command %q%s", args[0], yamlfile.Nearest(args[0], names))
	return usageError{err, "see " + cmd.CommandPath() + " --help"}
}

// refuseUnknownTopics makes an error of a name that does not exist after help and
// completion. Cobra's own commands print help then, and exit 0.
func refuseUnknownTopics(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		switch c.Name() {
		case "help":
			c.Run, c.RunE = nil, func(_ *cobra.Command, args []string) error {
				topic, rest, err := root.Find(args)
				if err != nil {
					return err
				}
				if len(rest) > 0 && topic.HasSubCommands() {
					return unknownCommand(topic, rest)
				}
				topic.InitDefaultHelpFlag()
				return topic.Help()
			}
		case "completion":
			c.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
			c.Args = unknownCommand
		}
	}
}

func (p *program) printVersion() error {
	_, err := fmt.Fprintf(p.out, "ai-endpoints-mcp %s\n", p.build())
	return err
}

// build is the version, with what it was built by and for.
func (p *program) build() string {
	return fmt.Sprintf("%s (%s, %s/%s)", p.version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}

// loading runs a command with the options in force.
func (p *program) loading(run func(context.Context, []string) error) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		if err := p.load(cmd); err != nil {
			return err
		}
		return run(cmd.Context(), args)
	}
}

func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return usageError{fmt.Errorf("unexpected argument %q", args[0]), "see " + cmd.CommandPath() + " --help"}
}

// reportError prints an error in two lines, what and what to do, and returns the exit
// code.
func (p *program) reportError(err error) int {
	var usage usageError
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errInterrupted):
		return exitInterrupted
	case errors.Is(err, errToolFailed), errors.Is(err, errCheckFailed):
		return exitFailure
	case errors.As(err, &usage):
		fmt.Fprintf(p.err, "error: %v\nhint: %s\n", err, usage.hint)
		return exitUsage
	default:
		fmt.Fprintf(p.err, "error: %v\n", err)
		return exitFailure
	}
}

// usageError is a mistake in the program's own arguments or configuration.
type usageError struct {
	error
	hint string
}

func (e usageError) Unwrap() error { return e.error }
