package catalog

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
)

// object is a JSON object of an entry. The service may change its payload at any
// time, so reading never fails: a value of another type is converted if it has only
// one meaning; any other costs that field, and is an issue. Reading from an object
// that is missing finds nothing.
type object struct {
	members map[string]any
	path    string // in front of a member's name: "metadata.usage_information."
	entry   string // names the entry in issues
	issues  *Issues
}

// isNone reports whether v stands for no value.
func isNone(v any) bool {
	s, ok := v.(string)
	if !ok {
		return v == nil
	}
	s = strings.TrimSpace(s)
	return s == "" || strings.EqualFold(s, "none") || strings.EqualFold(s, "null")
}

func (o object) odd(name string, v any) {
	o.issues.add(o.path+name, fmt.Sprintf("%s has %s", o.entry, describe(v)))
}

// describe names a value of JSON in a few words.
func describe(v any) string {
	const shown = 40
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return strconv.Quote(clean(v, shown))
	case json.Number:
		return clean(v.String(), shown)
	case []any:
		return "a list"
	case map[string]any:
		return "an object"
	default:
		return fmt.Sprint(v)
	}
}

// object returns a member that is an object. The service writes an empty one as [].
func (o object) object(name string) object {
	inner := object{path: o.path + name + ".", entry: o.entry, issues: o.issues}
	v := o.members[name]
	members, ok := v.(map[string]any)
	list, isList := v.([]any)
	emptyList := isList && len(list) == 0
	if !ok && !emptyList && !isNone(v) {
		o.odd(name, v)
	}
	inner.members = members
	return inner
}

// objects returns a member that is a list of objects; one object is a list of one.
func (o object) objects(name string) []object {
	list, ok := o.members[name].([]any)
	if !ok {
		if one := o.object(name); one.members != nil {
			return []object{one}
		}
		return nil
	}
	var inner []object
	for _, v := range list[:min(len(list), maxList)] {
		if members, ok := v.(map[string]any); ok {
			inner = append(inner, object{members: members, path: o.path + name + ".", entry: o.entry, issues: o.issues})
		} else if !isNone(v) {
			o.odd(name, v)
		}
	}
	return inner
}

// text returns a member as text without blanks around it, whole and as it came; a
// number is its digits.
func (o object) text(name string) string {
	v := o.members[name]
	s, ok := asText(v)
	if !ok && !isNone(v) {
		o.odd(name, v)
	}
	return s
}

// asText returns false for what is neither text nor a number, and for none.
func asText(v any) (string, bool) {
	switch v := v.(type) {
	case string:
		if isNone(v) {
			return "", false
		}
		return strings.TrimSpace(v), true
	case json.Number:
		return v.String(), true
	default:
		return "", false
	}
}

// label returns a member as one short line.
func (o object) label(name string) string { return clean(o.text(name), maxLabel) }

// texts returns a member that is a list of texts, each as keep returns it; keep also
// reports whether it is usable. A text is a list of one. The result is nil if the
// member is missing or no list.
func (o object) texts(name string, keep func(string) (string, bool)) []string {
	var list []any
	switch v := o.members[name].(type) {
	case []any:
		list = v
	default:
		if isNone(v) {
			return nil
		}
		list = []any{v}
	}
	texts, odd := make([]string, 0, min(len(list), maxList)), 0
	for _, v := range list[:min(len(list), maxList)] {
		if isNone(v) {
			continue
		}
		s, ok := asText(v)
		if ok {
			s, ok = keep(s)
		}
		if ok {
			texts = append(texts, s)
		} else {
			o.odd(name, v)
			odd++
		}
	}
	if len(list) > maxList {
		o.issues.add(o.path+name, fmt.Sprintf("%s has more than %d values", o.entry, maxList))
	}
	if odd > 0 && len(texts) == 0 {
		return nil // nothing is known
	}
	return texts
}

// labels returns a member that is a list of short texts.
func (o object) labels(name string) []string {
	return o.texts(name, func(s string) (string, bool) {
		s = clean(s, maxLabel)
		return s, s != ""
	})
}

// maxFigure bounds what is believed of a number. It fits into 32 bits.
const maxFigure = 1e9

// figure returns a member that is a number, also one written as text. It is nil if
// the number is missing, negative or above maxFigure.
func (o object) figure(name string) *float64 {
	v := o.members[name]
	s, ok := asText(v)
	if !ok {
		if !isNone(v) {
			o.odd(name, v)
		}
		return nil
	}
	// ParseFloat also reads "Inf", "0x1p-2" and "1_000".
	number, err := strconv.ParseFloat(s, 64)
	if err != nil || strings.Trim(s, "+-.0123456789eE") != "" || number < 0 || number > maxFigure {
		o.odd(name, v)
		return nil
	}
	return &number
}

// count returns a member that is a whole number, 0 if it is not known.
func (o object) count(name string) int {
	if v := o.figure(name); v != nil {
		return int(*v)
	}
	return 0
}

// flag returns a member that is true or false, also as text or as 0 or 1. known is
// false if it is missing or something else.
func (o object) flag(name string) (value, known bool) {
	v := o.members[name]
	if value, ok := v.(bool); ok {
		return value, true
	}
	s, _ := asText(v)
	switch strings.ToLower(s) {
	case "true", "yes", "1":
		return true, true
	case "false", "no", "0":
		return false, true
	}
	if !isNone(v) {
		o.odd(name, v)
	}
	return false, false
}

// date returns a member that is a day.
func (o object) date(name string) Date {
	s := o.text(name)
	day, ok := ParseDate(s)
	if s != "" && !ok {
		o.odd(name, s)
	}
	return day
}
