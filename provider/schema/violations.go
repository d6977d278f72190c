package schema

import (
	"cmp"
	"errors"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	textmessage "golang.org/x/text/message"
)

const (
	// maxViolations bounds how many places of one value are named.
	maxViolations = 10
	// maxReasons bounds how many reasons are named for one place.
	maxReasons = 3
	// maxText bounds how many bytes of a reason or a place are shown.
	maxText = 500
)

// violations returns what a validation of a value found: one line for each place,
// with its JSON path. The value is at a location of what is shown.
func violations(err error, root any, location []string) []string {
	invalid, ok := errors.AsType[*jsonschema.ValidationError](err)
	if !ok {
		return []string{err.Error()}
	}
	printer := textmessage.NewPrinter(language.English)
	var paths []string
	reasons := map[string][]string{}
	found := explain(invalid)
	// The validator looks at the members of an object in no order.
	slices.SortStableFunc(found.reasons, func(a, b reason) int {
		return slices.CompareFunc(a.location, b.location, compareSteps)
	})
	for _, r := range found.reasons {
		path := jsonPath(root, slices.Concat(location, r.location))
		text := shorten(r.text(printer))
		known := reasons[path]
		if len(known) == 0 && len(paths) == maxViolations {
			break
		}
		if len(known) == 0 {
			paths = append(paths, path)
		}
		if len(known) < maxReasons && !slices.Contains(known, text) {
			reasons[path] = append(known, text)
		}
	}
	lines := make([]string, len(paths))
	for i, path := range paths {
		slices.Sort(reasons[path])
		lines[i] = path + ": " + strings.Join(reasons[path], "; ")
	}
	return lines
}

// compareSteps orders numbers by their worth.
func compareSteps(a, b string) int {
	if isDigits(a) && isDigits(b) {
		return cmp.Or(len(a)-len(b), strings.Compare(a, b))
	}
	return strings.Compare(a, b)
}

func isDigits(step string) bool { return strings.Trim(step, "0123456789") == "" }

// text says what is wrong.
func (r reason) text(printer *textmessage.Printer) string {
	switch what := r.kind.(type) {
	case *kind.FalseSchema:
		return "no value is allowed here"
	case *kind.AdditionalProperties:
		what = &kind.AdditionalProperties{Properties: firstNames(what.Properties)}
		return what.LocalizedString(printer)
	case *kind.PropertyNames:
		what = &kind.PropertyNames{Property: cutText(what.Property)}
		return what.LocalizedString(printer)
	case *kind.Format:
		what = &kind.Format{Got: what.Got, Want: what.Want, Err: what.Err}
		if text, ok := what.Got.(string); ok {
			what.Got = cutText(text)
		}
		if unreadable, ok := errors.AsType[*url.Error](what.Err); ok {
			what.Err = unreadable.Err // without the whole text once more
		}
		return what.LocalizedString(printer)
	case *kind.Enum:
		if len(what.Want) > maxText {
			what = &kind.Enum{Got: what.Got, Want: what.Want[:maxText]}
			return what.LocalizedString(printer)
		}
	case *kind.Pattern:
		what = &kind.Pattern{Got: cutText(what.Got), Want: what.Want} // the pattern says more
		return what.LocalizedString(printer)
	}
	return r.kind.LocalizedString(printer)
}

// cutText cuts a text of the data, of which the beginning is enough to know it.
func cutText(text string) string {
	const shown = 100
	if len(text) > shown {
		return strings.ToValidUTF8(text[:shown], "") + "…"
	}
	return text
}

// firstNames returns the first names, sorted, of which there may be a million: as many
// as are shown.
func firstNames(names []string) []string {
	const shown = maxText / 4 // a name, its quotes, a comma and a blank
	var first []string
	for _, name := range names {
		if len(first) == shown && name >= first[shown-1] {
			continue
		}
		place, _ := slices.BinarySearch(first, name)
		first = slices.Insert(first, place, name)
		first = first[:min(len(first), shown)]
	}
	for i := range first {
		first[i] = cutText(first[i])
	}
	return first
}

// jsonPath writes a location in a value as $.items[0].name, and a name that is not
// a word as $["a b"].
func jsonPath(value any, location []string) string {
	var path strings.Builder
	path.WriteByte('$')
	for _, step := range location {
		switch holder := value.(type) {
		case []any:
			path.WriteString("[" + step + "]")
			value = itemAt(holder, step)
		case map[string]any:
			path.WriteString(pathStep(step))
			value = holder[step]
		default:
			path.WriteString(pathStep(step))
		}
	}
	return shorten(path.String())
}

// pathStep writes the name of a member as a step of a JSON path.
func pathStep(name string) string {
	if len(name) > maxText {
		name = cutText(name)
	}
	isWord := name != ""
	for i, char := range name {
		isDigit := char >= '0' && char <= '9'
		isLetter := char|0x20 >= 'a' && char|0x20 <= 'z' || char == '_' || char == '$' || char > 0x7f
		isWord = isWord && (isLetter || i > 0 && (isDigit || char == '-'))
	}
	if isWord {
		return "." + name
	}
	return "[" + string(Text(name)) + "]"
}

// shorten cuts a long text at a character's end.
func shorten(text string) string {
	if len(text) <= maxText {
		return text
	}
	end := maxText
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "…"
}
