package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"strings"
)

// maxStarts bounds how many places of an answer are tried as the start of a JSON
// value: a text full of brackets would take quadratic time.
const maxStarts = 64

// findJSON returns the JSON values in an answer, the likeliest first: the whole
// answer, the contents of Markdown fences, and the objects and lists between
// other text. A value that is cut off or broken is skipped: nothing is added
// that the model did not write.
func findJSON(answer string) []json.RawMessage {
	// Some engines leave the reasoning in the answer.
	if _, after, ok := strings.Cut(answer, "</think>"); ok {
		answer = after
	}
	answer = strings.TrimSpace(strings.TrimPrefix(answer, "\uFEFF"))
	if json.Valid([]byte(answer)) {
		return []json.RawMessage{json.RawMessage(answer)}
	}
	var found []json.RawMessage
	for _, fenced := range fences(answer) {
		if json.Valid([]byte(fenced)) {
			found = append(found, json.RawMessage(fenced))
		}
	}
	return append(found, embedded(answer)...)
}

// fences returns the contents of Markdown code fences.
func fences(text string) []string {
	var all []string
	for {
		_, rest, ok := strings.Cut(text, "```")
		if !ok {
			return all
		}
		_, body, ok := strings.Cut(rest, "\n") // after the language
		if !ok {
			return all
		}
		inside, after, _ := strings.Cut(body, "```")
		all = append(all, strings.TrimSpace(inside))
		text = after
	}
}

// embedded returns the objects and lists between other text.
func embedded(text string) []json.RawMessage {
	var found []json.RawMessage
	data := []byte(text)
	for starts := 0; starts < maxStarts; starts++ {
		start := bytes.IndexAny(data, "{[")
		if start < 0 {
			break
		}
		data = data[start:]
		decoder := json.NewDecoder(bytes.NewReader(data))
		var value json.RawMessage
		switch err := decoder.Decode(&value); {
		case errors.Is(err, io.ErrUnexpectedEOF):
			return found // cut off: what follows is a part of it, not a value of its own
		case err != nil:
			data = data[1:]
			continue
		}
		found = append(found, value)
		data = data[decoder.InputOffset():]
	}
	return found
}
