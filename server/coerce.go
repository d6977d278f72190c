package server

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/schema"
	"github.com/ai-endpoints-mcp/ai-endpoints-mcp/provider/text"
)

// The types of JSON Schema.
const (
	typeString  = "string"
	typeInteger = "integer"
	typeNumber  = "number"
	typeBoolean = "boolean"
	typeArray   = "array"
	typeObject  = "object"
)

// parameter is a parameter of a tool, in the words of its schema. It has the keywords
// that the schemas of tools use, without those that check nothing.
type parameter struct {
	name     string
	required bool

	Type             string          `json:"type"`
	AnyOf            []parameter     `json:"anyOf"` // text or an object, which each have only a type
	Enum             []string        `json:"enum"`
	Minimum          *float64        `json:"minimum"`
	ExclusiveMinimum *float64        `json:"exclusiveMinimum"`
	Maximum          *float64        `json:"maximum"`
	MinItems         int             `json:"minItems"`
	MaxItems         int             `json:"maxItems"`
	Items            item            `json:"items"`
	Default          json.RawMessage `json:"default"`
	Description      string          `json:"description"`
}

// types returns the types that the parameter takes.
func (p parameter) types() []string {
	if p.AnyOf == nil {
		return []string{p.Type}
	}
	var types []string
	for _, choice := range p.AnyOf {
		types = append(types, choice.Type)
	}
	return types
}

// isFreeText reports whether any text is a value.
func (p parameter) isFreeText() bool { return p.Type == typeString && p.Enum == nil }

// typeOf returns the type of a JSON value; "null" and all numbers have one of their own.
func typeOf(value json.RawMessage) string {
	switch value[0] {
	case '"':
		return typeString
	case '[':
		return typeArray
	case '{':
		return typeObject
	case 't', 'f':
		return typeBoolean
	case 'n':
		return "null"
	default:
		return typeNumber
	}
}

// isAbsent reports whether a value stands for none. Many clients fill each optional
// parameter: with null, with what is empty in some type, with 0 where that is not
// allowed, or with a word for null where text has no meaning.
func (p parameter) isAbsent(value json.RawMessage) bool {
	kind := typeOf(value)
	switch {
	case p.required:
		return kind == "null"
	case schema.IsEmpty(value):
		return true
	case kind == typeString && !p.isFreeText():
		word := strings.TrimSpace(decodeText(value))
		isNone := strings.EqualFold(word, "null") || strings.EqualFold(word, "none") && p.Enum == nil && p.AnyOf == nil
		return word == "" && p.Type != typeArray || isNone || word == "None"
	case kind == typeNumber:
		number, err := strconv.ParseFloat(string(value), 64)
		return err == nil && number == 0 && !p.inRange(0)
	}
	return false
}

func (p parameter) inRange(number float64) bool {
	return (p.Minimum == nil || number >= *p.Minimum) && (p.Maximum == nil || number <= *p.Maximum)
}

// value returns a value of a type that the parameter takes, if the given one has only
// one meaning there; nil is absent. It remembers what is wrong.
func (r *reading) value(p parameter, value json.RawMessage) json.RawMessage {
	if p.isAbsent(value) {
		return nil
	}
	if !p.isFreeText() && typeOf(value) == typeString {
		if value = r.fromText(p, value); value == nil || p.isAbsent(value) {
			return nil
		}
	}
	kind := typeOf(value)
	switch {
	case p.Type == "" && p.AnyOf == nil:
		return value
	case p.Type == typeArray:
		return r.list(p, value)
	case p.Type == typeInteger && kind == typeNumber, p.Type == typeNumber && kind == typeNumber:
		return r.number(p, value)
	case p.Type == typeBoolean && (string(value) == "0" || string(value) == "1"):
		return json.RawMessage(strconv.FormatBool(string(value) == "1"))
	case !slices.Contains(p.types(), kind):
		r.refuse(p.name, " is of type "+kind, strings.Join(p.types(), " or ")+" is allowed")
		return nil
	case p.Enum != nil:
		return r.enum(p, value)
	}
	return value
}

