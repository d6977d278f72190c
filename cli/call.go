package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
)

// callCommand runs one tool in this process.
type callCommand struct {
	toolOptions
	Tool      string   `arg:"" help:"The tool's name."`
	Arguments []string `arg:"" optional:"" help:"One JSON object, or key=value; a repeated key is a list." placeholder:"JSON|key=value"`
	JSON      bool     `name:"json" help:"Print the structured result as JSON."`
}

// Run prints the answer to stdout; notes and, without --json, errors go to
// stderr.
func (c callCommand) Run(ctx context.Context, p *program) error {
	arguments, err := parseArguments(c.Arguments)
	if err != nil {
		return usageError{err, `give one JSON object, or key=value as in: call chat prompt="Hello"`}
	}
	return p.call(ctx, toolCall{name: c.Tool, arguments: arguments, offered: c.Tools, asJSON: c.JSON})
}

// resolveCommand explains a query.
type resolveCommand struct {
	Query  string `arg:"" help:"The query, as in llama@latest."`
	Limit  int    `default:"5" help:"Maximum number of candidates to show."`
	Verify bool   `help:"Also ask the service, with a call of one token."`
	JSON   bool   `name:"json" help:"Print the structured result as JSON."`
}

// Run prints what the tool resolve-virtual-model answers.
func (c resolveCommand) Run(ctx context.Context, p *program) error {
	arguments, err := json.Marshal(map[string]any{"query": c.Query, "limit": c.Limit, "verify": c.Verify})
	if err != nil {
		return err
	}
	return p.call(ctx, toolCall{name: "resolve-virtual-model", arguments: arguments, asJSON: c.JSON})
}

// toolCall is one call of a tool by a command.
type toolCall struct {
	name      string
	arguments json.RawMessage
	offered   []string // the tools that may be called; nil allows all
	asJSON    bool     // print the structured result
}

// errToolFailed means that the printed answer is an error.
var errToolFailed = errors.New("the tool failed")

// call calls a tool once and prints its answer.
func (p *program) call(ctx context.Context, c toolCall) error {
	a, err := newApp(p, appOptions{tools: c.offered, quiet: true})
	if err != nil {
		return err
	}
	defer a.Close()
	result, err := a.server.Call(ctx, c.name, c.arguments)
	if err != nil {
		return usageError{err, "see the README for the tools"}
	}
	if c.asJSON {
		err = printJSON(p.out, result.StructuredContent)
	} else {
		p.printText(result)
	}
	if result.IsError {
		return errToolFailed
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

// printText prints the answer to stdout and everything else to stderr, so that
// the answer can be piped.
func (p *program) printText(result *mcp.CallToolResult) {
	for i, content := range result.Content {
		text, ok := content.(mcp.TextContent)
		switch {
		case !ok:
		case i == 0 && !result.IsError:
			fmt.Fprintln(p.out, text.Text)
		default:
			fmt.Fprintln(p.err, text.Text)
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
