package clients

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/tailscale/hujson"
)

// jsonConfig is JSON with or without comments. It is changed as text, at the places that
// the parser found, so that the rest stays as it is.
type jsonConfig struct {
	text    []byte
	root    hujson.Value
	newline string
	indent  string // of one level
}

// byteOrderMark may begin a file that was saved on Windows.
const byteOrderMark = "\uFEFF"

// parseJSON reads a config without its byte order mark; a blank one is an empty object.
func parseJSON(text []byte) (*jsonConfig, error) {
	c := &jsonConfig{newline: newlineOf(text)}
	if len(bytes.TrimSpace(text)) == 0 {
		text = []byte("{}" + c.newline)
	}
	if err := c.parse(text); err != nil {
		return nil, err
	}
	root, ok := c.root.Value.(*hujson.Object)
	if !ok {
		return nil, c.errorAt(c.root, "the file is %s; an object is needed", kindOf(c.root))
	}
	c.indent = "  "
	if len(root.Members) > 0 {
		if found, ok := c.indentOf(root.Members[0].Name.StartOffset); ok && found != "" {
			c.indent = found
		}
	}
	return c, nil
}

func (c *jsonConfig) parse(text []byte) error {
	root, err := hujson.Parse(text)
	if err != nil {
		return jsonError(err)
	}
	c.text, c.root = text, root
	return nil
}

// jsonError takes the place out of the parser's error.
func jsonError(err error) error {
	var line, column int
	inner := err
	if errors.Unwrap(err) != nil {
		inner = errors.Unwrap(err)
	}
	if _, scanErr := fmt.Sscanf(err.Error(), "hujson: line %d, column %d:", &line, &column); scanErr != nil {
		inner = err
	}
	return &ConfigError{line, column, "not valid JSON: " + inner.Error()}
}

func (c *jsonConfig) errorAt(v hujson.Value, format string, args ...any) error {
	before := c.text[:v.StartOffset]
	column := v.StartOffset - bytes.LastIndexByte(before, '\n')
	return &ConfigError{1 + bytes.Count(before, []byte("\n")), column, fmt.Sprintf(format, args...)}
}

// object returns the object at a path, or nil if it is not there.
func (c *jsonConfig) object(path ...string) (*hujson.Object, error) {
	value, err := c.value(path...)
	if value == nil || err != nil {
		return nil, err
	}
	found, ok := value.Value.(*hujson.Object)
	if !ok {
		return nil, c.errorAt(*value, "%s is %s; an object is needed", strings.Join(path, "."), kindOf(*value))
	}
	return found, nil
}

// value returns the value at a path, or nil if it is not there.
func (c *jsonConfig) value(path ...string) (*hujson.Value, error) {
	value := &c.root
	for i, key := range path {
		parent, ok := value.Value.(*hujson.Object)
		if !ok {
			return nil, c.errorAt(*value, "%s is %s; an object is needed", strings.Join(path[:i], "."), kindOf(*value))
		}
		at, err := c.find(parent, key)
		if at < 0 || err != nil {
			return nil, err
		}
		value = &parent.Members[at].Value
	}
	return value, nil
}

// find returns the index of a member, or -1. A name that is there twice is refused:
// clients differ in which one they take.
func (c *jsonConfig) find(in *hujson.Object, key string) (int, error) {
	at := -1
	for i, m := range in.Members {
		if textOf(m.Name) != key {
			continue
		}
		if at >= 0 {
			return -1, c.errorAt(m.Name, "%q is there twice", key)
		}
		at = i
	}
	return at, nil
}

func textOf(v hujson.Value) string {
	literal, ok := v.Value.(hujson.Literal)
	if !ok {
		return ""
	}
	return literal.String()
}

// decode returns what a value means; nil for one that cannot be decoded.
func decode(v hujson.Value) any {
	v = v.Clone()
	v.Standardize()
	var decoded any
	if json.Unmarshal(v.Pack(), &decoded) != nil {
		return nil
	}
	return decoded
}

func kindOf(v hujson.Value) string {
	switch v.Value.Kind() {
	case '{':
		return "an object"
	case '[':
		return "a list"
	case '"':
		return "a text"
	case '0':
		return "a number"
	case 'n':
		return "null"
	default:
		return "true or false"
	}
}

// same reports whether a value of the config says what it should.
func same(now, wanted any) bool {
	switch wanted := wanted.(type) {
	case atLeast:
		number, ok := now.(float64)
		return ok && number >= float64(wanted)
	case object:
		return false
	}
	encoded, err := json.Marshal(wanted)
	if err != nil {
		return false
	}
	var decoded any
	return json.Unmarshal(encoded, &decoded) == nil && reflect.DeepEqual(now, decoded)
}

// newlineOf returns the line ending that a text begins with.
func newlineOf(text []byte) string {
	if i := bytes.IndexByte(text, '\n'); i > 0 && text[i-1] == '\r' {
		return "\r\n"
	}
	return "\n"
}
