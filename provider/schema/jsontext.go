package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// mostStarts bounds how many places of an answer are tried as the start of a
// JSON value, so that a text full of brackets costs no quadratic time.
const mostStarts = 64

// jsonIn gives the JSON values that an answer holds, the likeliest first: the
// whole answer, what stands in Markdown fences, and what stands between other
// text. A value that is cut off or broken is none: nothing is ever put in that
// the model did not write.
func jsonIn(answer string) []json.RawMessage {
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

// HugeNumber finds a number in decoded JSON that no machine number holds, such as
// 1e999999999. A validator computes with exact fractions, for which such a
// number takes all memory.
func HugeNumber(value any) (json.Number, bool) {
	switch value := value.(type) {
	case json.Number:
		_, exponent, _ := strings.Cut(strings.ToLower(string(value)), "e")
		return value, len(value) > 400 || len(strings.TrimLeft(exponent, "+-0")) > 3
	case []any:
		for _, item := range value {
			if number, huge := HugeNumber(item); huge {
				return number, true
			}
		}
	case map[string]any:
		for _, member := range value {
			if number, huge := HugeNumber(member); huge {
				return number, true
			}
		}
	}
	return "", false
}

// Shorten shows a number of many digits by its first ones.
func Shorten(number json.Number) string {
	const most = 40
	if len(number) > most {
		return string(number[:most]) + "…"
	}
	return string(number)
}

// deeper reports whether decoded JSON is nested deeper than levels.
func deeper(value any, levels int) bool {
	if levels < 0 {
		return true
	}
	switch value := value.(type) {
	case []any:
		return slices.ContainsFunc(value, func(item any) bool { return deeper(item, levels-1) })
	case map[string]any:
		for _, member := range value {
			if deeper(member, levels-1) {
				return true
			}
		}
	}
	return false
}

// hasLoneSurrogate reports whether JSON text holds an escape of half a character
// outside of the basic plane: valid JSON, but strict readers refuse all of it.
func hasLoneSurrogate(text []byte) bool {
	for {
		i := bytes.IndexByte(text, '\\')
		if i < 0 || i+1 >= len(text) {
			return false
		}
		if text[i+1] != 'u' {
			text = text[i+2:] // the escaped character is none of its own
			continue
		}
		first := escaped(text[i:])
		text = text[i+len(`\u0000`):]
		if !utf16.IsSurrogate(first) {
			continue
		}
		if utf16.DecodeRune(first, escaped(text)) == utf8.RuneError {
			return true
		}
		text = text[len(`\u0000`):]
	}
}

// escaped gives the character of the \u escape that valid JSON text begins with,
// or -1.
func escaped(text []byte) rune {
	if !bytes.HasPrefix(text, []byte(`\u`)) || len(text) < len(`\u0000`) {
		return -1
	}
	code, err := strconv.ParseUint(string(text[2:6]), 16, 16)
	if err != nil {
		return -1
	}
	return rune(code)
}

// fences gives what stands in Markdown code fences.
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

// embedded gives the objects and lists that stand between other text.
func embedded(text string) []json.RawMessage {
	var found []json.RawMessage
	data := []byte(text)
	for starts := 0; starts < mostStarts; starts++ {
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
