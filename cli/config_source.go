package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/alecthomas/kong"
)

// configSource is the config file as a source of values for the flags that
// neither the command line nor the environment sets.
type configSource struct {
	config *config
	read   bool
}

// Validate has nothing to check: the file's keys are known fields.
func (*configSource) Validate(*kong.Application) error { return nil }

// Resolve returns the file's value of a flag. Kong prefers it to the environment,
// so it returns nil for a flag whose variable is set.
func (s *configSource) Resolve(ctx *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	if !s.read {
		s.read = true
		if err := s.load(ctx); err != nil {
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
	return s.config.value(flag.Name), nil
}

func (s *configSource) load(ctx *kong.Context) error {
	path := ""
	for _, flag := range ctx.Flags() {
		if flag.Name == "config" {
			path, _ = ctx.FlagValue(flag).(string)
		}
	}
	required := path != ""
	if !required {
		folder, err := os.UserConfigDir()
		if err != nil {
			return nil // without a home there is no default config file
		}
		path = filepath.Join(folder, "ai-endpoints-mcp", "config.yaml")
	}
	s.config.path = path
	err := readConfig(path, s.config)
	if !required && errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return usageError{fmt.Errorf("config file %s: %w", path, err), "correct the file, or name another with --config"}
	}
	return nil
}
