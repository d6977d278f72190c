package cli

import "context"

// stdioCommand serves one client over stdin and stdout.
type stdioCommand struct {
	toolOptions
}

// Run serves until stdin ends or the process is told to stop.
func (c stdioCommand) Run(ctx context.Context, p *program) error {
	a, err := newApp(p, appOptions{tools: c.Tools, withTraces: true})
	if err != nil {
		return err
	}
	defer a.Close()
	if isTerminal(p.in) {
		a.log.Info("waiting for an MCP client on standard input; --help lists the other commands")
	}
	return a.server.ServeStdio(ctx, p.in, p.out)
}
