package schema

import (
	"errors"
	"net/url"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

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
	reason := strings.NewReplacer(base, "", "failing loading ", "").Replace(err.Error())
	for _, ref := range d.references {
		word, fragment, _ := strings.Cut(ref.written, "#")
		if word = strings.Trim(word, "./"); word == "" {
			word = fragment
		}
		if ref.target == nil && strings.Contains(err.Error(), word) {
			places := d.places()
			return errorf("%s: %s", shorten(places[ref.value].path(places)), reason)
		}
	}
	return errorf("%s", reason)
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
		places := d.places()
		return errorf("%s: it leads to %s, which is no schema", shorten(places[ref.value].path(places)), kind)
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
