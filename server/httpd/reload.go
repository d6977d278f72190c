package httpd

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// reloadEvery is how often files are read to see whether they have changed.
	reloadEvery = time.Second
	// slowRead is when the log reports a slow read: a pipe without a writer and a stalled
	// network file system neither answer nor fail.
	slowRead = 10 * time.Second
)

// Reload reads the files of callers and certificate again, even if they have not
// changed. It does not wait for that. If a file cannot be used, its last good content
// stays in use and the log says why.
func (e *Endpoint) Reload() {
	for _, file := range e.files() {
		file.reload()
	}
}

// watchFiles reloads the files when they change, until stop is called. Requests never
// wait for a file.
func (e *Endpoint) watchFiles(ctx context.Context) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	var watching sync.WaitGroup
	for _, file := range e.files() {
		watching.Go(func() { file.watch(ctx) })
	}
	return func() {
		cancel()
		watching.Wait()
	}
}

type watchedFile interface {
	watch(ctx context.Context)
	reload()
}

func (e *Endpoint) files() []watchedFile {
	var files []watchedFile
	if e.options.Callers != nil {
		files = append(files, e.options.Callers.file)
	}
	if e.options.Certificate != nil {
		files = append(files, e.options.Certificate.file)
	}
	return files
}

// reloadable is a value that is parsed from files, again whenever they change. If the
// files cannot be used, it keeps the last good value.
type reloadable[T any] struct {
	what  string
	read  func() ([][]byte, error) // the files' contents; may take forever
	parse func(contents [][]byte) (T, error)
	log   *slog.Logger

	value     atomic.Pointer[T]
	requested chan struct{} // holds one element if a reload was requested

	// Only watch uses these.
	sum       [sha256.Size]byte // of the last contents; time and size of a file can miss a change
	lastError string            // that was logged
}

// openFiles parses the value for the first time, which must succeed.
func openFiles[T any](
	what string, log *slog.Logger, parse func(contents [][]byte) (T, error), paths ...string,
) (*reloadable[T], error) {
	return open(what, log, func() ([][]byte, error) { return readFiles(paths) }, parse)
}

// open parses what read returns for the first time, which must succeed.
func open[T any](
	what string, log *slog.Logger, read func() ([][]byte, error), parse func(contents [][]byte) (T, error),
) (*reloadable[T], error) {
	log = cmp.Or(log, slog.New(slog.DiscardHandler))
	f := &reloadable[T]{what: what, read: read, parse: parse, log: log, requested: make(chan struct{}, 1)}
	contents, err := f.read()
	if err != nil {
		return nil, err
	}
	value, err := parse(contents)
	f.sum = sumOf(contents)
	f.value.Store(&value)
	return f, err
}

// get returns the value of the files as they were about a second ago, without waiting.
func (f *reloadable[T]) get() T { return *f.value.Load() }

// reload requests a reload, whether or not the files have changed. It does not wait
// for it.
func (f *reloadable[T]) reload() {
	select {
	case f.requested <- struct{}{}:
	default: // one is requested already
	}
}

// watch reads the files every second and when a reload is requested, until ctx is
// done.
func (f *reloadable[T]) watch(ctx context.Context) {
	ticker := time.NewTicker(reloadEvery)
	defer ticker.Stop()
	for {
		requested := false
		select {
		case <-ctx.Done():
			return
		case <-f.requested:
			requested = true
		case <-ticker.C:
		}
		f.load(ctx, requested)
	}
}

// load reads the files once. A read cannot be interrupted, so it runs in its own
// goroutine, which is abandoned if ctx ends before the read does.
func (f *reloadable[T]) load(ctx context.Context, requested bool) {
	type result struct {
		contents [][]byte
		err      error
	}
	read := make(chan result, 1)
	go func() {
		contents, err := f.read()
		read <- result{contents, err}
	}()
	slow := time.NewTimer(slowRead)
	defer slow.Stop()
	for {
		select {
		case r := <-read:
			f.update(r.contents, r.err, requested)
			return
		case <-slow.C:
			f.fail(fmt.Errorf("reading takes longer than %s", slowRead), requested)
		case <-ctx.Done():
			return
		}
	}
}

func (f *reloadable[T]) update(contents [][]byte, err error, requested bool) {
	var value T
	if err == nil {
		sum := sumOf(contents)
		if sum == f.sum && !requested {
			f.lastError = "" // readable again: if the same error returns, it is logged again
			return
		}
		f.sum = sum
		value, err = f.parse(contents)
	}
	if err != nil {
		f.fail(err, requested)
		return
	}
	f.value.Store(&value)
	f.lastError = ""
	f.log.Info("file reloaded", "file", f.what)
}

// fail logs an error once, unless the reload was requested.
func (f *reloadable[T]) fail(err error, requested bool) {
	if requested || err.Error() != f.lastError {
		f.lastError = err.Error()
		f.log.Error("reload failed, keeping last good", "file", f.what, "error", err)
	}
}

func readFiles(paths []string) ([][]byte, error) {
	contents := make([][]byte, len(paths))
	for i, path := range paths {
		var err error
		if contents[i], err = os.ReadFile(path); err != nil {
			return nil, err
		}
	}
	return contents, nil
}

func sumOf(contents [][]byte) [sha256.Size]byte {
	var all []byte
	for _, content := range contents {
		sum := sha256.Sum256(content)
		all = append(all, sum[:]...)
	}
	return sha256.Sum256(all)
}

// Certificate is a TLS certificate and its key. An [Endpoint] that serves reloads
// them when their files change.
type Certificate struct {
	file *reloadable[*tls.Certificate]
}

// OpenCertificate reads PEM files: the certificate, with the chain behind it, and
// its key. A nil log discards.
func OpenCertificate(certFile, keyFile string, log *slog.Logger) (*Certificate, error) {
	file, err := openFiles("TLS certificate", log, func(contents [][]byte) (*tls.Certificate, error) {
		pair, err := tls.X509KeyPair(contents[0], contents[1])
		return &pair, err
	}, certFile, keyFile)
	if err != nil {
		return nil, fmt.Errorf("TLS certificate %s with key %s: %w", certFile, keyFile, err)
	}
	return &Certificate{file}, nil
}

// expiry returns when the certificate in use ends.
func (c *Certificate) expiry() time.Time { return c.file.get().Leaf.NotAfter }

func (c *Certificate) config() *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.file.get(), nil },
	}
}
