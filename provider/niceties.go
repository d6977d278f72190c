package provider

import (
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
)

// niceties remembers the fields of requests that the service refuses although a call can
// do without them. It is safe for concurrent use; its zero value works.
type niceties struct {
	mu      sync.Mutex
	refused map[refusedField]time.Time // until when
}

// refusedField is a field that a model refuses; model is "" for the fields that nobody
// asks for, which are this package's own: it is the server that refuses them.
type refusedField struct{ model, field string }

// Fields that a request can do without. The first two are this package's own.
const (
	fieldStreamOptions  = "stream_options"
	fieldEncodingFormat = "encoding_format"
	fieldResponseFormat = "response_format"
)

func isOwnField(field string) bool {
	return field == fieldStreamOptions || field == fieldEncodingFormat
}

// of returns the fields that a model is known to refuse.
func (n *niceties) of(model string) []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	var fields []string
	for refused, until := range n.refused {
		if (refused.model == "" || refused.model == model) && time.Now().Before(until) {
			fields = append(fields, refused.field)
		}
	}
	slices.Sort(fields)
	return fields
}

// remember is called once it is certain that the fields were what the service refused:
// when its words name them, or when a request without them was answered. What callers
// ask for is remembered for a while, since a model may learn it.
func (n *niceties) remember(model string, fields []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.refused == nil || len(n.refused) >= maxRefusals {
		n.refused = map[refusedField]time.Time{}
	}
	for _, field := range fields {
		switch {
		case isOwnField(field):
			n.refused[refusedField{"", field}] = time.Now().AddDate(1, 0, 0)
		case field != fieldResponseFormat: // of which each schema may be another thing
			n.refused[refusedField{model, field}] = time.Now().Add(rememberRefusal)
		}
	}
}

// drop leaves fields out of a request, and returns those that it had.
func (b *wireChat) drop(fields []string) []string {
	var dropped []string
	for _, field := range fields {
		if slices.Contains(b.niceties(), field) {
			dropped = append(dropped, field)
		}
		switch field {
		case fieldStreamOptions:
			b.StreamOptions = nil
		case fieldResponseFormat:
			b.ResponseFormat = nil
		case "user":
			b.User = ""
		case "seed":
			b.Seed = nil
		case "presence_penalty":
			b.PresencePenalty = nil
		case "frequency_penalty":
			b.FrequencyPenalty = nil
		case "reasoning_effort":
			b.ReasoningEffort = ""
		}
	}
	return dropped
}

// niceties returns the fields of a request that it can do without.
func (b *wireChat) niceties() []string {
	var fields []string
	for _, field := range []struct {
		name  string
		isSet bool
	}{
		{fieldStreamOptions, b.StreamOptions != nil}, {"user", b.User != ""}, {"seed", b.Seed != nil},
		{"presence_penalty", b.PresencePenalty != nil}, {"frequency_penalty", b.FrequencyPenalty != nil},
		{"reasoning_effort", b.ReasoningEffort != ""}, {fieldResponseFormat, b.ResponseFormat != nil},
	} {
		if field.isSet {
			fields = append(fields, field.name)
		}
	}
	return fields
}

// refusedFields returns which of a request's fields a failure is about: those that its
// words name, or all of them if it speaks of extra fields and names none.
func refusedFields(err error, fields []string) (refused []string, named bool) {
	words, ok := refusalWords(err)
	if !ok {
		return nil, false
	}
	words = strings.ReplaceAll(strings.ReplaceAll(words, "stream options", fieldStreamOptions), "base64", fieldEncodingFormat)
	for _, field := range fields {
		// Whatever is wrong with a field of its own, a request is better off without it.
		if (isOwnField(field) || isAboutField(words)) && regexp.MustCompile(`\b`+field+`\b`).MatchString(words) {
			refused = append(refused, field)
		}
	}
	if refused == nil && refusesExtraFields(words) {
		return fields, false
	}
	return refused, true
}

// refusalWords returns the words of a failure that may be about a field, in lower case.
func refusalWords(err error) (words string, ok bool) {
	failure, ok := errors.AsType[*Error](err)
	if !ok || failure.Status != http.StatusBadRequest && failure.Status != http.StatusUnprocessableEntity {
		return "", false
	}
	return strings.ToLower(failure.Message + " " + failure.field), true
}

// refusesExtraFields reports whether words refuse fields that they do not name.
func refusesExtraFields(words string) bool {
	return containsAny(words, "extra arguments", "extra inputs", "extra fields", "extra_forbidden")
}

// isAboutField reports whether words refuse a field, and not its value.
func isAboutField(words string) bool {
	return !containsAny(words, "unknown variant", "unsupported value", "invalid value", "must be") && containsAny(words,
		"extra ", "extra_", "unknown field", "unknown parameter", "unknown argument", "unexpected", "unrecognized",
		"not permitted", "not allowed", "not supported", "unsupported", "additional properties", "does not support")
}
