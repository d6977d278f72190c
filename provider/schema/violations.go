package schema

import (
	"errors"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/text/language"
	textmessage "golang.org/x/text/message"
)

// maxViolations bounds how many violations of one value are named.
const maxViolations = 10

// violations returns what a validation found, each with its JSON path.
func violations(err error) []string {
	invalid, ok := errors.AsType[*jsonschema.ValidationError](err)
	if !ok {
		return []string{err.Error()}
	}
	printer := textmessage.NewPrinter(language.English)
	var found []string
	var walk func(*jsonschema.ValidationError)
	walk = func(e *jsonschema.ValidationError) {
		if len(e.Causes) == 0 && len(found) < maxViolations {
			found = append(found, jsonPath(e.InstanceLocation)+": "+e.ErrorKind.LocalizedString(printer))
		}
		for _, cause := range e.Causes {
			walk(cause)
		}
	}
	walk(invalid)
	return found
}

// jsonPath writes a location as $.items[0].name.
func jsonPath(location []string) string {
	path := "$"
	for _, step := range location {
		if strings.Trim(step, "0123456789") == "" && step != "" {
			path += "[" + step + "]"
		} else {
			path += "." + step
		}
	}
	return path
}

// firstDistinct returns the first n different texts.
func firstDistinct(texts []string, n int) []string {
	var found []string
	for _, text := range texts {
		if len(found) < n && !slices.Contains(found, text) {
			found = append(found, text)
		}
	}
	return found
}
