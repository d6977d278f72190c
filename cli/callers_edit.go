package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/cli/clients"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd/callers"
)

// addedCaller is what the flags of callers add say.
type addedCaller struct {
	fields  callers.Fields
	keyFile string
	noToken bool
}

func (p *program) addCaller(ctx context.Context, name string, add *addedCaller) error {
	path, err := p.options.callersPath()
	if err != nil {
		return err
	}
	if add.keyFile != "" {
		if add.fields.KeyFile, err = p.checkKeyFile(add.keyFile, path); err != nil {
			return err
		}
	}
	var token string
	if !add.noToken {
		token, add.fields.Token = callers.RandomToken()
	}
	err = changeFile(ctx, path, func(content []byte) ([]byte, error) { return callers.Add(content, name, add.fields, editing()) })
	if err != nil {
		return callersError(path, err)
	}
	if add.keyFile == "" && !add.fields.SharedKey {
		fmt.Fprintf(p.err, "%s has no key, so its calls are anonymous; give it --shared-key or --key-file FILE\n", name)
	}
	if all, err := p.readCallers(); err == nil {
		if added, ok := all.ByName(name); ok && added.Expired(time.Now()) {
			fmt.Fprintf(p.err, "%s cannot call: --expires is in the past\n", name)
		}
	}
	if add.noToken {
		fmt.Fprintf(p.err, "%s is in %s, without a token\n", name, path)
		return nil
	}
	fmt.Fprintf(p.err, "%s is in %s; this is its token, which is kept nowhere:\n", name, path)
	_, err = fmt.Fprintln(p.out, token)
	return err
}

// checkKeyFile reads a key file, and returns its path as the file of callers names it:
// from its folder, if it is below.
func (p *program) checkKeyFile(keyFile, callersFile string) (string, error) {
	content, _, err := readKeyFile(keyFile)
	if err == nil {
		_, err = p.options.callerKey(p.options.logger(p.err, true))(keyFile, []byte(content))
	}
	absolute, absErr := filepath.Abs(keyFile)
	folder, folderErr := filepath.Abs(filepath.Dir(callersFile))
	if err = errors.Join(err, absErr, folderErr); err != nil {
		return "", usageError{fmt.Errorf("--key-file: %w", err), "name a file that holds a key of AI Endpoints"}
	}
	if below, err := filepath.Rel(folder, absolute); err == nil && filepath.IsLocal(below) {
		return below, nil
	}
	return absolute, nil
}

func (p *program) revokeCaller(ctx context.Context, name string) error {
	path, err := p.options.callersPath()
	if err != nil {
		return err
	}
	all, err := p.readCallers()
	if err != nil {
		return err
	}
	err = changeFile(ctx, path, func(content []byte) ([]byte, error) { return callers.Remove(content, name, editing()) })
	switch {
	case errors.Is(err, callers.ErrNoCaller):
		return noSuchCaller(name, all.Names())
	case err != nil:
		return callersError(path, err)
	}
	fmt.Fprintf(p.err, "%s is no longer in %s\n", name, path)
	return nil
}

// changeFile replaces a file by what change makes of it, in one step. It keeps the file's
// mode and owner, follows links, and waits for another command that changes it. A file
// that is not there has no content.
func changeFile(ctx context.Context, path string, change func(content []byte) ([]byte, error)) error {
	path, err := clients.FollowLink(path)
	if err != nil {
		return err
	}
	unlock, err := lock(ctx, path+".lock")
	if err != nil {
		return err
	}
	defer unlock()
	content, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	mode := fs.FileMode(0o600)
	was, statErr := os.Stat(path)
	if statErr == nil {
		mode = was.Mode().Perm()
	}
	changed, err := change(content)
	if err != nil {
		return err
	}
	if err := clients.ReplaceFile(path, changed, mode); err != nil {
		return err
	}
	if statErr == nil {
		keepOwner(path, was)
	}
	return nil
}

const (
	lockTimeout = 5 * time.Second // a change takes milliseconds
	lockRetry   = 20 * time.Millisecond
)

// lock makes a file that only one command at a time can make.
func lock(ctx context.Context, path string) (unlock func(), err error) {
	ctx, cancel := context.WithTimeout(ctx, lockTimeout)
	defer cancel()
	retry := time.NewTicker(lockRetry)
	defer retry.Stop()
	for {
		file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err == nil {
			return func() { _ = os.Remove(path) }, file.Close()
		}
		if !errors.Is(err, fs.ErrExist) {
			return nil, err
		}
		select {
		case <-retry.C:
		case <-ctx.Done():
			return nil, fmt.Errorf("another command changes %s; if none runs, remove %s", strings.TrimSuffix(path, ".lock"), path)
		}
	}
}
