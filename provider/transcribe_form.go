package provider

import (
	"slices"
)

// formField is a field of a form that is not the file.
type formField struct{ name, value string }

// Fields of a transcription that it can do without: servers of other engines take only
// some.
const (
	fieldVerbose       = "verbose_json"
	fieldGranularities = "timestamp_granularities"
	fieldDiarize       = "diarize"
)

// fields returns the fields of the form without those of the given ones, and which of
// the fields that the call can do without it has. Times and language are in verbose_json
// only; in json there is the text.
func (r TranscribeRequest) fields(model string, without []string) (fields []formField, given []string) {
	add := func(name, value string) {
		if value != "" {
			fields = append(fields, formField{name, value})
		}
	}
	has := func(field string) bool {
		if slices.Contains(without, field) {
			return false
		}
		given = append(given, field)
		return true
	}
	add("model", model)
	add("language", r.Language)
	add("prompt", r.Prompt)
	if slices.Contains(without, fieldVerbose) {
		add("response_format", "json")
		return fields, nil
	}
	has(fieldVerbose)
	add("response_format", fieldVerbose)
	if (r.Segments || r.Words) && has(fieldGranularities) {
		add("timestamp_granularities[]", "segment")
		if r.Words {
			add("timestamp_granularities[]", "word")
		}
	}
	if r.Diarize && has(fieldDiarize) {
		add(fieldDiarize, "true")
	}
	return fields, given
}

// refusedFormFields returns which of the given fields a failure is about. Whatever is
// wrong with one of them, the call is better off without.
func refusedFormFields(err error, given []string) (refused []string) {
	words, ok := refusalWords(err)
	if !ok {
		return nil
	}
	for _, field := range []struct {
		name  string
		words []string
	}{
		{fieldGranularities, []string{"granularit"}},
		{fieldDiarize, []string{"diariz"}},
		{fieldVerbose, []string{fieldVerbose, "response_format", "response format"}},
	} {
		if slices.Contains(given, field.name) && containsAny(words, field.words...) {
			return []string{field.name} // the next may be about it
		}
	}
	if refusesExtraFields(words) {
		return slices.DeleteFunc(slices.Clone(given), func(field string) bool { return field == fieldVerbose && len(given) > 1 })
	}
	return nil
}
