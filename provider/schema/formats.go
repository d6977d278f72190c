package schema

import (
	"errors"
	"fmt"
	"regexp/syntax"
	"slices"
	"strings"

	"github.com/dlclark/regexp2/v2"
	ecma "github.com/dlclark/regexp2/v2/syntax"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

// maxFormatted bounds a text that is checked by its format. Some checks split it, and a
// megabyte of regular expression takes gigabytes to read.
const maxFormatted = 16 << 10

var errTooLong = errors.New("it is too long to be checked")

// readFormat returns how a format is checked, which is as the validator does but for
// three of them and for long texts.
func (b *budget) readFormat(format *jsonschema.Format) jsonschema.Format {
	if format == nil {
		return jsonschema.Format{Validate: func(any) error { return nil }}
	}
	validate := format.Validate
	switch format.Name {
	case "regex":
		validate = b.validateRegexp
	case "time", "date-time":
		validate = withoutZone(validate)
	}
	if slices.Contains([]string{"uri", "uri-reference", "iri", "iri-reference", "json-pointer"}, format.Name) {
		return jsonschema.Format{Name: format.Name, Validate: validate} // of any length, as a data: URL is
	}
	return jsonschema.Format{Name: format.Name, Validate: func(value any) error {
		if text, ok := value.(string); ok && len(text) > maxFormatted {
			return errTooLong
		}
		return validate(value)
	}}
}

// registerUUIDs adds uuid1 to uuid8, as pydantic calls the versions of a UUID.
func registerUUIDs(compiler *jsonschema.Compiler) {
	for version := byte('1'); version <= '8'; version++ {
		compiler.RegisterFormat(&jsonschema.Format{Name: "uuid" + string(version), Validate: func(value any) error {
			if text, ok := value.(string); ok && !isUUID(text, version) {
				return fmt.Errorf("it is no UUID of version %c", version)
			}
			return nil
		}})
	}
}

func isUUID(text string, version byte) bool {
	const form = "xxxxxxxx-xxxx-vxxx-xxxx-xxxxxxxxxxxx"
	if len(text) != len(form) {
		return false
	}
	for i := range len(form) {
		allowed := form[i : i+1]
		switch allowed {
		case "x":
			allowed = "0123456789abcdefABCDEF"
		case "v":
			allowed = string(version)
		}
		if strings.IndexByte(allowed, text[i]) < 0 {
			return false
		}
	}
	return true
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
func (b *budget) validateRegexp(value any) error {
	text, ok := value.(string)
	if !ok {
		return nil
	}
	b.spend(int64(2*len(text)+readingCost(text)), 1)
	_, err := syntax.Parse(linearSyntax(text), syntax.Perl)
	if err != nil {
		_, err = ecma.Parse(text, ecma.ParseOptions{RegexOptions: ecma.RegexOptions(regexp2.ECMAScript | regexp2.Unicode)})
	}
	return err
}
