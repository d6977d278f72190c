package cli

import (
	"errors"
	"io/fs"
	"os"
	"os/signal"
	"reflect"
	"syscall"
)

// reload reads the config file again and returns the config in force: the new one
// with its models and defaults, or the current one if the file cannot be used.
func (a *app) reload(current *configFile) *configFile {
	if current.path == "" {
		return current
	}
	fresh, err := readConfig(current.path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && !current.found:
		return current // there was none at the start either
	case err != nil:
		a.log.Error("reload failed, keeping last good", "file", "config file", "error", err)
		return current
	}
	a.provider.Configure(fresh.models, fresh.defaults)
	a.log.Info("file reloaded", "file", "config file", "models", len(fresh.models))
	if !reflect.DeepEqual(fresh.texts(), current.texts()) {
		a.log.Warn("only models and defaults of the config file change while the server runs; restart it for the rest")
	}
	return fresh
}

// texts returns the values of the options, wherever they stand in the file.
func (f *configFile) texts() map[string][]string {
	texts := map[string][]string{}
	for name, value := range f.options {
		texts[name] = value.texts
	}
	return texts
}

// onSIGHUP calls reload at each SIGHUP, one call at a time, until stop is called.
// Stop does not wait for a call that runs: a file such as a FIFO without a writer
// can block it forever.
func onSIGHUP(reload func()) (stop func()) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGHUP)
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-signals:
				reload()
			case <-done:
				return
			}
		}
	}()
	return func() {
		signal.Stop(signals)
		close(done)
	}
}