// fromText decodes text that stands for a value of another type. It returns any other
// text unchanged, and nil for one that it refused.
func (r *reading) fromText(p parameter, value json.RawMessage) json.RawMessage {
	said := decodeText(value)
	decoded := json.RawMessage(strings.TrimSpace(said))
	if p.Type == typeBoolean {
		decoded = json.RawMessage(strings.ToLower(string(decoded)))
	}
	if !json.Valid(decoded) {
		return value
	}
	if !r.fits(p, decoded) {
		return nil
	}
	switch kind := typeOf(decoded); {
	case p.Type == typeArray && p.Items.takes(typeString) && (kind != typeObject || !p.Items.takes(typeObject)):
		if items, err := schema.Items(decoded); err == nil && p.Items.takesAll(items) {
			if len(items) > 0 {
				r.note(provider.WarnArgumentAdapted, "%s was JSON text and was read as a list of %s", p.name, text.Count(len(items), "text"))
			}
			return decoded
		}
	case p.Type == typeArray && (kind == typeArray || kind == typeObject),
		p.Type == typeInteger && kind == typeNumber,
		kind != typeString && slices.Contains(p.types(), kind):
		return decoded
	}
	return value
}

// fits counts the values that a text holds, which the count of the arguments has not
// seen, and refuses too many.
func (r *reading) fits(p parameter, decoded json.RawMessage) bool {
	if r.inTexts += schema.Values(decoded); r.inTexts <= maxArgumentValues {
		return true
	}
	r.refuse(p.name, fmt.Sprintf(" is text with more than %d JSON values", maxArgumentValues), "send less at a time")
	return false
}

// list returns a list, of one item if a single one was given.
func (r *reading) list(p parameter, value json.RawMessage) json.RawMessage {
	kind := typeOf(value)
	given, changed := p.single(value), true
	if !p.Items.takes(kind) {
		var err error
		if given, err = schema.Items(value); err != nil {
			r.refuse(p.name, " is of type "+kind, "array is allowed")
			return nil
		}
		changed = false
	}
	if !p.required && p.Items.takes(typeString) && !slices.ContainsFunc(given, isPresent) {
		return nil
	}
	var items []json.RawMessage
	for i := range given {
		item := r.item(p, i, given[i])
		if r.isWrong(p.name) {
			return nil
		}
		changed = changed || !bytes.Equal(item, given[i])
		if item != nil {
			items = append(items, item)
		}
	}
	switch {
	case p.MaxItems > 0 && len(items) > p.MaxItems:
		r.refuse(p.name, " has "+strconv.Itoa(len(items))+" items", "at most "+strconv.Itoa(p.MaxItems)+" are allowed")
	case !changed:
		return value
	}
	return schema.List(items)
}

func isPresent(item json.RawMessage) bool { return string(item) != "null" && string(item) != `""` }

// single returns the items of a list that were given without one: a single item, or words
// with commas between them.
func (p parameter) single(value json.RawMessage) []json.RawMessage {
	if p.Items.Enum == nil {
		return []json.RawMessage{value}
	}
	var words []json.RawMessage
	for _, word := range strings.SplitN(decodeText(value), ",", len(p.Items.Enum)+1) {
		words = append(words, schema.Text(strings.TrimSpace(word)))
	}
	return words
}

// enum returns one of the allowed words, also for one in other case.
func (r *reading) enum(p parameter, value json.RawMessage) json.RawMessage {
	word, ok := wordOf(p.Enum, value)
	if !ok {
		r.refuse(p.name, " is "+quoted(decodeText(value)), "allowed are "+strings.Join(p.Enum, ", "))
	}
	return word
}

// wordOf returns the one of words that a text is, if need be in other case.
func wordOf(words []string, value json.RawMessage) (json.RawMessage, bool) {
	said := decodeText(value)
	for _, same := range []func(string) bool{
		func(word string) bool { return word == said },
		func(word string) bool { return strings.EqualFold(word, strings.TrimSpace(said)) },
	} {
		if i := slices.IndexFunc(words, same); i >= 0 {
			return schema.Text(words[i]), true
		}
	}
	return nil, false
}

// decodeText decodes a JSON text, which is valid.
func decodeText(value json.RawMessage) string {
	var said string
	_ = json.Unmarshal(value, &said)
	return said
}
