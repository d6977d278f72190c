package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/spf13/cobra"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/tools"
)

const callHelp = `Run one tool and print its answer. Arguments are one JSON object, or pairs:

  key=TEXT    a text, number, list or object, as the tool takes it; a key that comes again is a list
  key=@FILE   what a file holds, without its last line end; key=- is standard input, ~/ the home folder
  key:=JSON   a JSON value, as in prompt:='"@alice"'; key:=@FILE and key:=- read one

Text that is piped in is the prompt, text, input, image or query that the call lacks; of batch,
each line is an item:

  ai-endpoints-mcp call chat system="Summarize." < report.txt

The answer goes to stdout, notes and errors to stderr. The exit code is 1 if the tool fails or
the model answers nothing, 2 for a mistake in the command, 130 when interrupted.`

func (p *program) callCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "call TOOL [JSON|key=value…]", Short: "Run one tool and print its answer.",
		Long: callHelp,
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
		reader := argumentReader{tool: args[0], in: p.in, notes: p.err}
		arguments, err := reader.read(ctx, args[1:])
		switch {
		case errors.Is(err, errInterrupted):
			return err
		case err != nil:
			return usageError{err, `give one JSON object, or key=value as in: call chat prompt="Hello"; see ai-endpoints-mcp call --help`}
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
	status := newStatusLine(p.err)
	p.err = status
	defer status.clear()
	a, err := newApp(p, appOptions{tools: c.offered, quiet: true})
	if err != nil {
		return err
	}
	defer a.Close()
	status.wait("waiting for the answer")
	printer := answerPrinter{out: p.out, status: status}
	events := tools.Events{OnText: printer.add, OnWait: status.wait, OnProgress: status.progress}
	var unprinted strings.Builder
	if c.asJSON {
		events.OnText = func(piece string) {
			if unprinted.Len() == 0 {
				status.wait(receiving)
			}
			unprinted.WriteString(piece)
		}
	}
	result, err := a.server.Call(ctx, c.name, c.arguments, events)
	if err != nil {
		return usageError{err, "see ai-endpoints-mcp call --help"}
	}
	empty, saved := look(result)
	answered := !result.IsError && !empty
	if c.asJSON {
		status.clear()
		err = printJSON(p.out, result.StructuredContent)
	} else {
		printer.finish(result, answered, saved)
	}
	switch {
	case ctx.Err() != nil:
		if unprinted.Len() > 0 { // the result of a call that was interrupted has no text
			fmt.Fprintln(status, text.Lines(unprinted.String()))
		}
		return errInterrupted
	case !answered:
		return errToolFailed
	default:
		return err
	}
}

// look reports whether a result says that the model answered nothing, and whether the
// answer is in a file.
func look(result *mcp.CallToolResult) (empty, saved bool) {
	var structured struct {
		Content, Description, Text *string
		ToolCalls                  []json.RawMessage `json:"tool_calls"`
		Saved                      *struct{}
		Warnings                   []provider.Warning
	}
	raw, err := json.Marshal(result.StructuredContent)
	if err != nil || json.Unmarshal(raw, &structured) != nil {
		return false, false
	}
	saved = structured.Saved != nil
	answer := cmp.Or(structured.Content, structured.Description, structured.Text)
	empty = answer != nil && strings.TrimSpace(*answer) == "" && structured.ToolCalls == nil && !saved &&
		slices.ContainsFunc(structured.Warnings, func(w provider.Warning) bool { return w.Code.SaysWhyEmpty() })
	return empty, saved
}
