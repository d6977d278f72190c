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
	"runtime"
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

// commandLine is the grammar of the command line.
type commandLine struct {
	options

	Stdio   stdioCommand   `cmd:"" default:"withargs" help:"Serve one MCP client over stdin and stdout (the default)."`
	HTTP    httpCommand    `cmd:"" name:"http" help:"Serve a team over Streamable HTTP."`
	Call    callCommand    `cmd:"" help:"Run one tool and print its answer."`
	Models  modelsCommand  `cmd:"" help:"Print the catalogue of models as a table."`
	Resolve resolveCommand `cmd:"" help:"Explain which model a query picks."`
	Version versionCommand `cmd:"" help:"Print the version."`
}

// program is what every command runs with.
type program struct {
	version  string
	in       io.Reader
	out, err io.Writer
	options  *options
	config   *config
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
	p := &program{version: version, in: os.Stdin, out: os.Stdout, err: os.Stderr}
	parser, err := newParser(ctx, p)
	if err != nil {
		panic(err) // the tags of commandLine are wrong
	}
	return p.run(parser, args)
}

// newParser returns a parser that fills in the options and the config of p.
func newParser(ctx context.Context, p *program) (*kong.Kong, error) {
	var line commandLine
	p.options, p.config = &line.options, &config{}
	return kong.New(&line,
		kong.Name("ai-endpoints-mcp"), kong.Description(description),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, WrapUpperBound: 100}),
		kong.Vars{"base_url": provider.DefaultBaseURL, "catalog_url": provider.DefaultCatalogURL},
		kong.Resolvers(&configSource{config: p.config}),
		kong.BindTo(ctx, (*context.Context)(nil)), kong.Bind(p),
		kong.Writers(p.out, p.err), kong.Exit(func(code int) { panic(exitCode(code)) }),
	)
}

// exitCode carries the code of --help out of kong.
type exitCode int

// run parses args, runs the command and returns the exit code.
func (p *program) run(parser *kong.Kong, args []string) (code int) {
	defer func() {
		if cause := recover(); cause != nil {
			exit, ok := cause.(exitCode)
			if !ok {
				panic(cause)
			}
			code = int(exit)
		}
	}()
	parsed, err := parser.Parse(args)
	if err != nil {
		// Kong puts a flag's name before an error of the config file.
		usage, ok := errors.AsType[usageError](err)
		if !ok {
			usage = usageError{err, "see ai-endpoints-mcp --help"}
		}
		return reportError(p.err, usage)
	}
	return reportError(p.err, parsed.Run())
}

// reportError prints an error, with a hint if there is one, and returns the exit
// code.
func reportError(w io.Writer, err error) int {
	switch {
	case err == nil:
		return 0
	case errors.Is(err, errToolFailed):
		return exitFailure
	}
	fmt.Fprintf(w, "error: %v\n", err)
	if usage, ok := errors.AsType[usageError](err); ok {
		fmt.Fprintf(w, "hint: %s\n", usage.hint)
		return exitUsage
	}
	return exitFailure
}

// usageError is a mistake in the program's own arguments or configuration.
type usageError struct {
	error
	hint string
}

func (e usageError) Unwrap() error { return e.error }

// versionCommand prints the version.
type versionCommand struct{}

// Run prints one line.
func (versionCommand) Run(p *program) error {
	_, err := fmt.Fprintf(p.out, "ai-endpoints-mcp %s (%s, %s/%s)\n", p.version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
