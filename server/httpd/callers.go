package httpd

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/httpd/callers"
)

// Callers are those that may call, by a file. An [Endpoint] that serves reloads them when
// the file changes.
type Callers struct {
	file  *reloadable[*callers.Set]
	rules bool // it is a file of callers, not of tokens
}

// hasRules reports whether there is a file of callers, which says who may call, and how.
func (c *Callers) hasRules() bool { return c != nil && c.rules }

// Set returns the callers of the file as it was about a second ago.
func (c *Callers) Set() *callers.Set { return c.file.get() }

// OpenTokens reads a file with a line for each token, see [callers.ParseTokens]. A nil log
// discards.
func OpenTokens(path string, log *slog.Logger) (*Callers, error) {
	file, err := openFiles("token file", log, func(contents [][]byte) (*callers.Set, error) {
		return callers.ParseTokens(contents[0])
	}, path)
	if err != nil {
		return nil, fmt.Errorf("token file %s: %w", path, err)
	}
	return &Callers{file: file}, nil
}

// CallersOptions says how to read a file of callers.
type CallersOptions struct {
	Logger *slog.Logger // nil discards
	Tools  []string     // that there are, the core first

	// ReadKey returns the key that the content of a key file holds. Its error must not show
	// it.
	ReadKey func(path string, content []byte) (key string, err error)

	WithoutTokens bool // callers may be known by something else than a token
}

// OpenCallers reads a file of callers with their rules, see [callers.Parse], and the key
// files that it names, relative to its folder. They are reloaded like it.
func OpenCallers(path string, o CallersOptions) (*Callers, error) {
	f := &callersFile{path: path, options: o}
	file, err := open("callers file", o.Logger, f.read, f.parse)
	if err != nil {
		return nil, fmt.Errorf("callers file %s: %w", path, err)
	}
	return &Callers{file: file, rules: true}, nil
}

// callersFile is a file of callers. Only one goroutine at a time uses it.
type callersFile struct {
	path    string
	options CallersOptions

	content  []byte            // that keyFiles was found in
	keyFiles []callers.KeyFile // a path once
}

// maxKeyFile is more than a header may be, so that the file of another kind is refused.
const maxKeyFile = 64 << 10

// read returns the content of the file, and of each key file that it names. It looks for
// their names only in a file that has changed.
func (f *callersFile) read() ([][]byte, error) {
	content, err := readUpTo(f.path, callers.MaxFile+1)
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(content, f.content) {
		f.content, f.keyFiles = content, keyFilesOf(content)
	}
	contents := [][]byte{content}
	for _, file := range f.keyFiles {
		key, err := readUpTo(f.inFolder(file.Path), maxKeyFile)
		if err != nil {
			return nil, fmt.Errorf("line %d: key_file: %w", file.Line, err)
		}
		contents = append(contents, key)
	}
	return contents, nil
}

// keyFilesOf returns none for a file that cannot be parsed: parse says why.
func keyFilesOf(content []byte) []callers.KeyFile {
	all, err := callers.KeyFiles(content)
	if err != nil {
		return nil
	}
	var files []callers.KeyFile
	seen := map[string]bool{}
	for _, file := range all {
		if !seen[file.Path] {
			seen[file.Path] = true
			files = append(files, file)
		}
	}
	return files
}

func (f *callersFile) parse(contents [][]byte) (*callers.Set, error) {
	keys := map[string][]byte{}
	for i, file := range f.keyFiles { // those of the last read
		keys[file.Path] = contents[i+1]
	}
	return callers.Parse(contents[0], callers.Options{
		Tools: f.options.Tools, WithoutTokens: f.options.WithoutTokens,
		ReadKey: func(path string) (string, error) { return f.options.ReadKey(f.inFolder(path), keys[path]) },
	})
}

// inFolder returns a path that is relative to the file's folder.
func (f *callersFile) inFolder(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(f.path), path)
}

func readUpTo(path string, most int64) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, most))
}
