package cli

import (
	"context"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/cli/clients"
)

func (p *program) stdioCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use: "stdio [DIR]…", Short: "Serve one MCP client over stdin and stdout (the default).",
		Long: "Serve one MCP client over stdin and stdout (the default). Images below each DIR may be read, as with --allow-dir:\n" +
			"hosts pass folders that their user has chosen as arguments.",
		RunE: p.loading(p.serveStdio),
	}
	p.addOptions(cmd.Flags(), offersTools)
	p.addOptions(cmd.Flags(), serves)
	return cmd
}

// serveStdio serves until stdin ends or the process is told to stop.
func (p *program) serveStdio(ctx context.Context, folders []string) error {
	for _, folder := range folders {
		if strings.TrimSpace(folder) != "" && !clients.IsReference(folder) { // as a host hands over what its user left blank
			p.options.AllowDirs = append(p.options.AllowDirs, folder)
		}
	}
	a, err := newApp(p, appOptions{tools: p.options.Tools, withTraces: true})
	if err != nil {
		return err
	}
	defer a.Close()
	if isTerminal(p.in) {
		a.log.Info("waiting for an MCP client on standard input; --help lists the other commands")
	}
	return a.server.ServeStdio(ctx, p.in, p.out, p.options.DrainTimeout)
}
