package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/cli/clients"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/yamlfile"
)

// scope says which commands have an option.
type scope int

const (
	everyCommand scope = iota
	offersTools        // those that offer tools
	serves             // stdio and http
	servesHTTP         // http
)

// option is a row of the table: a flag, a variable and a key of the config file.
type option struct {
	name        string // of the flag and the key
	scope       scope
	variable    string // "" means none
	placeholder string // of the value in the help
	help        string
	value       *value
}

// origin says where a value came from, as errors name it.
type origin string

// fromFlag, fromVariable and fromFile are the origins of values that are not defaults.
func fromFlag(name string) origin { return origin("--" + name) }

func fromFile(f *configFile, line int, name string) origin {
	return origin(fmt.Sprintf("%s:%d: %s", f.path, line, name))
}

// addOptions makes the flags of the options with a scope.
func (p *program) addOptions(flags *pflag.FlagSet, s scope) {
	flags.SortFlags = false
	for _, row := range p.rows {
		if row.scope == s {
			row.addTo(flags)
		}
	}
}

// addOption makes the flag of one option.
func (p *program) addOption(flags *pflag.FlagSet, name string) {
	for _, row := range p.rows {
		if row.name == name {
			row.addTo(flags)
		}
	}
}

func (row option) addTo(flags *pflag.FlagSet) {
	flag := flags.VarPF(row.value, row.name, "", row.help)
	if row.value.kind == "bool" {
		flag.NoOptDefVal = "true"
	}
}

// load sets the options that no flag has set: from the environment, then from the
// config file.
func (p *program) load(cmd *cobra.Command) error {
	o := &p.options
	o.origins = map[string]origin{}
	var rows []option // of this command
	for _, row := range p.rows {
		flag := cmd.Flags().Lookup(row.name)
		if flag == nil || flag.Value != pflag.Value(row.value) {
			continue // models has a flag --tools of its own
		}
		if !reads(cmd, row.name) {
			if flag.Changed {
				return usageError{fmt.Errorf("%s has no effect on the %s command", fromFlag(row.name), cmd.Name()), "leave it out"}
			}
			continue
		}
		rows = append(rows, row)
		if flag.Changed {
			o.origins[row.name] = fromFlag(row.name)
		} else if err := p.fromVariable(row); err != nil {
			return err
		}
	}
	if err := p.loadConfig(); err != nil {
		return err
	}
	for _, row := range rows {
		given, ok := p.config.options[row.name]
		if _, set := o.origins[row.name]; set || !ok {
			continue
		}
		from := fromFile(p.config, given.line, row.name)
		if err := p.set(row, given.texts, from, "correct the file, or name another with --config"); err != nil {
			return err
		}
	}
	return nil
}

// readsOnly is the annotation of a command that reads only some of the options of every
// command: their names, separated by blanks.
const readsOnly = "reads-only"

// reads reports whether an option of every command has an effect on this one.
func reads(cmd *cobra.Command, name string) bool {
	only, limited := cmd.Annotations[readsOnly]
	return !limited || slices.Contains(strings.Fields(only), name)
}

// fromVariable sets an option from its variable. Desktop hosts pass options that the
// user left blank as empty variables, so a blank one is not set, or as the reference
// itself. That is an error, since a limit could get lost so, but where nothing gets lost
// but a permission.
func (p *program) fromVariable(row option) error {
	given := strings.TrimSpace(os.Getenv(row.variable))
	if row.variable == "" || given == "" {
		return nil
	}
	if (strings.HasPrefix(row.name, "allow-") || row.name == "write-dir") && clients.IsReference(given) {
		p.options.unexpanded = append(p.options.unexpanded, row.variable)
		return nil
	}
	texts := []string{given}
	if row.value.separated != nil {
		if several := row.value.separated(given); len(several) > 0 {
			texts = several
		}
	}
	return p.set(row, texts, origin(row.variable), "correct the variable "+row.variable+", or unset it")
}

func (p *program) set(row option, texts []string, from origin, hint string) error {
	p.options.origins[row.name] = from
	for _, text := range texts {
		if err := row.value.Set(text); err != nil {
			return usageError{fmt.Errorf("%s %w", from, err), hint}
		}
	}
	return nil
}

// from returns where the value of an option came from, as errors name it.
func (o *options) from(name string) origin {
	if from, ok := o.origins[name]; ok {
		return from
	}
	return fromFlag(name)
}

// loadConfig reads the config file that is asked for, or the one in the user's config
// folder, if it is there.
func (p *program) loadConfig() error {
	path, asked := p.options.Config, true
	if path == "" {
		folder, err := os.UserConfigDir()
		if err != nil {
			return nil // without a home there is no default config file
		}
		path, asked = filepath.Join(folder, "ai-endpoints-mcp", "config.yaml"), false
	}
	file, err := readConfig(path)
	p.config = file
	if err == nil || !asked && errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return usageError{err, "correct the file, or name another with --config"}
}

// flagError says in plain words what is wrong with a flag.
func flagError(cmd *cobra.Command, err error) error {
	hint := "see " + cmd.CommandPath() + " --help"
	var (
		unknown *pflag.NotExistError
		missing *pflag.ValueRequiredError
		invalid *pflag.InvalidValueError
	)
	switch {
	case errors.As(err, &unknown):
		name := unknown.GetSpecifiedName()
		if unknown.GetSpecifiedShortnames() != "" {
			return usageError{fmt.Errorf("unknown flag -%s", unknown.GetSpecifiedShortnames()), hint}
		}
		var known []string
		cmd.Flags().VisitAll(func(f *pflag.Flag) { known = append(known, "--"+f.Name) })
		return usageError{fmt.Errorf("unknown flag --%s%s", name, yamlfile.Suggestion("--"+name, known)), hint}
	case errors.As(err, &missing):
		return usageError{fmt.Errorf("--%s needs a value", missing.GetSpecifiedName()), hint}
	case errors.As(err, &invalid) && invalid.GetFlag().Value.Type() == "bool":
		return usageError{fmt.Errorf("%s is %q; true and false are allowed", fromFlag(invalid.GetFlag().Name), invalid.GetValue()), hint}
	case errors.As(err, &invalid):
		return usageError{fmt.Errorf("%s %w", fromFlag(invalid.GetFlag().Name), invalid.Unwrap()), hint}
	default:
		return usageError{err, hint}
	}
}
