package cli

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/cli/clients"
)

// listClients prints each client, whether it is here, and what its config says of us.
func (p *program) listClients(s *setup) error {
	program, err := thisProgram()
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(p.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "CLIENT\tFOUND\tSTATE\tCONFIG")
	for _, client := range clients.All() {
		path := client.Path(s.env)
		if path == "" {
			continue
		}
		found := "no"
		if client.IsHere(s.env) {
			found = "yes"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", client.Name, found, stateOf(client, path, program), path)
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("printing the clients: %w", err)
	}
	fmt.Fprintln(p.err, "setup CLIENT adds the entry to that config; with --dry-run it only shows what would change")
	return nil
}

// stateOf says what a config holds of us.
func stateOf(client clients.Client, path, program string) string {
	config, err := readIfThere(path)
	if err != nil {
		return "unreadable"
	}
	found, err := client.Read(config)
	if err != nil {
		return "broken: " + err.Error()
	}
	switch {
	case len(found) == 0:
		return "not set up"
	case len(found) > 1:
		var names []string
		for _, e := range found {
			names = append(names, e.Name)
		}
		return fmt.Sprintf("%d entries: %s", len(found), strings.Join(names, ", "))
	case found[0].URL != "":
		return "set up, with a URL"
	case isRelative(found[0].Command):
		return "starts a relative path: " + found[0].Command
	case found[0].Command != program:
		return "starts another program: " + found[0].Command
	default:
		return "set up"
	}
}
