package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/virtual"
)

// entry is a key of a mapping with its value.
type entry struct{ key, value *yaml.Node }

// entries returns the entries of a mapping, each key at most once.
func (f *configFile) entries(node *yaml.Node, what, form string) ([]entry, error) {
	if node.Tag == "!!null" {
		return nil, nil
	}
	if node.Kind != yaml.MappingNode {
		return nil, f.errorf(node.Line, "%s is %s; give keys with values, such as %s", what, kindOf(node), form)
	}
	var entries []entry
	lines := map[string]int{} // of the keys so far
	for i := 0; i+1 < len(node.Content); i += 2 {
		key := node.Content[i]
		if key.Kind != yaml.ScalarNode {
			return nil, f.errorf(key.Line, "a key of %s is not a text", what)
		}
		if earlier, twice := lines[key.Value]; twice {
			return nil, f.errorf(key.Line, "%q comes twice, first at line %d", key.Value, earlier)
		}
		lines[key.Value] = key.Line
		entries = append(entries, entry{key, resolveAlias(node.Content[i+1])})
	}
	return entries, nil
}

// mapping reads the entries of a mapping by field.
func (f *configFile) mapping(node *yaml.Node, what, form string, fields map[string]func(*yaml.Node) error) error {
	entries, err := f.entries(node, what, form)
	if err != nil {
		return err
	}
	for _, e := range entries {
		read, known := fields[e.key.Value]
		if !known {
			return f.errorf(e.key.Line, "unknown key %q%s", e.key.Value, didYouMean(e.key.Value, fields))
		}
		if e.value.Tag == "!!null" {
			continue
		}
		if err := read(e.value); err != nil {
			return err
		}
	}
	return nil
}

func (f *configFile) model(at, of string, field *string) func(*yaml.Node) error {
	return func(node *yaml.Node) error {
		texts, ok := texts(node)
		if !ok || len(texts) != 1 {
			return f.errorf(node.Line, "%s is %s; give a model", at, kindOf(node))
		}
		*field = texts[0]
		f.refs = append(f.refs, modelRef{at, texts[0], of, node.Line})
		return nil
	}
}

// texts returns the text of a scalar, or those of a list of scalars.
func texts(node *yaml.Node) (texts []string, ok bool) {
	switch node.Kind {
	case yaml.ScalarNode:
		return []string{node.Value}, true
	case yaml.SequenceNode:
		for _, item := range node.Content {
			if item = resolveAlias(item); item.Kind != yaml.ScalarNode {
				return nil, false
			}
			texts = append(texts, item.Value)
		}
		return texts, true
	default:
		return nil, false
	}
}

func resolveAlias(node *yaml.Node) *yaml.Node {
	if node.Kind == yaml.AliasNode {
		return node.Alias
	}
	return node
}

// kindOf names a value for people.
func kindOf(node *yaml.Node) string {
	switch node.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	default:
		return fmt.Sprintf("%q", node.Value)
	}
}

// configError is a mistake in the config file.
type configError struct {
	path string
	line int // 0 is the file as a whole
	text string
}

func (e *configError) Error() string {
	if e.line == 0 {
		return fmt.Sprintf("config file %s: %s", e.path, e.text)
	}
	return fmt.Sprintf("%s:%d: %s", e.path, e.line, e.text)
}

func (f *configFile) errorf(line int, format string, args ...any) error {
	return &configError{f.path, line, fmt.Sprintf(format, args...)}
}

// unreadable says why a file cannot be read; [errors.Is] still finds fs.ErrNotExist in it.
func (f *configFile) unreadable(err error) error {
	var failed *fs.PathError
	switch info, _ := os.Stat(f.path); {
	case info != nil && info.IsDir():
		return f.errorf(0, "it is a folder")
	case errors.As(err, &failed):
		err = failed.Err
	}
	return fmt.Errorf("config file %s: %w", f.path, err)
}

// syntax says in plain words what is not YAML.
func (f *configFile) syntax(err error) error {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	line := 0
	if n, _ := fmt.Sscanf(text, "line %d: ", &line); n == 1 {
		_, text, _ = strings.Cut(text, ": ")
	}
	if strings.Contains(text, "cannot start any token") {
		text = "a tab or another character that YAML does not allow here; indent with blanks"
	}
	return f.errorf(line, "%s", text)
}

// didYouMean names the nearest of known names, if one is near.
func didYouMean[T any](name string, known map[string]T) string {
	return nearestOf(name, slices.Sorted(maps.Keys(known)))
}

// nearestOf names the one of known names that was likely meant, or else all.
func nearestOf(name string, known []string) string {
	if meant := suggestion(name, known); meant != "" {
		return meant
	}
	return "; there are " + strings.Join(known, ", ")
}

// suggestion names the one of known names that was likely meant, if any.
func suggestion(name string, known []string) string {
	if meant := virtual.Suggest(name, known); meant != "" {
		return fmt.Sprintf("; did you mean %q?", meant)
	}
	return ""
}
