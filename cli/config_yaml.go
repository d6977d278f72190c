package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/yamlfile"
)

// readMapping reads the entries of a mapping by field.
func readMapping(node *yaml.Node, what, form string, fields map[string]func(*yaml.Node) error) error {
	entries, err := yamlfile.Entries(node, what, form)
	if err != nil {
		return err
	}
	for _, e := range entries {
		read, known := fields[e.Key.Value]
		if !known {
			return yamlfile.UnknownKey(e.Key, slices.Sorted(maps.Keys(fields)))
		}
		if yamlfile.IsNull(e.Value) {
			continue
		}
		if err := read(e.Value); err != nil {
			return err
		}
	}
	return nil
}

func (f *configFile) model(at, of string, field *string) func(*yaml.Node) error {
	return func(node *yaml.Node) error {
		texts, ok := yamlfile.Texts(node)
		if !ok || len(texts) != 1 {
			return yamlfile.Errorf(node.Line, "%s is %s; give a model", at, yamlfile.KindOf(node))
		}
		*field = texts[0]
		f.refs = append(f.refs, modelRef{at, texts[0], of, node.Line})
		return nil
	}
}

// wrong names the place of a mistake in the file.
func (f *configFile) wrong(err error) error {
	var mistake *yamlfile.Error
	if errors.As(err, &mistake) && mistake.Line > 0 {
		return fmt.Errorf("%s:%d: %s", f.path, mistake.Line, mistake.Text)
	}
	return fmt.Errorf("config file %s: %w", f.path, err)
}

// unreadable says why a file cannot be read; [errors.Is] still finds fs.ErrNotExist in it.
func unreadable(path string, err error) error {
	var failed *fs.PathError
	switch info, _ := os.Stat(path); {
	case info != nil && info.IsDir():
		return errors.New("it is a folder")
	case errors.As(err, &failed):
		return failed.Err
	}
	return err
}
