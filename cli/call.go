package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/spf13/cobra"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
)

func (p *program) callCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "call TOOL [JSON|key=value…]", Short: "Run one tool and print its answer.",
		Long: "Run one tool and print its answer. Arguments are one JSON object, or key=value pairs; a repeated key is a list.",
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 0 {
				return nil
			}
			return usageError{errors.New("the tool's name is missing"), `name one, as in: call chat prompt="Hello"`}
		},
		ValidArgsFunction: completeCall,
	}
	asJSON := cmd.Flags().Bool("json", false, "Print the structured result as JSON.")
	p.addOptions(cmd.Flags(), offersTools)
	cmd.RunE = p.loading(func(ctx context.Context, args []string) error {
		arguments, err := parseArguments(args[1:])
		if err != nil {
			return usageError{err, `give one JSON object, or key=value as in: call chat prompt="Hello"`}
		}
		return p.call(ctx, toolCall{name: args[0], arguments: arguments, offered: p.options.Tools, asJSON: *asJSON})
	})
	return cmd
}

func (p *program) resolveCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "resolve QUERY", Short: "Explain which model a query picks.", ValidArgsFunction: completeQuery,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				return nil
			}
			return usageError{fmt.Errorf("%d queries are given, one is wanted", len(args)), "give a query, as in: resolve llama@latest"}
		},
	}
	flags := cmd.Flags()
	limit := 0
	flags.Var(wholeNumber(&limit, 5, 1), "limit", "Maximum number of candidates to show; default 5.")
	verify := flags.Bool("verify", false, "Also ask the service, with a call of one token.")
	asJSON := flags.Bool("json", false, "Print the structured result as JSON.")
	cmd.RunE = p.loading(func(ctx context.Context, args []string) error {
		arguments, err := json.Marshal(map[string]any{"query": args[0], "limit": limit, "verify": *verify})
		if err != nil {
			return err
		}
		return p.call(ctx, toolCall{name: "resolve-virtual-model", arguments: arguments, asJSON: *asJSON})
	})
	return cmd
}

// toolCall is one call of a tool by a command.
type toolCall struct {
	name      string
	arguments json.RawMessage
	offered   []string // the tools that may be called; nil allows all
	asJSON    bool     // print the structured result
}

// What a command ends with whose answer was printed.
var (
	errToolFailed  = errors.New("the tool failed, or the model answered nothing")
	errInterrupted = errors.New("interrupted")
)

// call calls a tool once and prints its answer.
func (p *program) call(ctx context.Context, c toolCall) error {
	a, err := newApp(p, appOptions{tools: c.offered, quiet: true})
	if err != nil {
		return err
	}
	defer a.Close()
	result, err := a.server.Call(ctx, c.name, c.arguments)
	if err != nil {
		return usageError{err, "see ai-endpoints-mcp call --help"}
	}
	answered := !result.IsError && !isEmpty(result)
	if c.asJSON {
		err = printJSON(p.out, result.StructuredContent)
	} else {
		err = p.printText(result, answered)
	}
	switch {
	case ctx.Err() != nil:
		return errInterrupted
	case !answered:
		return errToolFailed
	default:
		return err
	}
}

// isEmpty reports whether a result says that the model answered nothing.
func isEmpty(result *mcp.CallToolResult) bool {
	var structured struct {
		Content, Description *string
		ToolCalls            []json.RawMessage `json:"tool_calls"`
		Warnings             []provider.Warning
	}
	raw, err := json.Marshal(result.StructuredContent)
	if err != nil || json.Unmarshal(raw, &structured) != nil {
		return false
	}
	answer := cmp.Or(structured.Content, structured.Description)
	return answer != nil && strings.TrimSpace(*answer) == "" && structured.ToolCalls == nil &&
		slices.ContainsFunc(structured.Warnings, func(w provider.Warning) bool { return w.Code.SaysWhyEmpty() })
}

func printJSON(w io.Writer, value any) error {
	var encoded strings.Builder
	encoder := json.NewEncoder(&encoded)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(value)
	if err == nil {
		_, err = io.WriteString(w, text.EscapeJSON(encoded.String()))
	}
	if err != nil {
		return fmt.Errorf("printing the result: %w", err)
	}
	return nil
}

// printText prints the answer to stdout and everything else to stderr, so that
// the answer can be piped. A pipe gets it as the model wrote it, a terminal without what
// would command it.
func (p *program) printText(result *mcp.CallToolResult, answered bool) error {
	for i, content := range result.Content {
		block, ok := content.(mcp.TextContent)
		switch {
		case !ok:
		case i == 0 && answered:
			answer := block.Text
			if isTerminal(p.out) {
				answer = text.Lines(answer)
			}
			if _, err := fmt.Fprintln(p.out, answer); err != nil {
				return fmt.Errorf("printing the result: %w", err)
			}
		default:
			fmt.Fprintln(p.err, text.Lines(block.Text))
		}
	}
	return nil
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
