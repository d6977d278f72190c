// Package yamlfile reads YAML that people write, strictly: every mistake names its line,
// since a misspelt key would silently do nothing.
package yamlfile

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Error is a mistake in a file.
type Error struct {
	Line int // 0 is the file as a whole
	Text string
}

// Error implements error.
func (e *Error) Error() string {
	if e.Line == 0 {
		return e.Text
	}
	return fmt.Sprintf("line %d: %s", e.Line, e.Text)
}

// Errorf returns an [*Error].
func Errorf(line int, format string, args ...any) error {
	return &Error{line, fmt.Sprintf(format, args...)}
}

// Parse returns the root of the one document of a file, nil for an empty one. A mark of
// Windows at the beginning is left out.
func Parse(content []byte) (root *yaml.Node, err error) {
	var document, second yaml.Node
	decoder := yaml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(content, []byte("\uFEFF"))))
	switch err := decoder.Decode(&document); {
	case errors.Is(err, io.EOF):
		return nil, nil
	case err != nil:
		return nil, syntaxError(err)
	}
	if err := decoder.Decode(&second); !errors.Is(err, io.EOF) {
		return nil, Errorf(second.Line, "it holds a second document; only one is read")
	}
	if root = ResolveAlias(document.Content[0]); IsNull(root) {
		return nil, nil
	}
	return root, nil
}

// syntaxError says in plain words what is not YAML.
func syntaxError(err error) error {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	line := 0
	if n, _ := fmt.Sscanf(text, "line %d: ", &line); n == 1 {
		_, text, _ = strings.Cut(text, ": ")
	}
	switch {
	case strings.Contains(text, "cannot start any token"):
		text = "a tab or another character that YAML does not allow here; indent with blanks"
	case strings.HasPrefix(text, "unknown anchor"): // which may be a secret that begins with *
		text = "a value that begins with * refers to an anchor, and there is none; put the value in quotes"
	}
	return Errorf(line, "%s", text)
}

// Entry is a key of a mapping with its value.
type Entry struct{ Key, Value *yaml.Node }

// Entries returns the entries of a mapping, each key at most once; none for null. The
// error calls the mapping what, and shows the form of an entry.
func Entries(node *yaml.Node, what, form string) ([]Entry, error) {
	if IsNull(node) {
		return nil, nil
	}
	if node.Kind != yaml.MappingNode {
		return nil, Errorf(node.Line, "%s is %s; give keys with values, such as %s", what, KindOf(node), form)
	}
	var entries []Entry
	lines := map[string]int{} // of the keys so far
	for i := 0; i+1 < len(node.Content); i += 2 {
		key := node.Content[i]
		if key.Kind != yaml.ScalarNode {
			return nil, Errorf(key.Line, "a key of %s is not a text", what)
		}
		if earlier, twice := lines[key.Value]; twice {
			return nil, Errorf(key.Line, "%s comes twice, first at line %d", shown(key.Value), earlier)
		}
		lines[key.Value] = key.Line
		entries = append(entries, Entry{key, ResolveAlias(node.Content[i+1])})
	}
	return entries, nil
}

// UnknownKey is the error of a key that is none of the known.
func UnknownKey(key *yaml.Node, known []string) error {
	name := key.Value
	if suggestion := Suggestion(name, known); suggestion != "" {
		return Errorf(key.Line, "unknown key %q%s", name, suggestion)
	}
	return Errorf(key.Line, "unknown key %s%s", shown(name), Nearest(name, known))
}

// shown quotes a text that can be no secret: what is as long as one is not shown.
func shown(text string) string {
	const shortestSecret = 16
	if len(text) >= shortestSecret {
		return fmt.Sprintf("of %d characters", len(text))
	}
	return fmt.Sprintf("%q", text)
}

// Texts returns the text of a scalar, or those of a list of scalars.
func Texts(node *yaml.Node) (texts []string, ok bool) {
	switch node.Kind {
	case yaml.ScalarNode:
		return []string{node.Value}, true
	case yaml.SequenceNode:
		for _, item := range node.Content {
			if item = ResolveAlias(item); item.Kind != yaml.ScalarNode {
				return nil, false
			}
			texts = append(texts, item.Value)
		}
		return texts, true
	default:
		return nil, false
	}
}

// ResolveAlias returns the node that an alias stands for, and any other node itself.
func ResolveAlias(node *yaml.Node) *yaml.Node {
	if node.Kind == yaml.AliasNode {
		return node.Alias
	}
	return node
}

// IsNull reports whether a node has no value.
func IsNull(node *yaml.Node) bool { return node.Tag == "!!null" }

// KindOf names a value for people.
func KindOf(node *yaml.Node) string {
	switch node.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	default:
		return fmt.Sprintf("%q", node.Value)
	}
}
