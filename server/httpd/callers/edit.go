package callers

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/server/yamlfile"
)

// Fields are what a file says of a caller; the zero value of a field is left out.
type Fields struct {
	Token             string   `yaml:"token,omitempty"`
	Expires           string   `yaml:"expires,omitempty"`
	KeyFile           string   `yaml:"key_file,omitempty"`
	SharedKey         bool     `yaml:"shared_key,omitempty"`
	Tools             []string `yaml:"tools,omitempty,flow"`
	Models            []string `yaml:"models,omitempty,flow"`
	RequestsPerMinute string   `yaml:"requests_per_minute,omitempty"`
	MaxConcurrent     string   `yaml:"max_concurrent,omitempty"`
	MaxCost           string   `yaml:"max_cost,omitempty"`
	MaxCostMonth      string   `yaml:"max_cost_month,omitempty"`
}

// ErrNoCaller is the error of a name that no caller has.
var ErrNoCaller = errors.New("there is no such caller")

// Add returns a file of callers with one more at its end; empty content is a new file. What
// was there stays as it was. An error about the fields has no line.
func Add(content []byte, name string, f Fields, o Options) ([]byte, error) {
	if !isName(&yaml.Node{Value: name}) {
		return nil, fmt.Errorf("the name of a caller has 1 to %d printable ASCII characters without blanks and quotes", maxName)
	}
	before, err := parseIfAny(content, o)
	if err != nil {
		return nil, err
	}
	if earlier, ok := before.ByName(name); ok {
		return nil, fmt.Errorf("there is a caller %q already, at line %d", name, earlier.Line)
	}
	entry, err := f.encode(name)
	if err != nil {
		return nil, err
	}
	after, err := addText(content, entry)
	if err == nil && keeps(before, after, name, o) {
		return after, nil
	}
	if _, err := Parse(newFile(entry), o); err != nil {
		return nil, withoutLine(err)
	}
	return edit(content, func(callers *yaml.Node) error {
		var added yaml.Node
		if err := yaml.Unmarshal([]byte(entry), &added); err != nil {
			return err
		}
		callers.Content = append(callers.Content, added.Content[0].Content...)
		return nil
	}, func(after []byte) bool { return keeps(before, after, name, o) })
}

// Remove returns a file of callers without one of them. What else is there stays as it
// was, comments too. The error of an unknown name is [ErrNoCaller].
func Remove(content []byte, name string, o Options) ([]byte, error) {
	before, err := Parse(content, o)
	if err != nil {
		return nil, err
	}
	if _, ok := before.ByName(name); !ok {
		return nil, ErrNoCaller
	}
	if before.Len() == 1 {
		return nil, fmt.Errorf("%q is the last caller, and a server refuses a file without one: add another first, or stop the server", name)
	}
	entries, err := entriesOf(content)
	if err != nil {
		return nil, err
	}
	if after := removeText(content, entries, name); keeps(before, after, name, o) {
		return after, nil
	}
	return edit(content, func(callers *yaml.Node) error {
		at := 0
		for callers.Content[at].Value != name {
			at += 2 // over the value
		}
		callers.Content = slices.Delete(callers.Content, at, at+2)
		return nil
	}, func(after []byte) bool { return keeps(before, after, name, o) })
}

// parseIfAny returns no callers for a file that holds none.
func parseIfAny(content []byte, o Options) (*Set, error) {
	s, err := Parse(content, o)
	if errors.Is(err, errNobody) {
		return newSet(), nil
	}
	return s, err
}

// encode returns the entry of a caller as lines of a file, without indentation.
func (f Fields) encode(name string) (string, error) {
	var value yaml.Node
	if err := value.Encode(f); err != nil {
		return "", err
	}
	for i := 1; i < len(value.Content); i += 2 {
		if key := value.Content[i-1].Value; key != "token" && key != "key_file" && value.Content[i].Kind == yaml.ScalarNode {
			value.Content[i].Tag, value.Content[i].Style = "", 0 // numbers and dates need no quotes
		}
	}
	var encoded bytes.Buffer
	encoder := yaml.NewEncoder(&encoded)
	encoder.SetIndent(indent)
	err := encoder.Encode(map[string]*yaml.Node{name: &value})
	return encoded.String(), err
}

const indent = 2

func newFile(entry string) []byte { return []byte("callers:\n" + indented(entry, indent)) }

func indented(text string, columns int) string {
	var lines strings.Builder
	for line := range strings.Lines(text) {
		lines.WriteString(strings.Repeat(" ", columns) + line)
	}
	return lines.String()
}

// keeps reports whether a file has the callers of before, but for the one with a name,
// which it has if and only if before has not.
func keeps(before *Set, content []byte, name string, o Options) bool {
	after, err := Parse(content, o)
	if err != nil {
		return false
	}
	_, had := before.ByName(name)
	_, has := after.ByName(name)
	return had != has && slices.EqualFunc(before.without(name), after.without(name), func(a, b *Entry) bool {
		return reflect.DeepEqual(a.plain(), b.plain())
	}) && before.sameTokens(after, name)
}

func (s *Set) without(name string) []*Entry {
	return slices.DeleteFunc(s.Entries(), func(e *Entry) bool { return e.Name == name })
}

// plain returns what can be compared of an entry.
func (e *Entry) plain() []any {
	models := e.Models != nil
	var patterns []string
	for _, p := range e.Models {
		patterns = append(patterns, p.String())
	}
	rules := e.Rules
	rules.Models = nil
	return []any{e.Name, e.Expires, e.Token, rules, models, patterns}
}

func (s *Set) sameTokens(other *Set, name string) bool {
	for token, e := range s.byToken {
		if e.Name != name && (other.byToken[token] == nil || other.byToken[token].Name != e.Name) {
			return false
		}
	}
	return true
}

// withoutLine drops the line of an error about what was not in the file.
func withoutLine(err error) error {
	var mistake *yamlfile.Error
	if errors.As(err, &mistake) {
		return errors.New(mistake.Text)
	}
	return err
}
