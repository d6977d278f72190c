package schema

import (
	"cmp"
	"errors"
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
	if strings.Trim(a+b, "0123456789") == "" {
		return cmp.Or(len(a)-len(b), strings.Compare(a, b))
	}
	return strings.Compare(a, b)
}

// text says what is wrong.
func (r reason) text(printer *textmessage.Printer) string {
	switch what := r.kind.(type) {
	case *kind.FalseSchema:
		return "no value is allowed here"
	case *kind.AdditionalProperties:
		slices.Sort(what.Properties)
	case *kind.Enum:
		if len(what.Want) > maxText {
			what = &kind.Enum{Got: what.Got, Want: what.Want[:maxText]}
			return what.LocalizedString(printer)
		}
	case *kind.Pattern:
		const shown = 100
		if len(what.Got) > shown { // the pattern says more
			what = &kind.Pattern{Got: strings.ToValidUTF8(what.Got[:shown], "") + "…", Want: what.Want}
			return what.LocalizedString(printer)
		}
	}
	return r.kind.LocalizedString(printer)
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
