package cli

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/cli/clients"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/yamlfile"
)

// setup is what the flags of the command say, beside the options, which become those of
// the entry.
type setup struct {
	dryRun, remove, withKey bool
	url, name, tokenEnv     string
	command                 string // of the entry; "" is this program

	named bool // the name was given
	env   clients.Env
}

const setupDescription = `Writes this program into the user-wide config of an MCP client, and shows what it changed. Other entries
and comments stay, the file as it was is kept beside it, and nothing is asked. Flags such as --sandbox, --allow-dir or
--tools become those of the entry. The key is not written where the client can take it from a variable or ask for it.

Without a client it lists those found here. print prints the entry in the form that most clients take.`

func (p *program) setupCommand() *cobra.Command {
	s := &setup{}
	cmd := &cobra.Command{
		Use: "setup [CLIENT]", Short: "Write this program into the config of an MCP client.",
		Long:              setupDescription + "\n\nClients: " + strings.Join(clientNames(), ", ") + ".",
		ValidArgsFunction: completeClient,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) <= 1 {
				return nil
			}
			return usageError{fmt.Errorf("unexpected argument %q", args[1]), "name one client; see " + cmd.CommandPath() + " --help"}
		},
		RunE: func(cmd *cobra.Command, args []string) (err error) {
			s.named = cmd.Flags().Changed("name")
			if s.env, err = clients.ThisMachine(); err != nil {
				return usageError{err, "set HOME to the folder whose configs are meant"}
			}
			p.markFlags(cmd)
			if len(args) == 0 {
				return p.listClients(s)
			}
			return p.setUp(s, args[0])
		},
	}
	flags := cmd.Flags()
	flags.SortFlags = false
	flags.BoolVar(&s.dryRun, "dry-run", false, "Show what would change, write nothing.")
	flags.BoolVar(&s.remove, "remove", false, "Remove the entry.")
	flags.StringVar(&s.url, "url", "", "URL of a server of the http command, instead of a command to start.")
	flags.StringVar(&s.tokenEnv, "token-env", "", "Variable of the token for --url; default AI_ENDPOINTS_MCP_TOKEN, on this machine none.")
	flags.StringVar(&s.name, "name", "ai-endpoints", "Name of the entry; default ai-endpoints.")
	flags.BoolVar(&s.withKey, "with-key", false, "Write the key or token itself into the config.")
	p.addOptions(flags, offersTools)
	p.addOptions(flags, serves)
	return cmd
}

// markFlags records which options were given; the environment and the config file are not
// those of the client.
func (p *program) markFlags(cmd *cobra.Command) {
	p.options.origins = map[string]origin{}
	for _, row := range p.rows {
		if flag := cmd.Flags().Lookup(row.name); flag != nil && flag.Changed {
			p.options.origins[row.name] = fromFlag(row.name)
		}
	}
}

// setUp writes or removes the entry of one client.
func (p *program) setUp(s *setup, name string) error {
	client, known := clients.Find(name)
	if !known {
		err := fmt.Errorf("there is no client %q%s", name, yamlfile.Nearest(name, clientNames()))
		return usageError{err, "name one of " + strings.Join(clientNames(), ", ")}
	}
	var server clients.Server
	if !s.remove {
		var err error
		if server, err = p.entry(s, client); err != nil {
			return err
		}
	}
	e := edit{client: client, server: server, path: client.Path(s.env), isHere: client.IsHere(s.env)}
	if e.path == "" {
		return p.printEntry(s, client, server)
	}
	if err := s.prepare(&e); err != nil {
		return err
	}
	return p.apply(s, e)
}

// edit is a change of a client's config.
type edit struct {
	client       clients.Client
	server       clients.Server
	path         string
	isHere       bool // the client, before its config is created
	old, changed []byte
	found        []clients.Entry // of ours, in the old config
}

