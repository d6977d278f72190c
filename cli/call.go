package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"runtime"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
)

// stdioCommand serves one client over stdin and stdout.
type stdioCommand struct {
	toolFlags
}

// Run serves until stdin ends or the process is told to stop.
func (c stdioCommand) Run(ctx context.Context, f *flags, settings *config, std streams) error {
	a, err := newApp(f, c.toolFlags, settings, std, withTraces)
	if err != nil {
		return err
	}
	defer a.Close()
	if isTerminal(std.in) {
		a.log.Info("waiting for an MCP client on standard input; --help tells of the other commands")
	}
	return a.server.ServeStdio(ctx, std.in, std.out)
}

// callCommand runs one tool in this process.
type callCommand struct {
	toolFlags
	Tool      string   `arg:"" help:"The tool's name."`
	Arguments []string `arg:"" optional:"" help:"One JSON object, or key=value; a repeated key is a list." placeholder:"JSON|key=value"`
	JSON      bool     `name:"json" help:"Print the structured result as JSON."`
}

// toolFailed says that the tool's answer, which was printed, is an error.
type toolFailed struct{ error }

// Run prints the answer to stdout; notes and, without --json, errors go to
// stderr.
func (c callCommand) Run(ctx context.Context, f *flags, settings *config, std streams) error {
	arguments, err := parseArguments(c.Arguments)
	if err != nil {
		return usageError{err, `give one JSON object, or key=value as in: call chat prompt="Hello"`}
	}
	return callTool(ctx, c.Tool, arguments, c.JSON, c.toolFlags, f, settings, std)
}

// resolveCommand explains a query.
type resolveCommand struct {
	Query  string `arg:"" help:"The query, as in llama@latest."`
	Limit  int    `default:"5" help:"Most candidates to show."`
	Verify bool   `help:"Also ask the service, by a call of one token."`
	JSON   bool   `name:"json" help:"Print the structured result as JSON."`
}

// Run prints what the tool resolve-virtual-model answers.
func (c resolveCommand) Run(ctx context.Context, f *flags, settings *config, std streams) error {
	arguments, err := json.Marshal(map[string]any{"query": c.Query, "limit": c.Limit, "verify": c.Verify})
	if err != nil {
		return err
	}
	return callTool(ctx, "resolve-virtual-model", arguments, c.JSON, toolFlags{}, f, settings, std)
}

// callTool runs a tool once and prints its answer.
func callTool(ctx context.Context, tool string, arguments json.RawMessage, asJSON bool, offered toolFlags, f *flags, settings *config, std streams) error {
	f.quiet()
	a, err := newApp(f, offered, settings, std)
	if err != nil {
		return err
	}
	defer a.Close()
	result, err := a.server.Call(ctx, tool, arguments)
	if err != nil {
		return usageError{err, "see the README for the tools"}
	}
	if asJSON {
		err = printJSON(std.out, result.StructuredContent)
	} else {
		printText(result, std)
	}
	if result.IsError {
		return toolFailed{errors.New("the tool failed")}
	}
	return err
}

func printJSON(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return fmt.Errorf("printing the result: %w", err)
	}
	return nil
}

// printText prints the answer to stdout and what stands beside it to stderr, so
// that the answer can be piped.
func printText(result *mcp.CallToolResult, std streams) {
	for i, content := range result.Content {
		text, ok := content.(mcp.TextContent)
		switch {
		case !ok:
		case i == 0 && !result.IsError:
			fmt.Fprintln(std.out, text.Text)
		default:
			fmt.Fprintln(std.err, text.Text)
		}
	}
}

// parseArguments reads one JSON object, or key=value pairs. Values are texts;
// the tool's schema says which of them are numbers, lists or objects.
func parseArguments(given []string) (json.RawMessage, error) {
	if len(given) == 1 && strings.HasPrefix(strings.TrimSpace(given[0]), "{") {
		if !json.Valid([]byte(given[0])) {
			return nil, errors.New("the argument is not valid JSON")
		}
		return json.RawMessage(given[0]), nil
	}
	values := map[string]any{}
	for _, pair := range given {
		key, value, ok := strings.Cut(pair, "=")
		if !ok || key == "" {
			return nil, fmt.Errorf("the argument %q is not key=value", pair)
		}
		switch earlier := values[key].(type) {
		case nil:
			values[key] = value
		case string:
			values[key] = []string{earlier, value}
		case []string:
			values[key] = append(earlier, value)
		}
	}
	return json.Marshal(values)
}

// versionCommand prints the version.
type versionCommand struct{}

// Run prints one line.
func (versionCommand) Run(std streams) error {
	_, err := fmt.Fprintf(std.out, "ai-endpoints-mcp %s (%s, %s/%s)\n", std.version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
