// Package cli is the program's commands: it parses the command line, the
// environment and the config file, and wires provider and server together.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
)

// The exit codes: a tool that answers with an error is 1, a mistake in the
// program's own arguments or configuration is 2.
const (
	exitFailure = 1
	exitUsage   = 2
)

const description = `An MCP server for OVHcloud AI Endpoints: open-weight models hosted in the EU,
as tools for agents. Without a command it serves one client over stdio.

The key is read from $OVH_AI_ENDPOINTS_ACCESS_TOKEN, then $OVHCLOUD_API_KEY; without one
the free tier answers 2 requests a minute and model. Try it with no network and no key:

  ai-endpoints-mcp call chat prompt="Why is the sky blue?" --sandbox`

// cli is the command line.
type cli struct {
	flags

	Stdio   stdioCommand   `cmd:"" default:"withargs" help:"Serve one MCP client over stdin and stdout (the default)."`
	HTTP    httpCommand    `cmd:"" name:"http" help:"Serve a team over Streamable HTTP."`
	Call    callCommand    `cmd:"" help:"Run one tool and print its answer."`
	Models  modelsCommand  `cmd:"" help:"Print the catalogue of models as a table."`
	Resolve resolveCommand `cmd:"" help:"Explain which model a query picks."`
	Version versionCommand `cmd:"" help:"Print the version."`
}

// Main runs the program with the process's streams and returns its exit code.
func Main(version string, args []string) int {
	// Desktop hosts pass options that the user left blank as empty variables.
	for _, variable := range os.Environ() {
		if name, value, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "AI_ENDPOINTS_") && strings.TrimSpace(value) == "" {
			_ = os.Unsetenv(name)
		}
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal ends the process at once
	return run(ctx, args, streams{os.Stdin, os.Stdout, os.Stderr, version})
}

// streams are the process's own, and the program's version.
type streams struct {
	in       io.Reader
	out, err io.Writer
	version  string
}

// run parses args, runs the command and gives the exit code.
func run(ctx context.Context, args []string, std streams) int {
	parser, err := newParser(ctx, &cli{}, &config{}, std)
	if err != nil {
		panic(err) // the cli struct is wrong
	}
	return parseAndRun(parser, args, std)
}

func newParser(ctx context.Context, c *cli, settings *config, std streams) (*kong.Kong, error) {
	return kong.New(c,
		kong.Name("ai-endpoints-mcp"), kong.Description(description),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.Vars{"base_url": provider.DefaultBaseURL, "catalog_url": provider.DefaultCatalogURL},
		kong.Resolvers(&configResolver{config: settings}),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(&c.flags, settings, std),
		kong.Writers(std.out, std.err), kong.Exit(func(code int) { panic(exit(code)) }),
	)
}

// exit carries the code of --help out of kong.
type exit int

func parseAndRun(parser *kong.Kong, args []string, std streams) (code int) {
	defer func() {
		if cause := recover(); cause != nil {
			helped, ok := cause.(exit)
			if !ok {
				panic(cause)
			}
			code = int(helped)
		}
	}()
	parsed, err := parser.Parse(args)
	if err != nil {
		// Kong puts a flag's name before what is wrong with the config file.
		var known usageError
		if !errors.As(err, &known) {
			known = usageError{err, "see ai-endpoints-mcp --help"}
		}
		return complain(std.err, known)
	}
	return complain(std.err, parsed.Run())
}

// complain prints an error in two lines, what and what to do, and gives the
// exit code.
func complain(w io.Writer, err error) int {
	var silent toolFailed
	var usage usageError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &silent):
		return exitFailure
	case errors.As(err, &usage):
		fmt.Fprintf(w, "error: %v\nhint: %s\n", err, usage.hint)
		return exitUsage
	default:
		fmt.Fprintf(w, "error: %v\n", err)
		return exitFailure
	}
}

// usageError is a mistake in the program's own arguments or configuration.
type usageError struct {
	error
	hint string
}

func (e usageError) Unwrap() error { return e.error }

// providerHint says what to do when no provider can be made.
func providerHint(err error) string {
	if errors.Is(err, provider.ErrSpending) {
		return "name another folder with --cache-dir, or put right or remove what is in the way"
	}
	return "check --base-url, --catalog-url, --allow-dir and the key"
}
