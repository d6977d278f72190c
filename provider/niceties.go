package provider

import (
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// niceties remembers the fields of requests that the service refuses although a call can
// do without them. It is safe for concurrent use; its zero value works.
type niceties struct {
	mu      sync.Mutex
	refused []string
}

// Fields that a request can do without. Nobody asks for the first two: they are this
// package's own.
const (
	fieldStreamOptions  = "stream_options"
	fieldEncodingFormat = "encoding_format"
	fieldResponseFormat = "response_format"
)

func (n *niceties) known() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.refused)
}

// remember is called once a request without the fields was answered: only then they
// were what the service refused. Whether it takes a response format is up to the model.
func (n *niceties) remember(fields []string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, field := range fields {
		if field != fieldResponseFormat && !slices.Contains(n.refused, field) {
			n.refused = append(n.refused, field)
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
func refusedFields(err error, fields []string) []string {
	failure, ok := errors.AsType[*Error](err)
	if !ok || failure.Status != http.StatusBadRequest && failure.Status != http.StatusUnprocessableEntity {
		return nil
	}
	words := strings.ToLower(failure.Message + " " + failure.field)
	words = strings.ReplaceAll(strings.ReplaceAll(words, "stream options", fieldStreamOptions), "base64", fieldEncodingFormat)
	var named []string
	for _, field := range fields {
		isOwn := field == fieldStreamOptions || field == fieldEncodingFormat // whatever is wrong with it
		if (isOwn || isAboutField(words)) && regexp.MustCompile(`\b`+field+`\b`).MatchString(words) {
			named = append(named, field)
		}
	}
	if named == nil && containsAny(words, "extra arguments", "extra inputs", "extra fields", "extra_forbidden") {
		return fields
	}
	return named
}

// isAboutField reports whether words refuse a field, and not its value.
func isAboutField(words string) bool {
	return !strings.Contains(words, "unknown variant") && containsAny(words,
		"extra ", "extra_", "unknown field", "unknown parameter", "unknown argument", "unexpected", "unrecognized",
		"not permitted", "not allowed", "not supported", "unsupported", "additional properties", "does not support")
}
