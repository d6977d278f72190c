package httpd

import (
	"cmp"
	"crypto/sha256"
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// lookEvery is how often a file is looked at: a network file system should not
// be asked for each request.
const lookEvery = time.Second

// watchedFile is a value made of files, and made again when they change. What
// cannot be used leaves the last good value in place.
type watchedFile[T any] struct {
	what  string
	paths []string
	parse func(contents [][]byte) (T, error)
	log   *slog.Logger

	mu      sync.Mutex
	value   T
	looked  time.Time
	sum     [sha256.Size]byte // of the contents that were looked at; a file's time and size can miss a change
	problem string            // that the log knows of
}

// watchFiles makes the value for the first time, which must succeed.
func watchFiles[T any](what string, log *slog.Logger, parse func(contents [][]byte) (T, error), paths ...string) (*watchedFile[T], error) {
	f := &watchedFile[T]{what: what, paths: paths, parse: parse, log: log, looked: time.Now()}
	contents, err := f.read()
	if err != nil {
		return nil, err
	}
	f.sum = sumOf(contents)
	f.value, err = parse(contents)
	return f, err
}

// get gives the value of the files as they were a second ago, or are now.
func (f *watchedFile[T]) get() T {
	f.mu.Lock()
	defer f.mu.Unlock()
	if time.Since(f.looked) >= lookEvery {
		f.look(false)
	}
	return f.value
}

// refresh makes the value again, whether or not the files have changed.
func (f *watchedFile[T]) refresh() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.look(true)
}

func (f *watchedFile[T]) look(asked bool) {
	f.looked = time.Now()
	contents, err := f.read()
	var value T
	if err == nil {
		sum := sumOf(contents)
		if sum == f.sum && !asked {
			f.problem = "" // it is as it was, and may fail anew
			return
		}
		f.sum = sum
		value, err = f.parse(contents)
	}
	switch {
	case err == nil:
		f.value, f.problem = value, ""
		f.log.Info("file reloaded", "file", f.what)
	case asked || err.Error() != f.problem:
		f.problem = err.Error()
		f.log.Error("reload failed, keeping last good", "file", f.what, "error", err)
	}
}

func (f *watchedFile[T]) read() ([][]byte, error) {
	contents := make([][]byte, len(f.paths))
	for i, path := range f.paths {
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

// Certificate is a server's certificate and key, which are read again when
// their files change.
type Certificate struct {
	file *watchedFile[*tls.Certificate]
}

// OpenCertificate reads PEM files: the certificate, with the chain behind it,
// and its key.
func OpenCertificate(certFile, keyFile string, log *slog.Logger) (*Certificate, error) {
	file, err := watchFiles("TLS certificate", cmp.Or(log, slog.New(slog.DiscardHandler)), func(contents [][]byte) (*tls.Certificate, error) {
		pair, err := tls.X509KeyPair(contents[0], contents[1])
		return &pair, err
	}, certFile, keyFile)
	if err != nil {
		return nil, fmt.Errorf("TLS certificate %s with key %s: %w", certFile, keyFile, err)
	}
	return &Certificate{file}, nil
}

func (c *Certificate) config() *tls.Config {
	return &tls.Config{
		MinVersion:     tls.VersionTLS12,
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.file.get(), nil },
	}
}
