package clients

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// tomlConfig is changed as text, at the places that the parser found.
type tomlConfig struct {
	text        []byte
	values      map[string]any
	expressions []expression
	newline     string
}

// expression is a table's header or a key with its value, on lines of its own.
type expression struct {
	path       []string // from the root
	section    int      // how much of the path the header above says; all of it for a header
	isHeader   bool
	start, end int // of the lines
	value      int // where the value begins
	valueEnd   int
}

func parseTOML(text []byte) (*tomlConfig, error) {
	c := &tomlConfig{newline: newlineOf(text)}
	return c, c.parse(text)
}

func (c *tomlConfig) parse(text []byte) error {
	values := map[string]any{}
	if err := toml.Unmarshal(text, &values); err != nil {
		if at, ok := errors.AsType[*toml.DecodeError](err); ok {
			line, column := at.Position()
			return &ConfigError{line, column, "not valid TOML: " + at.Error()[len("toml: "):]}
		}
		return &ConfigError{Problem: "not valid TOML: " + err.Error()}
	}
	c.text, c.values, c.expressions = text, values, nil
	var parser unstable.Parser
	parser.Reset(text)
	var section []string
	for parser.NextExpression() {
		node := parser.Expression()
		var keys []string
		var first, last unstable.Range
		for it := node.Key(); it.Next(); {
			last = it.Node().Raw
			if keys == nil {
				first = last
			}
			keys = append(keys, string(it.Node().Data))
		}
		e := expression{section: len(section), isHeader: node.Kind != unstable.KeyValue}
		end := int(last.Offset + last.Length)
		if e.isHeader {
			section = keys
			e.path, e.section = keys, len(keys)
		} else {
			e.path = slices.Concat(section, keys)
			e.value = end + bytes.IndexByte(text[end:], '=') + 1
			e.value += len(text[e.value:]) - len(bytes.TrimLeft(text[e.value:], " \t"))
			e.valueEnd = int(node.Raw.Offset + node.Raw.Length)
			end = e.valueEnd
		}
		e.start = bytes.LastIndexByte(text[:first.Offset], '\n') + 1
		e.end = len(text)
		if newline := bytes.IndexByte(text[end:], '\n'); newline >= 0 {
			e.end = end + newline + 1
		}
		c.expressions = append(c.expressions, e)
	}
	return nil
}

func (c *tomlConfig) errorAt(e expression, format string, args ...any) error {
	return &ConfigError{1 + bytes.Count(c.text[:e.start], []byte("\n")), 1, fmt.Sprintf(format, args...)}
}

// value returns what the config says at a path, and nil if it does not.
func (c *tomlConfig) value(path []string) any {
	var value any = c.values
	for _, key := range path {
		table, ok := value.(map[string]any)
		if !ok {
			return nil
		}
		value = table[key]
	}
	return value
}

// check refuses what cannot be changed: the servers or the entry are no table, or the
// servers are written as one value.
func (c *tomlConfig) check(path []string) error {
	for _, e := range c.expressions {
		n := len(e.path)
		if n > len(path) || !slices.Equal(e.path, path[:n]) {
			continue
		}
		name := dotted(path[:n])
		if _, isTable := c.value(e.path).(map[string]any); !isTable {
			return c.errorAt(e, "%s is not a table; [%s] is needed", name, dotted(path))
		}
		if n < len(path) && !e.isHeader {
			return c.errorAt(e, "%s is written as one value; write each server as a table, such as [%s]", name, dotted(path))
		}
	}
	return nil
}

func (c Client) mergeTOML(text []byte, s Server) ([]byte, error) {
	config, err := parseTOML(text)
	if err != nil {
		return nil, err
	}
	entry := []string{c.servers, s.Name}
	if err := config.check(entry); err != nil {
		return nil, err
	}
	changes := c.changes(s)
	if config.value(entry) == nil {
		err = config.append(entry, fresh(changes, entry...))
		return config.unlessOthersChange(text, entry, err)
	}
	for _, change := range changes {
		value := config.value(change.path)
		if listed, ok := change.value.(names); ok {
			change.value = listed.of(value)
		}
		switch {
		case change.value == nil:
			err = config.remove(change.path)
		case !sameTOML(value, change.value):
			err = config.set(change.path, change.value)
		}
		if err != nil {
			break
		}
	}
	return config.unlessOthersChange(text, entry, err)
}

func (c Client) removeTOML(text []byte, name string) ([]byte, error) {
	config, err := parseTOML(text)
	if err != nil {
		return nil, err
	}
	entry := []string{c.servers, name}
	if config.value(entry) == nil {
		return text, nil
	}
	if err := config.check(entry); err != nil {
		return nil, err
	}
	return config.unlessOthersChange(text, entry, config.remove(entry))
}

// unlessOthersChange returns the changed text, if all that it says beside the entry is
// what it was.
func (c *tomlConfig) unlessOthersChange(before []byte, entry []string, err error) ([]byte, error) {
	if err != nil {
		return nil, err
	}
	old, err := parseTOML(before)
	if err != nil {
		return nil, err
	}
	for _, values := range []map[string]any{old.values, c.values} {
		servers, ok := values[entry[0]].(map[string]any)
		if !ok {
			continue
		}
		if delete(servers, entry[1]); len(servers) == 0 {
			delete(values, entry[0])
		}
	}
	if fmt.Sprint(old.values) != fmt.Sprint(c.values) {
		return nil, &ConfigError{Problem: "the entry cannot be changed without its neighbours; change it by hand"}
	}
	return c.text, nil
}

// of returns the list with and without the names; nil is an empty one.
func (n names) of(now any) any {
	var texts []string
	listed, _ := now.([]any)
	for _, value := range listed {
		if text, ok := value.(string); ok && !slices.Contains(n.without, text) && text != n.with {
			texts = append(texts, text)
		}
	}
	if n.with != "" {
		texts = append(texts, n.with)
	}
	if len(texts) == 0 {
		return nil
	}
	return texts
}

func sameTOML(now, wanted any) bool {
	switch wanted := wanted.(type) {
	case atLeast:
		number, ok := now.(int64)
		return ok && number >= int64(wanted)
	case []string:
		listed, ok := now.([]any)
		return ok && slices.EqualFunc(listed, wanted, func(a any, b string) bool { return a == b })
	default:
		return reflect.DeepEqual(now, wanted)
	}
}
