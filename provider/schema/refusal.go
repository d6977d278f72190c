package schema

import (
	"errors"
	"net/url"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

var errOtherDocument = errors.New("references to other documents are not followed")

// maxSaid bounds how much of the compiler's words is looked at: it repeats addresses of
// any length, and each reference may be the one that it is about.
const maxSaid = 4096

// refusal says at which place of a schema the compiler refuses it, and why.
func (d *document) refusal(err error, resource any) error {
	if invalid, ok := errors.AsType[*jsonschema.SchemaValidationError](err); ok {
		// A schema under a name that is no keyword is checked alone.
		_, fragment, _ := strings.Cut(invalid.URL, "#")
		pointer, err := url.PathUnescape(fragment)
		if err != nil {
			pointer = fragment
		}
		return &Error{violations(invalid.Err, resource, pointerSteps(pointer))[0]}
	}
	if _, ok := errors.AsType[*jsonschema.LoadURLError](err); ok {
		if ref := d.firstElsewhere(); ref != nil {
			return errorf("%s: %q: %v", d.places().path(ref.value), strings.TrimPrefix(ref.base, base), errOtherDocument)
		}
	}
	said := err.Error()
	said = said[:min(len(said), maxSaid)]
	reason := strings.NewReplacer(base, "", "failing loading ", "").Replace(said)
	for _, ref := range d.references {
		word, fragment, _ := strings.Cut(ref.written, "#")
		if word = strings.Trim(word, "./"); word == "" {
			word = fragment
		}
		if ref.target == nil && strings.Contains(said, word) {
			return errorf("%s: %s", d.places().path(ref.value), reason)
		}
	}
	return errorf("%s", reason)
}

// firstElsewhere returns the first reference to another document, or nil. The compiler
// comes upon any of several.
func (d *document) firstElsewhere() *reference {
	for _, ref := range d.references {
		isMetaschema := strings.Contains(ref.base, "://json-schema.org/") // which the compiler has
		if ref.target == nil && d.resources[ref.base] == nil && !isMetaschema {
			return ref
		}
	}
	return nil
}

// checkReferences refuses a reference to what is no schema. Of the older drafts, the
// compiler takes some.
func (d *document) checkReferences() error {
	for _, ref := range d.references {
		if ref.target == nil || ref.target.kind == '{' || ref.target.isBool() {
			continue
		}
		kind := "a number"
		switch {
		case ref.target.kind == '[':
			kind = "a list"
		case ref.target.is("null"):
			kind = "null"
		case ref.target.raw[0] == '"':
			kind = "a text"
		}
		return errorf("%s: it leads to %s, which is no schema", d.places().path(ref.value), kind)
	}
	return nil
}

// explainRefusal adds what an example instance is refused for.
func explainRefusal(err error, object map[string]any) error {
	if refused, ok := errors.AsType[*Error](err); ok && isInstance(object) {
		return &Error{refused.Reason + "; " + isInstanceReason}
	}
	return err
}
