package clients

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"github.com/tailscale/hujson"
)

// Merge returns the config with an entry for the server. What is not ours stays byte for
// byte, and a config that says so already is returned as it is. The error is a
// [*ConfigError].
func (c Client) Merge(config []byte, s Server) ([]byte, error) {
	return withoutMark(config, func(text []byte) ([]byte, error) {
		if c.format == tomlFormat {
			return c.mergeTOML(text, s)
		}
		return c.mergeJSON(text, s)
	})
}

// Remove returns the config without the entry of this name; a config without it is
// returned as it is. The error is a [*ConfigError].
func (c Client) Remove(config []byte, name string) ([]byte, error) {
	return withoutMark(config, func(text []byte) ([]byte, error) {
		if c.format == tomlFormat {
			return c.removeTOML(text, name)
		}
		return c.removeJSON(text, name)
	})
}

// Block returns the config that holds nothing but the entry, as documents show it.
func (c Client) Block(s Server) (string, error) {
	config, err := c.Merge(nil, s)
	return string(config), err
}

// withoutMark changes a config that may begin with a byte order mark.
func withoutMark(config []byte, edit func([]byte) ([]byte, error)) ([]byte, error) {
	text, marked := bytes.CutPrefix(config, []byte(byteOrderMark))
	edited, err := edit(text)
	switch {
	case err != nil:
		return nil, err
	case bytes.Equal(edited, text):
		return config, nil
	case marked:
		return append([]byte(byteOrderMark), edited...), nil
	default:
		return edited, nil
	}
}

func (c Client) mergeJSON(text []byte, s Server) ([]byte, error) {
	config, err := parseJSON(text)
	if err != nil {
		return nil, err
	}
	changes := c.changes(s)
	entry, err := config.object(c.servers, s.Name)
	if err != nil {
		return nil, err
	}
	if err := config.check(changes); err != nil {
		return nil, err
	}
	if entry == nil {
		if err := config.set([]string{c.servers, s.Name}, fresh(changes, c.servers, s.Name)); err != nil {
			return nil, err
		}
	}
	for _, change := range changes {
		switch wanted := change.value.(type) {
		case nil:
			err = config.remove(change.path...)
		case element:
			err = config.include(change.path, wanted)
		default:
			err = config.set(change.path, wanted)
		}
		if err != nil {
			return nil, err
		}
	}
	err = c.dropQuestions(config)
	return config.text, err
}

// check finds what cannot be changed while the places are still those of the file.
func (c *jsonConfig) check(changes []change) error {
	for _, change := range changes {
		if _, err := c.value(change.path...); err != nil {
			return err
		}
		if _, isElement := change.value.(element); isElement {
			if _, _, err := c.list(change.path[0]); err != nil {
				return err
			}
		}
	}
	return nil
}

// fresh returns the object that the changes below a path make.
func fresh(changes []change, path ...string) object {
	var made object
	for _, change := range changes {
		rest := change.path
		if change.value == nil || len(rest) <= len(path) || !slices.Equal(rest[:len(path)], path) {
			continue
		}
		rest = rest[len(path):]
		if listed, ok := change.value.(names); ok {
			if listed.with == "" {
				continue
			}
			change.value = []string{listed.with}
		}
		if len(rest) == 2 {
			change.value = object{{rest[1], change.value}}
		}
		made = append(made, member{rest[0], change.value})
	}
	return made
}

func (c Client) removeJSON(text []byte, name string) ([]byte, error) {
	config, err := parseJSON(text)
	if err != nil {
		return nil, err
	}
	servers, err := config.object(c.servers)
	if servers == nil || err != nil {
		return text, err
	}
	if at, err := config.find(servers, name); at < 0 || err != nil {
		return text, err
	}
	if err := config.remove(c.servers, name); err != nil {
		return nil, err
	}
	if err := config.removeEmpty(c.servers); err != nil {
		return nil, err
	}
	err = c.dropQuestions(config)
	return config.text, err
}

// removeEmpty removes an object or list that holds nothing, not even a comment.
func (c *jsonConfig) removeEmpty(key string) error {
	value, err := c.value(key)
	if value == nil || err != nil {
		return err
	}
	inside := c.text[value.StartOffset:value.EndOffset]
	if len(inside) < 2 || len(bytes.TrimSpace(inside[1:len(inside)-1])) > 0 {
		return nil
	}
	return c.remove(key)
}

// list returns the list at a key, or nil if it is not there.
func (c *jsonConfig) list(key string) (*hujson.Array, *hujson.Value, error) {
	value, err := c.value(key)
	if value == nil || err != nil {
		return nil, nil, err
	}
	list, ok := value.Value.(*hujson.Array)
	if !ok {
		return nil, nil, c.errorAt(*value, "%s is %s; a list is needed", key, kindOf(*value))
	}
	return list, value, nil
}

// include adds an element to a list of the config, unless it is there.
func (c *jsonConfig) include(path []string, wanted element) error {
	list, self, err := c.list(path[0])
	if err != nil {
		return err
	}
	if list == nil {
		return c.set(path, []object{wanted.fields})
	}
	for _, e := range list.Elements {
		if idOf(e) == wanted.id {
			return nil
		}
	}
	return c.insertInto(*self, list, func(indent string, pretty bool) string { return c.render(wanted.fields, indent, pretty) })
}

func idOf(v hujson.Value) string {
	fields, _ := decode(v).(map[string]any)
	id, _ := fields["id"].(string)
	return id
}

// dropQuestions removes the questions of ours that no entry refers to.
func (c Client) dropQuestions(config *jsonConfig) error {
	list, self, err := config.list("inputs")
	if !c.asks || list == nil {
		return nil //nolint:nilerr // what is no list of questions holds none of ours
	}
	for i, e := range list.Elements {
		id := idOf(e)
		if !strings.HasPrefix(id, questionPrefix) || bytes.Contains(config.text, fmt.Appendf(nil, "${input:%s}", id)) {
			continue
		}
		var before *hujson.Value
		if i > 0 {
			before = &list.Elements[i-1]
		}
		if err = config.cut(*self, before, e, e, i == len(list.Elements)-1); err != nil {
			return err
		}
		if err = config.removeEmpty("inputs"); err != nil {
			return err
		}
		return c.dropQuestions(config)
	}
	return err
}
