package schema

import (
	"regexp/syntax"

	"github.com/dlclark/regexp2/v2"
	ecma "github.com/dlclark/regexp2/v2/syntax"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// readFormat returns how a format is checked, which is as the validator does but for
// two of them.
func readFormat(format *jsonschema.Format) jsonschema.Format {
	switch {
	case format == nil:
		return jsonschema.Format{Validate: func(any) error { return nil }}
	case format.Name == "regex":
		return jsonschema.Format{Name: "regex", Validate: validateRegexp}
	case format.Name == "time", format.Name == "date-time":
		return jsonschema.Format{Name: format.Name, Validate: withoutZone(format.Validate)}
	default:
		return *format
	}
}

// withoutZone also accepts a time of no zone. RFC 3339 wants one, but pydantic calls
// its naive times so, writes them as 14:30:00, and a model cannot know a zone that
// the text does not name.
func withoutZone(validate func(any) error) func(any) error {
	return func(value any) error {
		err := validate(value)
		if text, ok := value.(string); ok && err != nil && validate(text+"Z") == nil {
			return nil
		}
		return err
	}
}

// validateRegexp does not compile, which takes a thousand times the memory.
func validateRegexp(value any) error {
	text, ok := value.(string)
	if !ok {
		return nil
	}
	_, err := syntax.Parse(linearSyntax(text), syntax.Perl)
	if err != nil && len(text) <= maxBytes {
		_, err = ecma.Parse(text, ecma.ParseOptions{RegexOptions: ecma.RegexOptions(regexp2.ECMAScript | regexp2.Unicode)})
	}
	return err
}