// prepare reads the config and changes it in memory.
func (s *setup) prepare(e *edit) (err error) {
	if e.old, err = readIfThere(e.path); err != nil {
		return err
	}
	if e.found, err = e.client.Read(e.old); err != nil {
		return fmt.Errorf("%s: %w", e.path, err)
	}
	if err := s.checkEntries(e.path, e.found); err != nil {
		return err
	}
	if s.remove {
		e.changed, err = e.client.Remove(e.old, s.name)
	} else {
		e.changed, err = e.client.Merge(e.old, e.server)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", e.path, err)
	}
	return nil
}

// printEntry prints the entry for a client that setup does not know.
func (p *program) printEntry(s *setup, client clients.Client, server clients.Server) error {
	if s.remove {
		return usageError{errors.New("print has no config from which an entry could be removed"), "name a client"}
	}
	block, err := client.Block(server)
	if err == nil {
		_, err = fmt.Fprint(p.out, withoutSecrets(block, server.Secret.Text))
	}
	return err
}

// apply shows what changes, writes it, and says what to do next.
func (p *program) apply(s *setup, e edit) error {
	var report strings.Builder
	fmt.Fprintf(&report, "%s: %s\n", e.client.Title, e.path)
	same := bytes.Equal(e.old, e.changed)
	switch {
	case same && s.remove:
		fmt.Fprintf(&report, "nothing to change: there is no entry %q\n", s.name)
	case same:
		fmt.Fprintf(&report, "nothing to change: the entry %q says this already\n", s.name)
	default:
		report.WriteString(withoutSecrets(changes(e.path, e.old, e.changed), e.server.Secret.Text))
	}
	if !same && !s.dryRun {
		backup, err := clients.Write(e.path, e.old, e.changed)
		if err != nil {
			return fmt.Errorf("writing the config of %s: %w", e.client.Title, err)
		}
		if backup != "" {
			fmt.Fprintln(&report, "backup: "+backup)
		}
	}
	for _, note := range s.notes(e) {
		fmt.Fprintln(&report, "note: "+note)
	}
	switch {
	case s.dryRun:
		fmt.Fprintln(&report, "dry run: nothing was written")
	case !same && !s.remove:
		fmt.Fprintln(&report, "next: "+e.client.Next)
	}
	_, err := fmt.Fprint(p.out, report.String())
	return err
}

// changes returns a unified diff.
func changes(path string, old, changed []byte) string {
	_, text, _ := bytes.Cut(diff.Diff(path, old, path, changed), []byte("\n")) // its first line is a command
	return string(text)
}

// readIfThere returns nil for a file that does not exist.
func readIfThere(path string) ([]byte, error) {
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if content == nil {
		content = []byte{}
	}
	return content, err
}

// checkEntries refuses to make one entry of ours the second, unless its name was given.
func (s *setup) checkEntries(path string, found []clients.Entry) error {
	var others []string
	mine := 0
	for _, e := range found {
		if e.Name == s.name {
			mine++
		} else {
			others = append(others, fmt.Sprintf("%q", e.Name))
		}
	}
	switch {
	case s.named || len(others) == 0: // a name that is there twice is refused with its line
		return nil
	case len(others)+mine > 1:
		if mine > 0 {
			others = slices.Insert(others, 0, fmt.Sprintf("%q", s.name))
		}
		return fmt.Errorf("%s: %s are all entries of this program: remove one with --remove --name NAME, or change one with --name NAME",
			path, strings.Join(others, " and "))
	default:
		return fmt.Errorf("%s: %s is an entry of this program: name it with --name %[2]s, or add a second one with --name NAME",
			path, others[0])
	}
}

func clientNames() []string {
	var names []string
	for _, c := range clients.All() {
		names = append(names, c.Name)
	}
	return names
}

func completeClient(_ *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return withPrefix(clientNames(), typed), cobra.ShellCompDirectiveNoFileComp
}

// isRelative reports whether a command is a path that depends on the folder in which the
// client runs. A bare name is looked up in PATH.
func isRelative(command string) bool {
	windows := len(command) > 2 && command[1] == ':'
	return strings.ContainsAny(command, `/\`) && !filepath.IsAbs(command) && !windows && command[0] != '/' && command[0] != '\\'
}
