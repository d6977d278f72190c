package provider

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// arguments is JSON text in a string; some engines send the value itself, or false or
// null for none.
type arguments string

// UnmarshalJSON implements [json.Unmarshaler].
func (a *arguments) UnmarshalJSON(data []byte) error {
	switch {
	case data[0] == '"':
		return json.Unmarshal(data, (*string)(a))
	case string(data) == "null", string(data) == "false":
		*a = ""
	default:
		*a = arguments(data)
	}
	return nil
}

// maxRepeated bounds the values in the arguments of one call: there can be millions.
const maxRepeated = 1000

// wholeArguments returns arguments as one JSON value; false if they are not whole.
// Engines that send an empty object first, or the same arguments again, mean the last
// object.
func wholeArguments(text []byte) (string, bool) {
	bare := bytes.Trim(text, blanks)
	switch {
	case len(bare) == 0, string(bare) == "null":
		return "{}", true
	case json.Valid(bare):
		var inner string
		if bare[0] == '"' && json.Unmarshal(bare, &inner) == nil && isObject([]byte(inner)) {
			return inner, true // written as a text twice
		}
		return string(text), true
	}
	values := json.NewDecoder(bytes.NewReader(bare))
	var last, value json.RawMessage
	for range maxRepeated {
		switch err := values.Decode(&value); {
		case errors.Is(err, io.EOF):
			return string(last), last != nil
		case err != nil:
			return "", false
		case value[0] == '{':
			last = append(last[:0], value...)
		}
	}
	return "", false
}

func isObject(text []byte) bool {
	return bytes.HasPrefix(bytes.TrimSpace(text), []byte("{")) && json.Valid(text)
}

// maxScalar bounds arguments that are a bare number or word. Nothing marks their end,
// so they are checked anew each time.
const maxScalar = 64

// wholeness tracks whether JSON text that grows is one whole value. It looks at each
// byte once, however often it is asked.
type wholeness struct {
	read            int // bytes that were looked at
	depth           int // of objects and lists
	quoted, escaped bool
	state           int
}

// The states of a growing text.
const (
	undecided = iota
	scalar    // a number or a word, if it is JSON at all
	whole     // one value, which only white space may follow
	broken    // it can never become one value
)

func (w *wholeness) of(text []byte) bool {
	for ; w.read < len(text) && w.state != scalar && w.state != broken; w.read++ {
		w.step(text)
	}
	return w.state == whole || w.state == scalar && len(text) <= maxScalar && json.Valid(text)
}

// step looks at the next byte of text.
func (w *wholeness) step(text []byte) {
	switch b := text[w.read]; {
	case w.escaped:
		w.escaped = false
	case w.quoted:
		w.escaped, w.quoted = b == '\\', b != '"'
	case b == ' ', b == '\t', b == '\n', b == '\r':
		return
	case w.state == whole:
		w.state = broken
		return
	case b == '"':
		w.quoted = true
	case b == '{', b == '[':
		w.depth++
	case b == '}', b == ']':
		w.depth--
	case w.depth == 0:
		w.state = scalar
		return
	}
	if w.quoted || w.depth > 0 {
		return
	}
	w.state = broken
	if json.Valid(text[:w.read+1]) { // once: a value ends only once
		w.state = whole
	}
}
