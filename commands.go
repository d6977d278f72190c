package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
)

// stdioCommand serves one client over stdin and stdout.
type stdioCommand struct{}

// Run serves until stdin ends or the process is told to stop.
func (stdioCommand) Run(ctx context.Context, f *flags, settings *config, std streams) error {
	a, err := newApp(f, settings, std)
	if err != nil {
		return err
	}
	defer a.Close()
	return a.server.ServeStdio(ctx, std.in, std.out)
}

// callCommand runs one tool in this process.
type callCommand struct {
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
	if f.LogLevel == slog.LevelInfo {
		f.LogLevel = slog.LevelWarn // who runs one call sees its answer
	}
	a, err := newApp(f, settings, std)
	if err != nil {
		return err
	}
	defer a.Close()
	result, err := a.server.Call(ctx, c.Tool, arguments, nil)
	if err != nil {
		return usageError{err, "see the README for the tools"}
	}
	if c.JSON {
		encoder := json.NewEncoder(std.out)
		encoder.SetIndent("", "  ")
		encoder.SetEscapeHTML(false)
		if err := encoder.Encode(result.StructuredContent); err != nil {
			return fmt.Errorf("printing the result: %w", err)
		}
	} else {
		printText(result, std)
	}
	if result.IsError {
		return toolFailed{errors.New("the tool failed")}
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
	_, err := fmt.Fprintf(std.out, "ai-endpoints-mcp %s (%s, %s/%s)\n", version, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
