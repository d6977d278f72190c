package provider

import (
	"bytes"
	"context"
	"encoding/json"
	"reflect"
)

// alike reads chunks that differ from an earlier one only in their text, as nearly all of
// a stream do: what is around the text is compared, not parsed, which takes a tenth of
// the time.
type alike struct {
	before, after []byte // what is around the text and its quotes
	chunk         wireAnswer
	text          func(*wireDelta) *string // where chunk has its text
	spare         int                      // how many more times it may learn: learning costs about three readings of a chunk
}

// Learning goes on while it pays: a stream whose chunks have times or usage of their own
// stops it soon.
const (
	firstLearnings  = 4
	chunksALearning = 8 // that were read by comparing earn one more
)

func newAlike() alike { return alike{spare: firstLearnings * chunksALearning} }

// read reads a chunk into w. It reports whether the chunk was like the one it has
// learned; if not, w is as it was.
func (k *alike) read(w *wireAnswer, data []byte) bool {
	if k.text == nil || len(data) < len(k.before)+len(k.after) ||
		!bytes.HasPrefix(data, k.before) || !bytes.HasSuffix(data, k.after) {
		return false
	}
	text, ok := quotedText(data[len(k.before) : len(data)-len(k.after)])
	if !ok || text == "" { // another field may stand in for a text that is empty
		return false
	}
	*w = k.chunk
	*k.text(&w.Choices[0].Delta) = text
	k.spare++
	return true
}

// learn takes w, which was read from data, for what the next chunks look like. Whether the
// text stands where it seems to is tried, since names may come twice or in other case.
func (k *alike) learn(ctx context.Context, w *wireAnswer, data []byte) {
	name, text := textField(&w.Choices[0].Delta)
	start := bytes.LastIndex(data, []byte(name)) + len(name)
	if text == nil || start < len(name) || k.spare < chunksALearning || len(data) > maxKept {
		return
	}
	k.spare -= chunksALearning
	start += len(data[start:]) - len(bytes.TrimLeft(data[start:], " "))
	end := start + textLength(data[start:])
	const probe = "a text that no model writes"
	probed := append(append(append(k.before[:0], data[:start]...), `"`+probe+`"`...), data[end:]...)
	k.before, k.after, k.text = probed[:start], probed[start+len(probe)+2:], nil
	if k.chunk.read(ctx, probed) != nil {
		return
	}
	found := text(&k.chunk.Choices[0].Delta)
	if *found != probe {
		return
	}
	if *found = *text(&w.Choices[0].Delta); reflect.DeepEqual(&k.chunk, w) {
		k.text = text
	}
}

// textField returns the first field with a text, and its name as a member. A delta without
// a text has none.
func textField(d *wireDelta) (name string, text func(*wireDelta) *string) {
	switch {
	case d.Content != "":
		return `"content":`, func(d *wireDelta) *string { return &d.Content }
	case d.Reasoning != "":
		return `"reasoning":`, func(d *wireDelta) *string { return &d.Reasoning }
	case d.ReasoningContent != "":
		return `"reasoning_content":`, func(d *wireDelta) *string { return &d.ReasoningContent }
	default:
		return "", nil
	}
}

// textLength returns the length of the quoted text that JSON begins with, 0 without one.
func textLength(data []byte) int {
	if len(data) == 0 || data[0] != '"' {
		return 0
	}
	for i := 1; i < len(data); i++ {
		switch data[i] {
		case '"':
			return i + 1
		case '\\':
			i++
		}
	}
	return 0
}

// quotedText reads JSON that is one text, and nothing else.
func quotedText(quoted []byte) (text string, ok bool) {
	if length := textLength(quoted); length == 0 || length != len(quoted) {
		return "", false
	}
	inside := quoted[1 : len(quoted)-1]
	for _, c := range inside {
		if c < ' ' || c == '\\' || c >= 0x80 { // an escape, or bytes that may not be UTF-8
			return text, json.Unmarshal(quoted, &text) == nil
		}
	}
	return string(inside), true
}
