package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/cli/clients"
)

// modelsFile says whether the command writes the catalogue as a page, and where to.
type modelsFile struct {
	open bool
	path string // "" is the default
}

func (f *modelsFile) isAsked() bool { return f.open || f.path != "" }

// check refuses the flags of the table, which the page does not need.
func (f *modelsFile) check(cmd *cobra.Command, ofTable []string) error {
	for _, name := range ofTable {
		if cmd.Flags().Changed(name) {
			return usageError{
				fmt.Errorf("--%s has no effect with --open and --output, which write all models", name), "leave it out, and filter in the page",
			}
		}
	}
	return nil
}

// writeModels writes the catalogue as a page, prints where it is, and opens it.
func (p *program) writeModels(ctx context.Context, f *modelsFile) error {
	path, err := p.modelsPath(f)
	if err != nil {
		return err
	}
	a, err := newApp(p, appOptions{quiet: true})
	if err != nil {
		return err
	}
	defer a.Close()
	page, err := a.server.View(ctx)
	if err != nil {
		return err
	}
	if path, err = clients.FollowLink(path); err == nil {
		err = clients.ReplaceFile(path, page, 0o600) // it may hold what was spent
	}
	if err != nil {
		return fmt.Errorf("writing the page: %w", err)
	}
	fmt.Fprintln(p.out, path)
	if note := p.sandboxNote(); note != "" {
		fmt.Fprintln(p.err, note)
	}
	if !f.open {
		return nil
	}
	if err := openFile(ctx, path); err != nil {
		fmt.Fprintf(p.err, "%v: open the file in a browser yourself\n", err)
		return nil
	}
	fmt.Fprintln(p.err, "opened in the browser; if it shows nothing there, name a file that it may read with --output")
	return nil
}

// modelsPath returns where the page is written to. Folders of the user's choice must be
// there; the cache folder is made.
func (p *program) modelsPath(f *modelsFile) (string, error) {
	if f.path != "" {
		return filepath.Abs(f.path)
	}
	folder := p.options.cacheDir()
	if folder == "" {
		return "", usageError{errors.New("there is no cache folder for the page"), "name its file with --output FILE"}
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", fmt.Errorf("writing the page: %w", err)
	}
	return filepath.Abs(filepath.Join(folder, "models.html"))
}

// opener returns the command that opens a file as the desktop does, nil without a desktop.
func opener() []string {
	switch runtime.GOOS {
	case "darwin":
		return []string{"open"}
	case "windows":
		return []string{"rundll32", "url.dll,FileProtocolHandler"}
	}
	if os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
		return nil
	}
	return []string{"xdg-open"}
}

// openTimeout is how long to wait for a command that opens a file. Some end only when
// the browser does.
const openTimeout = 3 * time.Second

func openFile(ctx context.Context, path string) error {
	command := opener()
	if command == nil {
		return errors.New("there is no desktop here")
	}
	name, err := exec.LookPath(command[0])
	if err != nil {
		return fmt.Errorf("there is no %s here", command[0])
	}
	run := exec.CommandContext(context.WithoutCancel(ctx), name, append(command[1:], path)...) // the browser outlives this program
	run.Env = withoutKeys(os.Environ())
	if err := run.Start(); err != nil {
		return fmt.Errorf("%s cannot be started", command[0])
	}
	ended := make(chan error, 1)
	go func() { ended <- run.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			return fmt.Errorf("%s failed (%w)", command[0], err)
		}
	case <-time.After(openTimeout):
	}
	return nil
}

// withoutKeys leaves the API key out of what a browser inherits.
func withoutKeys(environment []string) []string {
	return slices.DeleteFunc(environment, func(variable string) bool {
		name, _, _ := strings.Cut(variable, "=")
		return slices.Contains(keyVariables(), name)
	})
}
