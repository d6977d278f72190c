package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"iter"
)

// Member is one member of a JSON object, with its value as it was written.
type Member struct {
	Name  string
	Value json.RawMessage
}

// maxMembers bounds the memory of [Members]. It is as many as fit into the largest
// schema.
const maxMembers = 50_000

var errOtherJSON = errors.New("other JSON than was expected")

// Members returns the members of a JSON object in the order in which they were
// written. A name that comes twice has its last value, in the place of the first. The
// values are parts of raw, not copies. The error says that raw is not an object, or has
// more members than anybody writes.
func Members(raw json.RawMessage) ([]Member, error) {
	var members []Member
	places := map[string]int{}
	err := each(raw, '{', func(quoted, value json.RawMessage) {
		if len(members) > maxMembers {
			return
		}
		var name string
		_ = json.Unmarshal(quoted, &name) // it is valid
		if place, repeated := places[name]; repeated {
			members[place].Value = value
			return
		}
		places[name] = len(members)
		members = append(members, Member{name, value})
	})
	if len(members) > maxMembers {
		return nil, errOtherJSON
	}
	return members, err
}

// Items returns the items of a JSON list as they were written. They are parts of raw,
// not copies. The error says that raw is not a list.
func Items(raw json.RawMessage) ([]json.RawMessage, error) {
	items := []json.RawMessage{}
	err := each(raw, '[', func(_, item json.RawMessage) { items = append(items, item) })
	return items, err
}

// each calls take for each member of an object, with its name in quotes, or for each
// item of a list.
func each(raw json.RawMessage, opening byte, take func(name, value json.RawMessage)) error {
	if raw = blank(raw); len(raw) == 0 || raw[0] != opening || !json.Valid(raw) {
		return errOtherJSON
	}
	walk(raw, opening, func(name, value json.RawMessage) bool {
		take(name, value)
		return true
	})
	return nil
}

// MembersOf yields the names, in quotes, and the values of an object, and of anything
// else nothing. The JSON must be valid: to look at it anew takes longer than to read it.
func MembersOf(valid json.RawMessage) iter.Seq2[json.RawMessage, json.RawMessage] {
	return func(yield func(name, value json.RawMessage) bool) { walk(valid, '{', yield) }
}

// ItemsOf is [MembersOf] for the items of a list.
func ItemsOf(valid json.RawMessage) iter.Seq[json.RawMessage] {
	return func(yield func(json.RawMessage) bool) {
		walk(valid, '[', func(_, item json.RawMessage) bool { return yield(item) })
	}
}

func walk(raw json.RawMessage, opening byte, yield func(name, value json.RawMessage) bool) {
	if raw = blank(raw); len(raw) == 0 || raw[0] != opening {
		return
	}
	rest := blank(raw[1:])
	for rest[0] != opening+2 { // the bracket that closes
		var name json.RawMessage
		if opening == '{' {
			end := endOf(rest)
			name, rest = rest[:end], blank(blank(rest[end:])[1:])
		}
		end := endOf(rest)
		if !yield(name, rest[:end:end]) {
			return
		}
		if rest = blank(rest[end:]); rest[0] == ',' {
			rest = blank(rest[1:])
		}
	}
}

// Values returns how many values JSON holds, names of members not counted. It is at
// most one too many for each empty list or object.
func Values(raw json.RawMessage) int {
	count := 1
	for i := 0; i < len(raw); i++ {
		switch raw[i] {
		case '"':
			i = quoteEnd(raw, i) - 1
		case '{', '[', ',':
			count++
		}
	}
	return count
}

// quoteEnd returns where the text of valid JSON ends whose first quote stands at start.
func quoteEnd(raw []byte, start int) int {
	end := start + 1
	for ; end < len(raw) && raw[end] != '"'; end++ {
		if raw[end] == '\\' {
			end++
		}
	}
	return min(end+1, len(raw))
}

func blank(raw []byte) []byte { return bytes.TrimLeft(raw, " \t\r\n") }

// endOf returns where the first value of valid JSON ends.
func endOf(raw []byte) int {
	depth := 0
	for i := 0; i < len(raw); i++ {
		switch raw[i] {
		case '"':
			i = quoteEnd(raw, i) - 1
		case '{', '[':
			depth++
			continue
		case '}', ']':
			if depth == 0 {
				return i
			}
			depth--
		case ',', ' ', '\t', '\r', '\n':
			if depth == 0 {
				return i
			}
			continue
		default:
			continue
		}
		if depth == 0 {
			return i + 1
		}
	}
	return len(raw)
}

// IsEmpty reports whether JSON, without white space around it, is null, a text without
// characters, or a list or object without anything in it. No bytes are empty too.
func IsEmpty(value json.RawMessage) bool {
	switch {
	case len(value) == 0 || value[0] == 'n':
		return true
	case value[0] == '"':
		return len(value) == len(`""`)
	case value[0] == '[', value[0] == '{':
		return len(bytes.TrimSpace(value[1:len(value)-1])) == 0
	default:
		return false
	}
}

// Object writes members as a JSON object, in their order.
func Object(members []Member) json.RawMessage {
	object := []byte{'{'}
	for i, m := range members {
		if i > 0 {
			object = append(object, ',')
		}
		object = append(append(object, Text(m.Name)...), ':')
		object = append(object, m.Value...)
	}
	return append(object, '}')
}

// List writes items as a JSON list.
func List(items []json.RawMessage) json.RawMessage {
	list := []byte{'['}
	for i, item := range items {
		if i > 0 {
			list = append(list, ',')
		}
		list = append(list, item...)
	}
	return append(list, ']')
}

// Readable returns JSON text without the escapes that it does not need, such as
// \u00e9 and \u003c, because a model reads it. All else stays as it was written.
func Readable(raw json.RawMessage) json.RawMessage {
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw
	}
	var text []byte
	for {
		start := bytes.IndexByte(raw, '"')
		if start < 0 {
			return append(text, raw...)
		}
		end := quoteEnd(raw, start)
		text = append(append(text, raw[:start]...), withoutEscapes(raw[start:end])...)
		raw = raw[end:]
	}
}

// withoutEscapes rewrites one quoted text.
func withoutEscapes(quoted json.RawMessage) []byte {
	var text string
	if bytes.IndexByte(quoted, '\\') < 0 || hasLoneSurrogate(quoted) || json.Unmarshal(quoted, &text) != nil {
		return quoted
	}
	return Text(text)
}

// Text writes a text as JSON, with no more escapes than JSON needs.
func Text(text string) json.RawMessage {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(text) // a text can always be written
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}
