package schema

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// equality checks the keywords that compare values. The validator's own checks
// compare a value with each value of an enum, before it can be stopped, and the
// items of a list with each other where its weak hash is the same.
type equality struct {
	budget   *budget
	constant *any
	constKey string
	enum     []any
	enumKeys map[string]bool // nil if there is no enum
	unique   bool
}

// compareByKey replaces the keywords of a schema that compare values.
func (b *budget) compareByKey(s *jsonschema.Schema) {
	if s.Const == nil && s.Enum == nil && !s.UniqueItems {
		return
	}
	e := &equality{budget: b, constant: s.Const, unique: s.UniqueItems}
	if s.Const != nil {
		e.constKey = equalityKey(*s.Const)
	}
	if s.Enum != nil {
		e.enum, e.enumKeys = s.Enum.Values, map[string]bool{}
		for _, value := range e.enum {
			e.enumKeys[equalityKey(value)] = true
		}
	}
	s.Const, s.Enum, s.UniqueItems = nil, nil, false
	s.Extensions = append(s.Extensions, e)
}

// Validate is called by the validator, except where all that matters is whether a
// value is valid and it is known not to be.
func (e *equality) Validate(ctx *jsonschema.ValidatorContext, value any) {
	if e.constant != nil && e.key(value) != e.constKey {
		ctx.AddError(&kind.Const{Got: value, Want: *e.constant})
	}
	if e.enumKeys != nil && !e.enumKeys[e.key(value)] {
		ctx.AddError(&kind.Enum{Got: value, Want: e.enum})
	}
	if items, ok := value.([]any); ok && e.unique {
		first := map[string]int{}
		for i, item := range items {
			key := e.key(item)
			if j, ok := first[key]; ok {
				ctx.AddError(&kind.UniqueItems{Duplicates: [2]int{j, i}})
				return
			}
			first[key] = i
		}
	}
}

func (e *equality) key(value any) string {
	key := equalityKey(value)
	e.budget.spend(int64(1+len(key)/16), 1)
	return key
}

// equalityKey returns a text that two JSON values share if they are equal.
func equalityKey(value any) string {
	var key strings.Builder
	writeKey(&key, value)
	return key.String()
}

func writeKey(key *strings.Builder, value any) {
	switch value := value.(type) {
	case nil:
		key.WriteString("null")
	case bool:
		key.WriteString(strconv.FormatBool(value))
	case string:
		key.WriteString(strconv.Itoa(len(value)) + ":" + value)
	case json.Number:
		key.WriteString(decimal(value) + ";")
	case []any:
		key.WriteByte('[')
		for _, item := range value {
			writeKey(key, item)
		}
		key.WriteByte(']')
	case map[string]any:
		key.WriteByte('{')
		for _, name := range slices.Sorted(maps.Keys(value)) {
			writeKey(key, name)
			writeKey(key, value[name])
		}
		key.WriteByte('}')
	}
}

// decimal writes equal numbers alike, 1500 and 1.50e3 as 15e2.
func decimal(number json.Number) string {
	mantissa, power, _ := strings.Cut(strings.ToLower(string(number)), "e")
	exponent, _ := strconv.Atoi(power) // 0 without one; a huge one was refused
	unsigned, negative := strings.CutPrefix(mantissa, "-")
	whole, fraction, _ := strings.Cut(unsigned, ".")
	exponent -= len(fraction)
	digits := strings.TrimLeft(whole+fraction, "0")
	if digits == "" {
		return "0e0"
	}
	significant := strings.TrimRight(digits, "0")
	exponent += len(digits) - len(significant)
	if negative {
		significant = "-" + significant
	}
	return significant + "e" + strconv.Itoa(exponent)
}
