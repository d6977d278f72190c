package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/alecthomas/kong"
)

// configResolver gives kong the config file's values for the flags that neither
// the command line nor the environment sets.
type configResolver struct {
	config *config
	read   bool
}

// Validate has nothing to check: the file's keys are known fields.
func (*configResolver) Validate(*kong.Application) error { return nil }

// Resolve gives the file's value of a flag. Kong would prefer it to the
// environment, so a variable that is set is left to win here.
func (r *configResolver) Resolve(ctx *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	if !r.read {
		r.read = true
		if err := r.load(ctx); err != nil {
			return nil, err
		}
	}
	for _, name := range flag.Envs {
		if _, set := os.LookupEnv(name); set {
			return nil, nil
		}
	}
	if flag.Name == "tools" && len(flag.Envs) == 0 {
		return nil, nil // a filter of the models command, not the tools to offer
	}
	if flag.Name == "api-key-file" && keyFromEnvironment() != "" {
		return nil, nil
	}
	return r.config.flag(flag.Name), nil
}

func (r *configResolver) load(ctx *kong.Context) error {
	path, asked := "", false
	for _, flag := range ctx.Flags() {
		if flag.Name == "config" {
			path, _ = ctx.FlagValue(flag).(string)
		}
	}
	if asked = path != ""; !asked {
		folder, err := os.UserConfigDir()
		if err != nil {
			return nil // without a home there is no default config file
		}
		path = filepath.Join(folder, "ai-endpoints-mcp", "config.yaml")
	}
	r.config.path = path
	err := readConfig(path, r.config)
	if !asked && errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return usageError{fmt.Errorf("config file %s: %w", path, err), "correct the file, or name another with --config"}
	}
	return nil
}
